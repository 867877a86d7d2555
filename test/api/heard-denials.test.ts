/** What an agent keeps of what it was told about others. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { createHeardDenials } from '../../src/api/heard-denials.ts';
import { type Denial, denialsAtMost } from '../../src/domain/denial.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import { signedDenial } from '../../src/pki/denied.ts';
import { type KeyPair, makeAuthority } from '../../src/pki/sign.ts';

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;

let ours: KeyPair;
let next: KeyPair;
beforeAll(async () => {
  const validity = { notBeforeMs: startMs, notAfterMs: startMs + dayMs };
  ours = await makeAuthority('a.example', '41', validity);
  next = await makeAuthority('a.example', '42', validity);
});

const ca = (...pairs: readonly KeyPair[]) => pairs.map(({ cert }) => new X509Certificate(cert));
const signed = (subject: string, beforeMs = 0, by = ours): Denial =>
  signedDenial({ subject, beforeMs, endsMs: startMs + dayMs, words: '' }, by.key);
const coordinator = 'spiffe://a.example/coordinator/fra/c1';
const facts = (serial: string, sinceMs = startMs) => ({
  ...{ identity: parseIdentityPath('a.example', 'coordinator/fra/c1'), serial, issuer: undefined },
  ...{ sinceMs, notBeforeMs: sinceMs, notAfterMs: startMs + 7 * dayMs },
});

test('what it was told once it knows, though a later snapshot says less', () => {
  const heard = createHeardDenials();
  heard.hear([signed('ab'), signed(coordinator, startMs)], ca(ours));
  heard.hear([], ca(ours));
  heard.hear([signed(coordinator, startMs - dayMs)], ca(ours));
  expect(heard.denied.against(facts('ab'))).toBeDefined();
  expect(heard.denied.against(facts('cd', startMs - 1_000))).toBeDefined();
  expect(heard.denied.against(facts('cd'))).toBeUndefined();
});

test('only what a CA has signed that it believes, also one that it comes to believe later', () => {
  const heard = createHeardDenials();
  const list = [signed('ab', 0, next), { ...signed('cd'), signature: 'AAAA' }];
  heard.hear(list, ca(ours));
  expect(heard.denied.against(facts('ab'))).toBeUndefined();
  heard.hear(list, ca(ours, next));
  expect([heard.denied.against(facts('ab')), heard.denied.against(facts('cd'))]).toEqual([
    'its certificate ab is denied',
    undefined,
  ]);
});

test('no more than it has room for', () => {
  const heard = createHeardDenials();
  const many = Array.from({ length: denialsAtMost }, () => signed(randomBytes(16).toString('hex')));
  heard.hear(many, ca(ours));
  heard.hear([...many, signed('ab')], ca(ours));
  expect(heard.denied.against(facts('ab'))).toBeUndefined();
  expect(heard.denied.against(facts(many[5]?.subject ?? ''))).toBeDefined();
});
