/** What the commands of `causeway pki` have in common: the folder of the CA, opened for one command; identities by their paths. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type Identity, parseIdentity, parseIdentityPath } from '../domain/identity.ts';
import { type Authority, openAuthority } from '../pki/authority.ts';
import type { CliIo } from './io.ts';
import { openSession, type Session } from './session.ts';

export const defaultFolder = 'causeway-pki';
export const folderVariable = 'CAUSEWAY_PKI_DIR';

export const identityHelp =
  'coordinator/SITE/NAME, director/SITE/NAME, realserver/SITE/NAME, admin/NAME, operator/NAME or viewer/NAME';

export function dirOption(): Option {
  return new Option('--dir <DIR>', `the folder of the CA (${folderVariable}; default: ${defaultFolder})`);
}

export function folderOf(command: Command, io: CliIo): string {
  const { dir }: { dir?: string } = command.opts();
  return resolve(dir ?? (io.env[folderVariable] || defaultFolder));
}

interface Run {
  readonly authority: Authority;
  readonly session: Session;
}

export async function withAuthority(
  command: Command,
  io: CliIo,
  run: (run: Run) => Promise<void>,
): Promise<void> {
  const session = openSession(command, io);
  const authority = openAuthority(folderOf(command, io), { nowMs: io.clock.nowMs(), randomBytes });
  try {
    await run({ authority, session });
  } finally {
    authority.close();
  }
}

export function identitiesNamed(words: readonly string[], authority: Authority): Identity[] {
  return words.map((word) => identityNamed(word, authority));
}

/** With or without the domain. Throws `invalid`. */
export function identityNamed(word: string, { record }: Authority): Identity {
  return word.includes('://') ? parseIdentity(word) : parseIdentityPath(record.domain, word);
}
