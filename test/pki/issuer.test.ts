/** A CA below the CA: what it signs, for whom, for how long; what it does not. */
import 'reflect-metadata';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import { filesOf, issuerFile } from '../../src/pki/authority.ts';
import { type CertificateFacts, readCertificate } from '../../src/pki/certificate.ts';
import { type Issuer, parseIssuer, renewed, renewedValidity } from '../../src/pki/issuer.ts';
import { certificatesIn } from '../../src/pki/pem.ts';
import { stateOf } from '../../src/pki/record.ts';
import { newRequest } from '../../src/pki/request.ts';
import { makeAuthority, makeIssuer } from '../../src/pki/sign.ts';
import { authorityFolder, dayMs, domain, startMs } from './authority-folder.ts';
import { oldAuthority } from './odd-certificate.ts';

const leewayMs = 300_000;
const director = parseIdentityPath(domain, 'director/fra/fra-d1');

const folder = authorityFolder();
const { onDay, randomBytes } = folder;

const read = (path: string): string => readFileSync(join(folder.path, path), 'utf8');

/** Of the CA, with an issuer beside it. */
async function made(days = 7): Promise<{ issuer: Issuer; holder: CertificateFacts }> {
  await onDay(0, (ca) => ca.issueIssuer('fra', undefined));
  await onDay(0, (ca) => ca.issue([director], days));
  return {
    issuer: parseIssuer(read(issuerFile('fra')), 'fra'),
    holder: readCertificate(read(filesOf(director).cert)),
  };
}

const at = (day: number) => ({ nowMs: startMs + day * dayMs, randomBytes });

