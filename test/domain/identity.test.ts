import { describe, expect, it, test } from 'vitest';
import { identityUri, parseIdentity } from '../../src/domain/identity.ts';

describe('an identity', () => {
  test.each([
    ['spiffe://causeway.example/director/fra/fra-d1', 'director', 'fra', 'fra-d1'],
    ['spiffe://causeway.example/realserver/lon/web-1.lon', 'realserver', 'lon', 'web-1.lon'],
    ['spiffe://causeway.example/coordinator/fra/fra-c1', 'coordinator', 'fra', 'fra-c1'],
    ['spiffe://causeway.example/admin/alice', 'admin', undefined, 'alice'],
    ['spiffe://causeway.example/viewer/dashboard', 'viewer', undefined, 'dashboard'],
  ])('%s', (uri, role, site, name) => {
    expect(parseIdentity(uri)).toEqual({ domain: 'causeway.example', role, site, name });
    expect(identityUri(parseIdentity(uri))).toBe(uri);
  });
});

test.each([
  ['https://causeway.example/admin/alice', 'found another scheme, expected spiffe://DOMAIN/…'],
  ['SPIFFE://causeway.example/admin/alice', 'found another scheme'],
  ['spiffe:///admin/alice', 'found trust domain ""'],
  ['spiffe://Causeway.Example/admin/alice', 'found trust domain "Causeway.Example"'],
  ['spiffe://user@causeway.example/admin/alice', 'found trust domain "user@causeway.example"'],
  ['spiffe://causeway.example:7400/admin/alice', 'found trust domain "causeway.example:7400"'],
  ['spiffe://causeway.example', 'found role ""'],
  ['spiffe://causeway.example/', 'found role ""'],
  ['spiffe://causeway.example//admin/alice', 'found role ""'],
  ['spiffe://causeway.example/root/alice', 'found role "root", expected one of coordinator/SITE/NAME'],
  ['spiffe://causeway.example/toString/alice', 'found role "toString"'],
  ['spiffe://causeway.example/admin', 'found 0 parts behind admin, expected admin/NAME'],
  ['spiffe://causeway.example/admin/fra/alice', 'found 2 parts behind admin'],
  ['spiffe://causeway.example/director/fra-d1', 'found 1 part behind director, expected director/SITE/NAME'],
  ['spiffe://causeway.example/director/fra/fra-d1/', 'found 3 parts behind director'],
  ['spiffe://causeway.example/director/fra/', 'found "", expected a name of small letters'],
  ['spiffe://causeway.example/director/../fra-d1', 'found "..", expected a name'],
  ['spiffe://causeway.example/director/fra/fra-d1?x=1', 'found "fra-d1?x=1", expected a name'],
  ['spiffe://causeway.example/director/fra/fra%2dd1', 'found "fra%2dd1", expected a name'],
])('is not %s', (uri, words) => {
  expect(() => parseIdentity(uri)).toThrow(words);
});

it('of a length that no certificate has is not quoted whole', () => {
  expect(() => parseIdentity(`spiffe://${'a'.repeat(100_000)}`)).toThrow(
    /^read identity spiffe:\/\/a{31}…: found 100009 characters, expected at most 2048$/,
  );
});
