import type { JsonGeneralName } from '@peculiar/x509';
import { expect, test } from 'vitest';
import { readCertificate } from '../../src/pki/certificate.ts';
import { oddCertificate } from './odd-certificate.ts';

const url = (value: string): JsonGeneralName => ({ type: 'url', value });
const dns = (value: string): JsonGeneralName => ({ type: 'dns', value });
const alice = 'spiffe://causeway.example/admin/alice';
const bob = 'spiffe://causeway.example/admin/bob';

test.each([
  ['alone', [url(alice)]],
  ['beside names of its host', [dns('a.example'), url(alice), { type: 'ip', value: '10.1.0.9' }]],
] as const)('the one SPIFFE ID in it, %s, says who its holder is', async (_, names) => {
  expect(readCertificate(await oddCertificate(names))).toEqual({
    identity: { domain: 'causeway.example', role: 'admin', site: undefined, name: 'alice' },
    serial: 'ab12',
    issuer: undefined,
    sinceMs: 0,
    notBeforeMs: 0,
    notAfterMs: 86_400_000,
  });
});

test.each([
  ['no alternative names', undefined, 'it has no alternative names, and so no SPIFFE ID'],
  ['no URI', [dns('a.example')], 'it has no URI, and so no SPIFFE ID'],
  ['two SPIFFE IDs', [url(alice), url(bob)], 'it has 2 URIs, expected one SPIFFE ID'],
  ['the same twice', [url(alice), url(alice)], 'it has 2 URIs'],
  ['another URI beside it', [url(alice), url('https://a.example/')], 'it has 2 URIs'],
  ['a URI of another kind', [url('https://a.example/')], 'found another scheme'],
  [
    'a name that pretends to be a second one',
    [dns(`a.example, URI:${bob}`)],
    'has characters that none of ours',
  ],
  ['an ID with a comma in it', [url(`${alice}, URI:${bob}`)], 'has characters that none of ours has'],
  ['an ID that ends in a zero byte', [url(`${alice}\0`)], 'has characters that none of ours has'],
  ['an ID of nobody', [url('spiffe://causeway.example/root/eve')], 'found role "root"'],
] as const)('with %s it is nobody', async (_, names, words) => {
  const certificate = await oddCertificate(names);
  expect(() => readCertificate(certificate)).toThrow(words);
});

test('a CA is nobody, whatever ID it has', async () => {
  const certificate = await oddCertificate([url(alice)], { isCa: true });
  expect(() => readCertificate(certificate)).toThrow('it is a certificate of a CA, which is nobody');
});

test('what is no certificate is refused with words', () => {
  expect(() => readCertificate('alice')).toThrow(/read certificate: it cannot be read/);
});