test('who holds a certificate gets the next one: the same identity, a key of his own, the CA behind it', async () => {
  const { issuer, holder } = await made();
  const { key, request } = await newRequest();
  const text = await renewed(issuer, { holder, request }, at(5));
  const [own = '', above = '', ...more] = certificatesIn(text);
  expect(more).toEqual([]);
  const facts = readCertificate(text);
  expect(facts).toMatchObject({
    identity: director,
    issuer: issuer.serial,
    sinceMs: holder.notBeforeMs,
    notAfterMs: startMs + 12 * dayMs,
    notBeforeMs: startMs + 5 * dayMs - leewayMs,
  });
  const [leaf, middle] = [new X509Certificate(own), new X509Certificate(above)];
  const root = new X509Certificate(read('ca.pem'));
  expect(leaf.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect([leaf.verify(middle.publicKey), middle.verify(root.publicKey)]).toEqual([true, true]);
  expect([leaf.checkIssued(middle), middle.checkIssued(root), leaf.ca]).toEqual([true, true, false]);
});

test('through any number of renewals it is known what the CA made, and no life grows', async () => {
  const { issuer, holder } = await made(3);
  let facts = holder;
  for (const day of [2, 4, 6, 8]) {
    const { request } = await newRequest();
    facts = readCertificate(await renewed(issuer, { holder: facts, request }, at(day)));
    expect(facts.sinceMs).toBe(holder.notBeforeMs);
    expect(facts.notAfterMs - facts.notBeforeMs).toBe(3 * dayMs + leewayMs);
  }
});

describe('who asks on which day', () => {
  const facts = (path: string, days: number): CertificateFacts => ({
    ...{ identity: parseIdentityPath(domain, path), serial: 'ab', issuer: undefined },
    ...{ sinceMs: startMs, notBeforeMs: startMs, notAfterMs: startMs + days * dayMs + leewayMs },
  });
  const on =
    (day: number, path: string, days: number, issuerDays = 90) =>
    () =>
      renewedValidity(facts(path, days), { notAfterMs: startMs + issuerDays * dayMs }, startMs + day * dayMs);

  test.each([
    [1, 'director/fra/a', 7, 90, 'ask from 2026-01-04T12:02:30Z on'],
    [8, 'director/fra/a', 7, 90, 'has expired on 2026-01-08T00:05:00Z'],
    [5, 'admin/alice', 7, 90, "an issuer makes none for admin: that is the CA's alone"],
    [25, 'viewer/wall', 30, 90, 'an issuer makes none for viewer'],
    [25, 'operator/bob', 30, 90, 'an issuer makes none for operator'],
    [20, 'director/fra/a', 30, 90, 'an issuer makes none that lives for 30 days'],
    [5, 'coordinator/fra/a', 7, 7, 'the issuer itself is good until 2026-01-08T00:00:00Z alone: replace it'],
  ])('%d: %s of %d days, of an issuer of %d, is refused', (day, path, days, issuerDays, words) => {
    expect(on(day, path, days, issuerDays)).toThrow(words);
  });

  test('near its end an issuer gives less than it was asked for', () => {
    expect(on(5, 'realserver/fra/a', 7, 9)()).toEqual({
      notBeforeMs: startMs + 5 * dayMs - leewayMs,
      notAfterMs: startMs + 9 * dayMs,
    });
  });
});

describe('a request', () => {
  async function answered(request: Uint8Array): Promise<string> {
    const { issuer, holder } = await made();
    return renewed(issuer, { holder, request }, at(5));
  }
  async function naming(...uris: string[]): Promise<Uint8Array> {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const made = await Pkcs10CertificateRequestGenerator.create({
      ...{ name: 'CN=whoever', keys, signingAlgorithm: algorithm },
      extensions: [new SubjectAlternativeNameExtension(uris.map((value) => ({ type: 'url', value })))],
    });
    return new Uint8Array(made.rawData);
  }

  test('may name who asks, as other tools do', async () => {
    const text = await answered(await naming('spiffe://causeway.example/director/fra/fra-d1'));
    expect(readCertificate(text).identity).toEqual(director);
  });

  test('that names somebody else, alone or beside, is refused', async () => {
    for (const uris of [['admin/alice'], ['director/fra/fra-d1', 'director/fra/fra-d2']]) {
      const request = await naming(...uris.map((path) => `spiffe://causeway.example/${path}`));
      await expect(answered(request)).rejects.toMatchObject({
        code: 'permission',
        message: expect.stringContaining('which it is not'),
      });
    }
  });

  test('that another key has signed, or that is none, is refused', async () => {
    const { request } = await newRequest();
    const forged = Uint8Array.from(request);
    forged[60] = (forged[60] ?? 0) ^ 1;
    for (const one of [forged, request.slice(0, 40), new Uint8Array(), Buffer.from('hello')])
      await expect(answered(one)).rejects.toMatchObject({ code: 'invalid' });
  });
});

describe('what the file of an issuer may hold', () => {
  test('not a certificate alone, another key, no CA', async () => {
    const { issuer } = await made();
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const key = other.export({ type: 'pkcs8', format: 'pem' }).toString();
    const leaf = `${read(filesOf(director).cert)}${read(filesOf(director).key)}`;
    for (const [text, words] of [
      [issuer.cert, 'expected a certificate and a private key in PEM'],
      [`${issuer.cert}\n${key}`, 'its key is not that of its certificate'],
      [leaf, 'its certificate is no CA'],
    ] as const)
      expect(() => parseIssuer(text, '/etc/causeway/issuer.pem')).toThrow(`issuer.pem: ${words}`);
  });
});

test('an issuer is listed, due and renewed like all that the CA has made', async () => {
  const [first] = [await onDay(0, (ca) => ca.issueIssuer('fra', 30))];
  const before = read(issuerFile('fra'));
  expect(first).toMatchObject({ identity: 'spiffe://causeway.example/issuer/fra' });
  expect(await onDay(19, (ca) => ca.renew(undefined))).toEqual([]);
  const [second] = await onDay(21, (ca) => ca.renew(undefined));
  expect(second?.notAfterMs).toBe(startMs + 51 * dayMs);
  expect(read(issuerFile('fra'))).not.toBe(before);
  await onDay(21, async ({ record }) =>
    expect(record.issuers.map((one) => stateOf(record, one, startMs + 21 * dayMs))).toEqual([
      'replaced',
      'valid',
    ]),
  );
});

test('a CA of before there were issuers has none, and says what to do', async () => {
  const old = await oldAuthority(domain);
  const validity = { notBeforeMs: startMs, notAfterMs: startMs + dayMs };
  await expect(makeIssuer(old, { domain, name: 'fra' }, '41', validity)).rejects.toThrow(
    'this CA was made before there were issuers, and may have none',
  );
  const now = await makeAuthority(domain, '42', validity);
  await expect(makeIssuer(now, { domain, name: 'fra' }, '43', validity)).resolves.toBeDefined();
});

test('names and lives of issuers have their bounds', async () => {
  for (const [name, days, words] of [
    ['Fra', undefined, 'found no name of an issuer'],
    ['../fra', undefined, 'found no name of an issuer'],
    ['a'.repeat(41), undefined, 'at most 40'],
    ['fra', 399, 'expected 1 to 398'],
  ] as const)
    await onDay(0, async (ca) => {
      await expect(ca.issueIssuer(name, days)).rejects.toThrow(words);
      expect(ca.record.issuers).toEqual([]);
    });
});
