/** A CA in a folder of its own for each test, and the day on which it is opened. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type Authority, initAuthority, openAuthority } from '../../src/pki/authority.ts';

export const dayMs = 86_400_000;
export const startMs = Date.UTC(2026, 0, 1);
export const domain = 'causeway.example';

export interface AuthorityFolder {
  path: string;
  /** Other bytes each time: of the same ones came the same serials. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Opens the folder on that day, and closes it after. */
  onDay<T>(day: number, run: (authority: Authority) => Promise<T>): Promise<T>;
}

/** Made anew before each test of the file that calls it. */
export function authorityFolder(): AuthorityFolder {
  let count = 0;
  const folder: AuthorityFolder = {
    path: '',
    randomBytes: (size) => new Uint8Array(size).fill(++count),
    async onDay(day, run) {
      const { path, randomBytes } = folder;
      const authority = openAuthority(path, { nowMs: startMs + day * dayMs, randomBytes });
      try {
        return await run(authority);
      } finally {
        authority.close();
      }
    },
  };
  beforeEach(async () => {
    count = 0;
    folder.path = mkdtempSync(join(tmpdir(), 'causeway-pki-'));
    await initAuthority(
      folder.path,
      { domain, days: 3_650 },
      { nowMs: startMs, randomBytes: folder.randomBytes },
    );
  });
  afterEach(() => rmSync(folder.path, { recursive: true }));
  return folder;
}
