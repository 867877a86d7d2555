/** The list of the denied: as text, as judgement, and as the CA's word. */
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Denial } from '../../src/domain/denial.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import type { CertificateFacts } from '../../src/pki/certificate.ts';
import {
  denialsText,
  deniedBy,
  deniedByLatest,
  eitherDenied,
  isSigned,
  parseDenials,
  signedDenial,
} from '../../src/pki/denied.ts';
import { type KeyPair, makeAuthority } from '../../src/pki/sign.ts';

const startMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const director = 'spiffe://causeway.example/director/fra/fra-d1';

const time = fc.integer({ min: 1, max: 4_000_000_000 }).map((seconds) => seconds * 1_000);
const words = fc.constantFrom('', 'lost', 'a reason with before= in it', 'ends=soon');
const signature = fc.constantFrom('', 'AbC-_9');
const denial: fc.Arbitrary<Denial> = fc.oneof(
  fc
    .record({
      ...{ subject: fc.constantFrom('ab12', director, 'spiffe://a/admin/alice'), words, signature },
      ...{ beforeMs: time, endsMs: fc.oneof(fc.constant(0), time) },
    })
    .map((one) => (one.subject.includes('://') ? one : { ...one, beforeMs: 0 })),
);

test('what was written is what is read', () => {
  fc.assert(
    fc.property(fc.array(denial), (list) => {
      // Words that look like a part of the line are one, where that part is missing.
      fc.pre(list.every(({ words: said, endsMs }) => said !== 'ends=soon' || endsMs !== 0));
      const read = parseDenials(denialsText(list), 'denied');
      expect(read.map(({ words: _, ...rest }) => rest)).toEqual(list.map(({ words: _, ...rest }) => rest));
    }),
  );
});

test('a list of before there were more than serial numbers, or one by hand, is read as it was meant', () => {
  const text = `# why
ab12 ${director} until 2026-01-07, denied 2026-01-02: sold

00AB13
${director} before=2026-01-02T00:00:00Z by hand
`;
  expect(parseDenials(text, 'denied')).toMatchObject([
    { subject: 'ab12', beforeMs: 0, endsMs: 0, signature: '' },
    { subject: 'ab13', words: '' },
    { subject: director, beforeMs: startMs + dayMs, words: 'by hand' },
  ]);
});

describe('a list with a line that says nothing is refused whole, with its place', () => {
  test.each([
    ['fra-d1', 'found "fra-d1", expected a serial number in hexadecimal, or an identity'],
    ['spiffe://causeway.example/root/x before=2026-01-02T00:00:00Z', 'expected an identity, such as'],
    [director, 'found no time behind it, expected before=TIME'],
    [`${director} before=yesterday`, 'found before=yesterday, expected before=TIME'],
    [`${director} before=2026-01-02T00:00:00+02:00`, 'expected before=TIME'],
    ['ab12 before=2026-01-02T00:00:00Z', 'found before= behind a serial number'],
    ['ab12 ends=never', 'found ends=never, expected ends=TIME'],
  ])('%s', (line, expected) => {
    const read = () => parseDenials(`# why\nab12 x\n\n${line}\n`, '/etc/causeway/denied');
    expect(read).toThrow('read denied certificates /etc/causeway/denied:4: ');
    expect(read).toThrow(expected);
  });
});

describe('who is denied', () => {
  const facts = (change: Partial<CertificateFacts> = {}): CertificateFacts => ({
    ...{ identity: parseIdentityPath('causeway.example', 'director/fra/fra-d1'), serial: 'ab12' },
    ...{ sinceMs: startMs, notBeforeMs: startMs, notAfterMs: startMs + dayMs, issuer: undefined },
    ...change,
  });
  const by = (text: string, change: Partial<CertificateFacts> = {}) =>
    deniedBy(parseDenials(text, 'denied')).against(facts(change));
  const until = `${director} before=2026-01-02T00:00:00Z`;

  test.each([
    ['nobody by an empty list', '', {}, undefined],
    ['one by his serial number', 'ab12', {}, 'its certificate ab12 is denied'],
    ['not another', 'ab13', {}, undefined],
    [
      'all that an issuer has signed',
      'ab13',
      { issuer: 'ab13' },
      'the issuer ab13 of its certificate is denied',
    ],
    ['all of before', until, {}, `what was made for ${director} before 2026-01-02T00:00:00Z is denied`],
    ['not what the CA made since', until, { sinceMs: startMs + dayMs }, undefined],
    [
      'whatever was renewed of it, however late',
      until,
      { notBeforeMs: startMs + 50 * dayMs, issuer: 'ff' },
      `what was made for ${director} before 2026-01-02T00:00:00Z is denied`,
    ],
    ['not somebody else', until.replace('fra-d1', 'fra-d2'), {}, undefined],
    [
      'by the later of two times',
      `${until}\n${director} before=2025-01-01T00:00:00Z`,
      {},
      expect.any(String),
    ],
  ])('%s', (_, text, change, expected) => {
    expect(by(text, change)).toEqual(expected);
  });

  test('is judged by the newest list, and by any of two', () => {
    let list: readonly Denial[] = [];
    const either = eitherDenied(
      deniedBy(parseDenials('cd', 'file')),
      deniedByLatest(() => list),
    );
    expect(either.against(facts())).toBeUndefined();
    expect(either.against(facts({ serial: 'cd' }))).toBeDefined();
    list = parseDenials('ab12', 'store');
    expect(either.against(facts())).toBeDefined();
  });
});

describe("the CA's word", () => {
  let ours: KeyPair;
  let other: KeyPair;
  beforeAll(async () => {
    const validity = { notBeforeMs: startMs, notAfterMs: startMs + dayMs };
    [ours, other] = (await Promise.all(
      ['41', '42'].map((serial) => makeAuthority('a.example', serial, validity)),
    )) as [KeyPair, KeyPair];
  });
  const signed = (): Denial =>
    signedDenial({ subject: director, beforeMs: startMs, endsMs: startMs + dayMs, words: 'sold' }, ours.key);
  const cas = (...pairs: readonly KeyPair[]) => pairs.map(({ cert }) => new X509Certificate(cert));

  test('is believed of any CA that is, and survives the list', () => {
    const [read] = parseDenials(denialsText([signed()]), 'denied');
    expect(read && isSigned(read, cas(other, ours))).toBe(true);
    expect(isSigned(signed(), cas(other))).toBe(false);
    expect(isSigned(signed(), [])).toBe(false);
  });

  test.each([
    ['another subject', { subject: director.replace('fra-d1', 'fra-d2') }],
    ['another time', { beforeMs: startMs + 1_000 }],
    ['another end', { endsMs: startMs + 2 * dayMs }],
    ['no signature', { signature: '' }],
    ['half a signature', { signature: 'AbCd' }],
  ])('is not that of %s', (_, change) => {
    expect(isSigned({ ...signed(), ...change }, cas(ours))).toBe(false);
  });

  test('leaves the words to whoever keeps the list', () => {
    expect(isSigned({ ...signed(), words: 'sold with its disk' }, cas(ours))).toBe(true);
  });
});
