// Where the lab keeps what is dear to make and safe to lose: the guest's kernel, its initramfs, compiled scripts.
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The cache folder: `$CAUSEWAY_CACHE`, else `~/.cache/causeway`; an absolute path, made when absent. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env.CAUSEWAY_CACHE;
  const folder = chosen ? resolve(chosen) : join(homedir(), '.cache', 'causeway');
  mkdirSync(folder, { recursive: true });
  return folder;
}
