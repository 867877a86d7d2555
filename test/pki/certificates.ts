/** A CA for one test, and the files of whoever it has made; nothing of it outlives the test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTls, readTlsTexts, type TlsFiles, type TlsMaterial } from '../../src/api/tls-files.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import {
  type Authority,
  filesOf,
  initAuthority,
  issuerFile,
  openAuthority,
} from '../../src/pki/authority.ts';
import { readCertificate } from '../../src/pki/certificate.ts';
import { parseIssuer, renewed } from '../../src/pki/issuer.ts';
import { newRequest } from '../../src/pki/request.ts';

export const testDomain = 'causeway.example';
const dayMs = 86_400_000;

export interface TestAuthority {
  readonly folder: string;
  /** Makes one, `daysAgo` in the past; the files are those of the newest. */
  issue(path: string, daysAgo?: number): Promise<TlsFiles>;
  /** Makes an issuer, `daysAgo` in the past: its file. */
  issuer(name: string, daysAgo?: number): Promise<string>;
  /** The files of one that the CA has made `daysAgo` in the past, with the certificate that the issuer makes of it now. */
  renewed(path: string, issuer: string, daysAgo?: number): Promise<TlsFiles>;
  deny(path: string): Promise<void>;
  remove(): void;
}

export async function testAuthority(domain = testDomain): Promise<TestAuthority> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-ca-'));
  const at = (daysAgo: number) => ({ nowMs: Date.now() - daysAgo * dayMs, randomBytes });
  await initAuthority(folder, { domain, days: 100 }, at(50));
  async function opened(daysAgo: number, run: (authority: Authority) => Promise<unknown>): Promise<void> {
    const authority = openAuthority(folder, at(daysAgo));
    await run(authority).finally(() => authority.close());
  }
  const identity = (path: string) => parseIdentityPath(domain, path);
  async function issue(path: string, daysAgo = 0): Promise<TlsFiles> {
    await opened(daysAgo, (authority) => authority.issue([identity(path)], undefined));
    const { cert, key } = filesOf(identity(path));
    return { cert: join(folder, cert), key: join(folder, key), ca: join(folder, 'ca.pem') };
  }
  return {
    folder,
    issue,
    async issuer(name, daysAgo = 0) {
      await opened(daysAgo, (authority) => authority.issueIssuer(name, undefined));
      return join(folder, issuerFile(name));
    },
    async renewed(path, issuer, daysAgo = 5) {
      const files = await issue(path, daysAgo);
      const holder = readCertificate(readFileSync(files.cert));
      const { key, request } = await newRequest();
      const parsed = parseIssuer(readFileSync(issuer, 'utf8'), issuer);
      const cert = await renewed(parsed, { holder, request }, { nowMs: Date.now(), randomBytes });
      const own = { cert: `${files.cert}.renewed`, key: `${files.key}.renewed` };
      writeFileSync(own.cert, cert);
      writeFileSync(own.key, key);
      return { ...files, ...own };
    },
    deny: (path) => opened(0, (authority) => authority.deny(identity(path), 'test')),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Whether or not its time is over. */
export function materialOf(files: TlsFiles): TlsMaterial {
  return parseTls(
    readTlsTexts(files, (path) => readFileSync(path, 'utf8')),
    files,
  );
}
