/** How a coordinator takes in what another one tells of its sites: whole digests, and changes of what it was told on the same stream. */
import type { SiteDigest } from '../domain/digest.ts';
import { digestOfAgents } from '../domain/digest-agents.ts';
import { nothingTold, type ToldDigest, withDigestChanges } from '../domain/digest-changes.ts';
import { CausewayError } from '../domain/error.ts';
import { digestFromWire } from './convert-digest.ts';
import { reportEntries } from './convert-report.ts';
import type { SiteDigest__Output } from './gen/causeway/v1/SiteDigest.ts';
import { loadApi } from './proto-services.ts';
import { type ReadsAnswer, readAnswer } from './raw-requests.ts';
import { digestLimits } from './wire-bounds.ts';

export interface DigestTaker {
  /**
   * A message as it came; undefined: more of the same digest follows. Throws `invalid` where it can not be read or does not follow what
   * was told, `refused` where it is too much: after that only another stream, which begins with whole ones, tells of that site.
   */
  take(bytes: unknown): SiteDigest | undefined;
}

/** A message is bounded by itself; what many of them come to is bounded here. */
export interface DigestBounds {
  /** Of all parts of one digest. */
  readonly bytes: number;
  /** Of one digest. */
  readonly agents: number;
  /** Of all reports of one digest. */
  readonly entries: number;
  /** Of one stream; of more, the oldest are to be told whole again. */
  readonly sites: number;
}

const digestBounds: DigestBounds = { bytes: 256 << 20, agents: 200_000, entries: 5_000_000, sites: 10_000 };

export function createDigestTaker(bounds = digestBounds): DigestTaker {
  /** By site. */
  const held = new Map<string, { readonly number: number; readonly told: ToldDigest }>();
  const { Observe } = loadApi().peers.service;
  let parts: SiteDigest__Output[] = [];
  let found = { bytes: 0, agents: 0, entries: 0 };

  function begin(): void {
    parts = [];
    found = { bytes: 0, agents: 0, entries: 0 };
  }

  function add(part: SiteDigest__Output, bytes: number): void {
    parts.push(part);
    const entries = sum(part.agents, ({ report, reportChanges }) => {
      const said = report ?? reportChanges?.said;
      return said ? reportEntries(said) : 0;
    });
    found = {
      bytes: found.bytes + bytes,
      // Of nobody there is no part.
      agents: found.agents + Math.max(1, part.agents.length),
      entries: found.entries + entries + part.collected.length,
    };
    refuseMore(part.site, found);
  }

  function whole(): SiteDigest {
    const { number, base, ...changes } = digestFromWire(parts);
    const { site } = changes.head;
    const last = held.get(site);
    if (base !== 0 && last?.number !== base)
      throw failure('invalid', site, `it follows its number ${base}, and ${last?.number ?? 'none'} is here`);
    const told = withDigestChanges((base === 0 ? undefined : last?.told) ?? nothingTold, changes);
    const agents = [...told.agents.values()];
    refuseMore(site, {
      agents: agents.length,
      entries: sum(agents, ({ report }) => reportEntries(report)),
    });
    held.delete(site);
    if (number !== 0) {
      const [oldest] = held.keys();
      if (held.size >= bounds.sites && oldest !== undefined) held.delete(oldest);
      held.set(site, { number, told });
    }
    return digestOfAgents({ ...changes, agents });
  }

  function refuseMore(site: string, counts: Partial<DigestBounds>): void {
    for (const [what, count] of Object.entries(counts)) {
      const atMost = bounds[what as keyof DigestBounds];
      if (count > atMost)
        throw failure('refused', site, `found ${count} ${what}, expected at most ${atMost}`);
    }
  }

  return {
    take(bytes) {
      const part = readAnswer(Observe as unknown as ReadsAnswer<SiteDigest__Output>, bytes, digestLimits);
      if (part.first) begin();
      add(part, Buffer.isBuffer(bytes) ? bytes.length : 0);
      if (!part.last) return undefined;
      try {
        return whole();
      } finally {
        begin();
      }
    },
  };
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

function failure(code: 'invalid' | 'refused', site: string, message: string): CausewayError {
  return new CausewayError({ code, operation: 'read digest of', subject: site, message });
}
