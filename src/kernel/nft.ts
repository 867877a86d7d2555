/** How Causeway's nft tables are read from and written to the kernel: through `nft -j`, one atomic transaction a table. */

import { CausewayError } from '../domain/error.ts';
import type { NftTable } from '../domain/host-state.ts';
import { createNftRunner, type NftRunner, nftError } from './nft-run.ts';
import { decodeNftTable, encodeNftDelete, encodeNftTable, type NftCommand } from './nft-table.ts';

export interface Nft {
  /** The table of that name in family inet; undefined where there is none, `foreign` where it is not of Causeway's making. */
  read(name: string): Promise<NftTable | 'foreign' | undefined>;
  /** Puts the table in the place of whatever bears its name, all of it or nothing. */
  load(table: NftTable): Promise<void>;
  /** Takes the table away; none there is no error. */
  remove(name: string): Promise<void>;
}

/** What the kernel tells by itself, without a process; undefined: it can't tell. */
export interface NftKernel {
  /** Grows with each transaction. */
  generation(): Promise<number | undefined>;
  /** Whether family inet has a table of that name. */
  exists(name: string): Promise<boolean | undefined>;
  /** Names of the tables of all families. */
  tables(): Promise<readonly string[] | undefined>;
}

type NftMemory = Pick<NftKernel, 'generation' | 'exists'>;

const silentKernel: NftMemory = { generation: async () => undefined, exists: async () => undefined };

/** Listing a table costs a process: an absent one is not listed, and what was read stays known until a transaction comes. */
export function createNft(run: NftRunner = createNftRunner(), kernel: NftMemory = silentKernel): Nft {
  const known = new Map<
    string,
    { readonly generation: number; readonly table: NftTable | 'foreign' | undefined }
  >();

  async function list(name: string): Promise<NftTable | 'foreign' | undefined> {
    // -n: numbers, whatever /etc/protocols and /etc/services call them.
    const result = await run(['-n', '-j', 'list', 'table', 'inet', name]);
    if (result.status === 0) return decodeNftTable(name, parseListing('read nft table', name, result.stdout));
    if (/no such file or directory/i.test(result.stderr)) return undefined;
    throw nftError('read nft table', name, result);
  }

  async function transact(
    operation: string,
    subject: string,
    commands: readonly NftCommand[],
  ): Promise<void> {
    // Not `-f -`: nft takes that for /dev/stdin, which a minimal /dev lacks.
    const result = await run(['-j', '-f', '/proc/self/fd/0'], JSON.stringify({ nftables: commands }));
    if (result.status !== 0) throw nftError(operation, subject, result);
  }

  return {
    async read(name) {
      checkName('read nft table', name);
      // Asked before the listing: a change while it is made is then seen the next time.
      const now = await kernel.generation();
      const before = known.get(name);
      if (before !== undefined && before.generation === now) return before.table;
      const table = (await kernel.exists(name)) === false ? undefined : await list(name);
      if (now === undefined) known.delete(name);
      else known.set(name, { generation: now, table });
      return table;
    },
    async load(table) {
      checkName('load nft table', table.name);
      await transact('load nft table', table.name, encodeNftTable(table));
    },
    async remove(name) {
      checkName('delete nft table', name);
      await transact('delete nft table', name, encodeNftDelete(name));
    },
  };
}

/** nft joins its arguments to one command line of its own language: a name must be a plain identifier. */
function checkName(operation: string, name: string): void {
  if (/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(name)) return;
  const message = 'a table is named by a letter, then letters, digits, _ and -';
  throw new CausewayError({ code: 'invalid', operation, subject: JSON.stringify(name), message });
}

export function parseListing(operation: string, subject: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = 'nft answered with something that is no JSON: nftables 0.9.3 or newer is needed';
    throw new CausewayError({ code: 'unsupported', operation, subject, message, cause });
  }
}
