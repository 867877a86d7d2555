/** A CA for one test, and the files of whoever it has made; nothing of it outlives the test. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTls, readTlsTexts, type TlsFiles, type TlsMaterial } from '../../src/api/tls-files.ts';
import { parseIdentityPath } from '../../src/domain/identity.ts';
import { type Authority, filesOf, initAuthority, openAuthority } from '../../src/pki/authority.ts';

export const testDomain = 'causeway.example';
const dayMs = 86_400_000;

export interface TestAuthority {
  readonly folder: string;
  /** Makes one, `daysAgo` in the past; the files are those of the newest. */
  issue(path: string, daysAgo?: number): Promise<TlsFiles>;
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
  return {
    folder,
    async issue(path, daysAgo = 0) {
      await opened(daysAgo, (authority) => authority.issue([identity(path)], undefined));
      const { cert, key } = filesOf(identity(path));
      return { cert: join(folder, cert), key: join(folder, key), ca: join(folder, 'ca.pem') };
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
