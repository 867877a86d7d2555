/** What every command that changes something says with it: who, why, on what condition. */
import { Option } from 'commander';
import type { ChangeTerms } from '../domain/revision.ts';
import type { CliIo } from './io.ts';
import { Misuse } from './misuse.ts';

export interface TermsOptions {
  readonly message?: string;
  readonly ifRevision?: string;
  readonly allowRemoval?: boolean;
}

export function messageOption(): Option {
  return new Option('-m, --message <TEXT>', 'why: it stands in the history');
}

export function ifRevisionOption(): Option {
  return new Option(
    '--if-revision <N>',
    'only if nothing of it was changed by a later revision than N of the history',
  );
}

export function allowRemovalOption(): Option {
  return new Option(
    '--allow-removal',
    'it may remove more than the settings let a change remove (by default half, of more than three); the history says so',
  );
}

/** The local user is told; where the coordinator knows better who calls, it says that. */
export function termsOf(options: TermsOptions, io: Pick<CliIo, 'env'>): ChangeTerms {
  const { message, ifRevision, allowRemoval } = options;
  const author = localUser(io);
  return {
    ...(author === undefined ? {} : { author }),
    ...(message === undefined ? {} : { message }),
    ...(ifRevision === undefined ? {} : { ifRevision: revisionNamed(ifRevision, '--if-revision') }),
    ...(allowRemoval === undefined ? {} : { allowRemoval }),
  };
}

function localUser({ env }: Pick<CliIo, 'env'>): string | undefined {
  return [env.USER, env.LOGNAME, env.USERNAME].find((name) => name !== undefined && name.trim() !== '');
}

/** `where`: the option or argument, for the message. */
export function revisionNamed(text: string, where: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Misuse(
    `${where}: found ${JSON.stringify(text)}, expected the number of a revision, as causeway history shows it`,
  );
}

/** Below what a change did; nothing where it made no revision. */
export function revisionLine(number: number | undefined): string {
  return number === undefined ? '' : `\nRevision ${number}.\n`;
}

/** The same for programs: what the history calls it, and up to where agents have to follow. */
export function revisionData({ number, revision }: { readonly number?: number; readonly revision: number }) {
  return { ...(number === undefined ? {} : { revision: number }), storeRevision: revision };
}
