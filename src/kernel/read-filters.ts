/** When rules of others are read, and how much of them: a listing is a process, and rules may be many. */
import type { FilterChain, PacketFilters } from '../domain/packet-filter.ts';
import { roles } from '../domain/role.ts';
import { type NftKernel, parseListing } from './nft.ts';
import { decodeFilters, filterTables } from './nft-filters.ts';
import { createNftRunner, type NftRunner } from './nft-run.ts';

export interface FilterReader {
  /** As last read; undefined: not yet. Has them read anew, in the background, where somebody changed something since. */
  latest(): PacketFilters | undefined;
}

export interface FilterReaderOptions {
  readonly run: NftRunner;
  readonly kernel: Pick<NftKernel, 'generation' | 'tables'>;
  readonly monotonicMs: () => number;
}

const lookEveryMs = 5_000;
const readEveryMs = 30_000;
/** Reading is a twentieth of the time at most. */
const restPerWork = 20;
const tooLargeForMs = 600_000;
const ruleLimit = 5_000;
const tableLimit = 16;
const outputLimitBytes = 2 << 20;
const timeoutMs = 5_000;

/** Of a name that nft takes as it is. */
const plainName = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
const own: readonly string[] = [roles.director.nftTable, roles.realserver.nftTable];
const nothing: PacketFilters = { chains: [] };
const tooLarge: PacketFilters = {
  chains: [],
  unread:
    `they are too many to be judged (more than ${ruleLimit} rules, or ${timeoutMs / 1_000} s of nft's time); ` +
    `they are listed again every ${tooLargeForMs / 60_000} minutes`,
};

export function filterRunner(): NftRunner {
  return createNftRunner({ timeoutMs, outputLimitBytes });
}

export function createFilterReader({ run, kernel, monotonicMs }: FilterReaderOptions): FilterReader {
  let known: PacketFilters | undefined;
  let readAt: number | undefined;
  let dueMs = 0;
  let listableMs = 0;
  let isReading = false;

  async function look(): Promise<void> {
    const beganMs = monotonicMs();
    dueMs = beganMs + lookEveryMs;
    const generation = await kernel.generation();
    const isSame = known !== undefined && generation !== undefined && generation === readAt;
    // nft's time is the machine's as well: what was too much for it once need not be so for ever.
    if (isSame && known !== tooLarge) return;
    const names = await kernel.tables();
    if (names?.every((name) => own.includes(name)) === true) known = nothing;
    else if (beganMs < listableMs) return;
    else {
      const filters = await read();
      known = filters;
      const nowMs = monotonicMs();
      const rest = filters === tooLarge ? tooLargeForMs : readEveryMs;
      listableMs = nowMs + Math.max(rest, restPerWork * (nowMs - beganMs));
    }
    readAt = generation;
  }

  async function read(): Promise<PacketFilters> {
    const chains: FilterChain[] = [];
    const listing = await list(['chains']);
    if (listing === undefined) return tooLarge;
    const tables = filterTables(listing, own).filter(({ table }) => plainName.test(table));
    if (tables.length > tableLimit) return tooLarge;
    let rules = 0;
    for (const { family, table } of tables) {
      const listed = await list(['table', family, table]);
      const found = listed === undefined ? undefined : decodeFilters(listed, ruleLimit - rules);
      if (found === undefined) return tooLarge;
      rules += found.reduce((sum, chain) => sum + chain.rules.length, 0);
      chains.push(...found);
    }
    return { chains };
  }

  /** Undefined: more than nft can tell in its time, or we take. Throws where nft cannot tell at all. */
  async function list(what: readonly string[]): Promise<unknown> {
    const result = await run(['-j', 'list', ...what]).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'deadline') return undefined;
      throw error;
    });
    if (result === undefined || result.status === null) return undefined;
    // A table that has gone meanwhile drops nothing.
    if (result.status !== 0) return { nftables: [] };
    return parseListing('read nft rules', what.join(' '), result.stdout);
  }

  return {
    latest() {
      if (!isReading && monotonicMs() >= dueMs) {
        isReading = true;
        // What cannot be read is not judged; whoever lacks nft is told so by what is loaded with it.
        look()
          .catch(() => undefined)
          .finally(() => {
            isReading = false;
          });
      }
      return known;
    },
  };
}
