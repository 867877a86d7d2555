/** When rules of legacy iptables are listed: nft does not know them, and nothing tells that somebody has changed them. */
import { readFile } from 'node:fs/promises';
import type { PacketFilters } from '../domain/packet-filter.ts';
import { decodeSave, filteringTables } from './legacy-filters.ts';
import { createNftRunner, type NftRunner } from './nft-run.ts';
import type { FilterReader } from './read-filters.ts';

export interface LegacyReaderOptions {
  readonly families: readonly LegacyFamily[];
  readonly monotonicMs: () => number;
}

/** One family's tables and the program that lists them. */
export interface LegacyFamily {
  readonly family: 'ip' | 'ip6';
  readonly program: string;
  /** Names of the tables that somebody uses in this network namespace, one a line; empty where the kernel has none. Throws where it can't be told. */
  readonly tables: () => Promise<string>;
  readonly run: NftRunner;
}

const lookEveryMs = 5_000;
/** A listing is a process. */
const listEveryMs = 60_000;
/** Each is looked for among all rules of a chain: as many as of nft. */
const ruleLimit = 5_000;
const outputLimitBytes = 2 << 20;
const timeoutMs = 5_000;

const nothing: PacketFilters = { chains: [] };

export function legacyFamilies(): LegacyFamily[] {
  return (['ip', 'ip6'] as const).map((family) => {
    const program = `${family}tables-legacy-save`;
    return {
      family,
      program,
      tables: () => readFile(namesFile(family), 'utf8').catch(noneWithoutModule),
      run: createNftRunner({ program, timeoutMs, outputLimitBytes }),
    };
  });
}

function namesFile(family: LegacyFamily['family']): string {
  return `/proc/net/${family}_tables_names`;
}

function noneWithoutModule(error: unknown): string {
  if (codeOf(error) === 'ENOENT') return '';
  throw error;
}

export function createLegacyReader({ families, monotonicMs }: LegacyReaderOptions): FilterReader {
  let known: PacketFilters | undefined;
  let said = '';
  let dueMs = 0;
  let isReading = false;

  async function look(): Promise<void> {
    const beganMs = monotonicMs();
    dueMs = beganMs + lookEveryMs;
    const used = await Promise.all(families.map(tablesOf));
    const asked = used.filter((one) => 'why' in one || one.used.length > 0);
    if (asked.length === 0) {
      said = '';
      known = nothing;
      return;
    }
    const found = await Promise.all(asked.map(filtersOf));
    dueMs = beganMs + listEveryMs;
    const next = joined(found);
    // The same rules are the same value: they are judged once.
    const text = JSON.stringify(next);
    if (text === said) return;
    said = text;
    known = next;
  }

  return {
    latest() {
      if (!isReading && monotonicMs() >= dueMs) {
        isReading = true;
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

type Used = LegacyFamily & ({ readonly used: readonly string[] } | { readonly why: string });
type Listed = { readonly text: string } | { readonly why: string };

async function tablesOf(family: LegacyFamily): Promise<Used> {
  try {
    return { ...family, used: filteringTables(await family.tables()) };
  } catch (error) {
    return {
      ...family,
      why: `${namesFile(family.family)} cannot be read (${codeOf(error)}): run as root`,
    };
  }
}

async function list({ program, run }: LegacyFamily): Promise<Listed> {
  try {
    const { status, stdout, stderr } = await run([]);
    if (status === 0) return { text: stdout };
    if (status === null) return { why: tooMany };
    if (/permission denied|not permitted/i.test(stderr)) return { why: `${program} ${notAllowed}` };
    return { why: `${program} failed${stderr === '' ? '' : ` (${stderr})`}` };
  } catch (error) {
    if (codeOf(error) === 'deadline') return { why: tooMany };
    return {
      why: `there is no program ${program} on this host that lists them: install the package iptables`,
    };
  }
}

const tooMany = `they are too many to be judged (more than ${ruleLimit} rules, or ${timeoutMs / 1_000} s of its time)`;
/** It opens a raw socket to ask for what CAP_NET_ADMIN alone would let it have. */
const notAllowed =
  'reads them only with CAP_NET_RAW beside CAP_NET_ADMIN, which this program is not given (nor is it by our systemd units: docs/security.md has why, and how to)';

async function filtersOf(family: Used): Promise<PacketFilters> {
  if ('why' in family) return { chains: [], legacyUnread: family.why };
  const listed = await list(family);
  const chains = 'text' in listed ? decodeSave(listed.text, family.family, ruleLimit) : undefined;
  if (chains !== undefined) return { chains };
  const why = 'why' in listed ? listed.why : tooMany;
  return { chains: [], legacyUnread: `tables ${family.used.join(', ')} of ${family.family}tables: ${why}` };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function joined(parts: readonly PacketFilters[]): PacketFilters {
  const unread = parts.flatMap(({ legacyUnread }) => legacyUnread ?? []);
  return {
    chains: parts.flatMap(({ chains }) => chains),
    ...(unread.length === 0 ? {} : { legacyUnread: unread.join('; ') }),
  };
}

/** Both together: undefined until both are known. The same value while nothing of them changes. */
export function bothReaders(nft: FilterReader, legacy: FilterReader): FilterReader {
  let [ofNft, ofLegacy, both]: (PacketFilters | undefined)[] = [];
  return {
    latest() {
      const [a, b] = [nft.latest(), legacy.latest()];
      if (a === ofNft && b === ofLegacy) return both;
      [ofNft, ofLegacy] = [a, b];
      both = a && b && { ...a, ...b, chains: [...a.chains, ...b.chains] };
      return both;
    },
  };
}
