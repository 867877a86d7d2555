/** Which pair a program shows: its operator's, or what it has renewed of that by itself. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { presentTls, type TlsFiles } from '../../src/api/tls-files.ts';
import { readCertificate } from '../../src/pki/certificate.ts';
import { type TestAuthority, testAuthority } from '../pki/certificates.ts';

let ca: TestAuthority;
let issuer: string;
let place: string;
let files: TlsFiles & { readonly renewed: string };

beforeEach(async () => {
  ca = await testAuthority();
  issuer = await ca.issuer('fra', 10);
  place = mkdtempSync(join(tmpdir(), 'causeway-own-pair-'));
  const at = (name: string): string => join(place, name);
  files = { cert: at('d.pem'), key: at('d.key'), ca: at('ca.pem'), renewed: at('identity.pem') };
});
afterEach(() => {
  rmSync(place, { recursive: true });
  ca.remove();
});

function give(made: TlsFiles): void {
  copyFileSync(made.cert, files.cert);
  copyFileSync(made.key, files.key);
  copyFileSync(made.ca, files.ca);
}

/** The operator's of some days ago, and what was renewed of it. */
async function renewed(path = 'director/fra/fra-d1'): Promise<string> {
  const made = await ca.renewed(path, issuer, 5);
  give({ ...made, cert: made.cert.replace('.renewed', ''), key: made.key.replace('.renewed', '') });
  const text = `${readFileSync(made.cert, 'utf8')}${readFileSync(made.key, 'utf8')}`;
  writeFileSync(files.renewed, text);
  return readCertificate(text).serial;
}

const own = { role: 'director', site: 'fra', name: 'fra-d1' } as const;
const shown = () => presentTls(files, own);
const given = (): string => readCertificate(readFileSync(files.cert)).serial;

test('what was renewed is shown, with its issuer', async () => {
  const serial = await renewed();
  expect(shown()).toMatchObject({ own: { serial }, passedOver: undefined });
  expect(shown().cert.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
});

test('while nothing has been renewed, what the operator gave is', async () => {
  await renewed();
  rmSync(files.renewed);
  expect(shown()).toMatchObject({ own: { serial: given() }, passedOver: undefined });
});

test('what the CA has made anew since is the one, whatever was renewed of the one before', async () => {
  await renewed();
  give(await ca.issue('director/fra/fra-d1', 1));
  expect(shown().own.serial).toBe(given());
});

test('a copy of old files that is put back does not undo what was renewed', async () => {
  const serial = await renewed();
  give(await ca.issue('director/fra/fra-d1', 6));
  expect(shown().own.serial).toBe(serial);
});

describe('what is renewed and of no use is passed over, and said', () => {
  test.each([
    ['cut short', (text: string) => text.slice(0, 600), 'cannot be read'],
    ['without its key', (text: string) => text.replace(/-----BEGIN PRIVATE[\s\S]*/, ''), 'no private key'],
    [
      'without the issuer',
      (text: string) => text.replace(/(END CERTIFICATE-----)[\s\S]*?(-----BEGIN PRIV)/, '$1\n$2'),
      'stands behind',
    ],
    ['empty', () => '', 'cannot be read'],
  ])('%s', async (_, damage, words) => {
    await renewed();
    writeFileSync(files.renewed, damage(readFileSync(files.renewed, 'utf8')));
    expect(shown()).toMatchObject({ own: { serial: given() }, passedOver: expect.stringContaining(words) });
    expect(shown().passedOver).not.toContain('PRIVATE KEY');
  });

  test('of a CA that is believed no more', async () => {
    await renewed();
    const other = await testAuthority();
    give(await other.issue('director/fra/fra-d1', 6));
    other.remove();
    expect(shown()).toMatchObject({
      own: { serial: given() },
      passedOver: expect.stringContaining('none of the CAs that are believed here stands behind'),
    });
  });
});

test('a host that has got another name is who its operator says', async () => {
  await renewed('director/fra/fra-d0');
  give(await ca.issue('director/fra/fra-d1', 6));
  expect(shown().own.serial).toBe(given());
});

test('while an operator replaces his files one after the other, what was renewed is shown', async () => {
  const serial = await renewed();
  copyFileSync((await ca.issue('director/fra/fra-d1')).key, files.key);
  expect(shown()).toMatchObject({
    own: { serial },
    passedOver: expect.stringContaining('it is not the key of'),
  });
  rmSync(files.renewed);
  expect(shown).toThrow('it is not the key of');
});
