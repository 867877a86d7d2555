import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import { filesOf, initAuthority, openAuthority } from '../../src/pki/authority.ts';
import { readCertificate } from '../../src/pki/certificate.ts';
import { isSigned, parseDenials } from '../../src/pki/denied.ts';
import { stateOf } from '../../src/pki/record.ts';
import { authorityFolder, dayMs, domain, startMs } from './authority-folder.ts';

const director = parseIdentityPath(domain, 'director/fra/fra-d1');
const admin = parseIdentityPath(domain, 'admin/alice');

const folder = authorityFolder();
const { onDay, randomBytes } = folder;

const states = (day: number) =>
  onDay(day, async ({ record }) =>
    record.certificates.map((one) => stateOf(record, one, startMs + day * dayMs)),
  );

test('a certificate is signed by the CA, names its holder alone, and signs nobody', async () => {
  await onDay(0, (authority) => authority.issue([director], undefined));
  const text = readFileSync(join(folder.path, filesOf(director).cert), 'utf8');
  const facts = readCertificate(text);
  expect(facts.identity).toEqual(director);
  expect(facts.notAfterMs).toBe(startMs + 7 * dayMs);
  const certificate = new X509Certificate(text);
  const ca = new X509Certificate(readFileSync(join(folder.path, 'ca.pem')));
  expect(certificate.verify(ca.publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(ca.ca).toBe(true);
});

test('only a coordinator may be called: no stolen key of another can serve', async () => {
  const serverAuth = '1.3.6.1.5.5.7.3.1';
  const coordinator = parseIdentityPath(domain, 'coordinator/fra/fra-c1');
  await onDay(0, (authority) => authority.issue([coordinator, director, admin], undefined));
  const usages = [coordinator, director, admin].map((one) => {
    const certificate = new X509Certificate(readFileSync(join(folder.path, filesOf(one).cert)));
    // So Node calls the extended key usage.
    return certificate.keyUsage.includes(serverAuth);
  });
  expect(usages).toEqual([true, false, false]);
});

test("whatever is in the folder is for its owner's eyes only", async () => {
  await onDay(0, (authority) => authority.issue([director], undefined));
  const open = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).filter(
    (name) => (statSync(join(folder.path, name)).mode & 0o077) !== 0 && name !== 'lock',
  );
  expect(open).toEqual([]);
});

test('a second CA in the same folder is refused: the key of the first could not be had back', async () => {
  const key = readFileSync(join(folder.path, 'ca.key'), 'utf8');
  const again = initAuthority(folder.path, { domain, days: 1 }, { nowMs: startMs, randomBytes });
  await expect(again).rejects.toThrow('there is a CA already');
  expect(readFileSync(join(folder.path, 'ca.key'), 'utf8')).toBe(key);
});

describe('a life', () => {
  test.each([
    ['director/fra/a', undefined, 7],
    ['realserver/fra/a', 1, 1],
    ['coordinator/fra/a', undefined, 7],
    ['admin/alice', undefined, 30],
    ['admin/alice', 365, 365],
  ])('of %s, asked for %s days, is %d', async (path, days, expected) => {
    const [one] = await onDay(0, (ca) => ca.issue([parseIdentityPath(domain, path)], days));
    expect(one?.notAfterMs).toBe(startMs + expected * dayMs);
  });

  test.each([
    ['director/fra/a', 8, '1 to 7'],
    ['coordinator/fra/a', 0, '1 to 7'],
    ['admin/alice', 399, '1 to 398'],
  ])('of %s is not %d days, and nothing is made', async (path, days, expected) => {
    await onDay(0, async (authority) => {
      const asked = [parseIdentityPath(domain, path)];
      await expect(async () => authority.issue(asked, days)).rejects.toThrow(`expected ${expected}`);
      expect(authority.record.certificates).toEqual([]);
    });
  });
});

test('another domain is none of this CA', async () => {
  const other = parseIdentityPath('other.example', 'admin/alice');
  await onDay(0, (ca) =>
    expect(ca.issue([other], 1)).rejects.toThrow('this CA is for the domain causeway.example'),
  );
});

test('from two thirds of its life on a certificate is due, and renewed for as long again with a new key', async () => {
  await onDay(0, (authority) => authority.issue([director, admin], 6));
  const key = readFileSync(join(folder.path, filesOf(director).key), 'utf8');
  expect(await onDay(3.9, (authority) => authority.renew(undefined))).toEqual([]);
  const renewed = await onDay(4.1, (authority) => authority.renew(undefined));
  expect(renewed.map(({ notAfterMs }) => notAfterMs)).toEqual(
    [10.1, 10.1].map((day) => startMs + day * dayMs),
  );
  expect(readFileSync(join(folder.path, filesOf(director).key), 'utf8')).not.toBe(key);
  expect(await states(4.2)).toEqual(['replaced', 'replaced', 'valid', 'valid']);
});

test('what has expired comes back only where it is named', async () => {
  await onDay(0, (authority) => authority.issue([director], 1));
  expect(await onDay(2, (authority) => authority.renew(undefined))).toEqual([]);
  expect(await states(2)).toEqual(['expired']);
  await onDay(2, (authority) => authority.renew([director]));
  expect(await states(2)).toEqual(['expired', 'valid']);
});

const listed = () => parseDenials(readFileSync(join(folder.path, 'denied'), 'utf8'), 'denied');

test('who is denied is denied by all that was made so far, is not renewed, and may be given a new one', async () => {
  const old = await onDay(0, (authority) => authority.issue([director, director, admin], 6));
  await onDay(1, (authority) => authority.deny(director, 'the host was\nsold'));
  expect(await states(1)).toEqual(['denied', 'denied', 'valid']);
  expect(listed()).toEqual([
    {
      ...{ subject: 'spiffe://causeway.example/director/fra/fra-d1', signature: expect.any(String) },
      ...{ beforeMs: startMs + dayMs - 299_000, endsMs: startMs + 6 * dayMs },
      words: 'denied 2026-01-02: the host was sold',
    },
  ]);
  const renewed = await onDay(5, (authority) => authority.renew(undefined));
  expect(renewed.map(({ identity }) => identity)).toEqual(['spiffe://causeway.example/admin/alice']);
  const [fresh] = await onDay(1, (authority) => authority.issue([director], 6));
  const [{ beforeMs } = { beforeMs: 0 }] = listed();
  expect(fresh?.notBeforeMs).toBe(beforeMs);
  expect(old.filter(({ notBeforeMs }) => notBeforeMs < beforeMs)).toHaveLength(3);
  expect(await states(1)).toContain('valid');
});

test('who may have been renewed by an issuer is denied for as long as that could sign', async () => {
  await onDay(0, (authority) => authority.issue([director], 6));
  await onDay(0, (authority) => authority.issueIssuer('fra', 90));
  expect(await onDay(50, (authority) => authority.deny(director, 'lost'))).toEqual([]);
  expect(listed()[0]?.endsMs).toBe(startMs + 90 * dayMs);
  // Of people an issuer makes none.
  await onDay(50, (ca) =>
    expect(ca.deny(admin, 'lost')).rejects.toThrow('no certificate of it that is still good'),
  );
  await onDay(60, (authority) => authority.deny(director, 'lost again'));
  expect(listed()).toHaveLength(1);
});

test('an issuer is denied by its name, with all that it has signed', async () => {
  const first = await onDay(0, (authority) => authority.issueIssuer('fra', 90));
  const second = await onDay(1, (authority) => authority.issueIssuer('fra', 90));
  await onDay(2, (authority) => authority.deny({ issuer: 'fra' }, 'stolen'));
  expect(listed().map(({ subject }) => subject)).toEqual([first.serial, second.serial]);
  await onDay(2, (ca) =>
    expect(ca.deny({ issuer: 'lon' }, 'stolen')).rejects.toThrow('issuer/lon: there is no'),
  );
});

test('one certificate is denied by its serial number, however it is spelled', async () => {
  const [one, other] = await onDay(0, (authority) => authority.issue([director, director], 6));
  await onDay(1, (authority) => authority.deny({ serial: `00${one?.serial.toUpperCase()}` }, 'lost'));
  expect(await states(1)).toEqual(['denied', 'valid']);
  expect(listed()).toMatchObject([
    {
      ...{ subject: one?.serial, beforeMs: 0, endsMs: startMs + 6 * dayMs },
      words: 'spiffe://causeway.example/director/fra/fra-d1, denied 2026-01-02: lost',
    },
  ]);
  expect(other).toBeDefined();
});

test('each line is signed by the CA', async () => {
  await onDay(0, (authority) => authority.issue([director, admin], 6));
  const [{ serial } = { serial: '' }] = await onDay(0, (authority) => authority.deny(director, 'lost'));
  await onDay(0, (authority) => authority.issue([admin], 6));
  await onDay(0, ({ deny, record }) => deny({ serial: record.certificates[1]?.serial ?? '' }, 'lost'));
  const ca = new X509Certificate(readFileSync(join(folder.path, 'ca.pem')));
  expect(listed().map((one) => isSigned(one, [ca]))).toEqual([true, true]);
  expect(serial).not.toBe('');
});

test('denying what is not there is an error, not a comfort', async () => {
  await onDay(0, (ca) =>
    expect(ca.deny(director, 'lost')).rejects.toThrow('there is no certificate of it that is still good'),
  );
});

test('the list of the denied forgets what has expired', async () => {
  await onDay(0, (authority) => authority.issue([director], 1));
  await onDay(0.5, (authority) => authority.deny(director, 'lost'));
  await onDay(2, (authority) => authority.issue([admin], 1));
  await onDay(2, (authority) => authority.deny(admin, 'lost'));
  expect(listed().map(({ subject }) => subject)).toEqual(['spiffe://causeway.example/admin/alice']);
});

test('a damaged record is told with its place, and nothing is made', () => {
  writeFileSync(join(folder.path, 'record.json'), '{"domain": 1}');
  expect(() => openAuthority(folder.path, { nowMs: startMs, randomBytes })).toThrow(/record\.json: .*domain/);
});
