/** All agents' words: of those that are connected here, and by digests of those that are connected elsewhere. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { Clock } from '../../domain/clock.ts';
import { asCollector } from '../../domain/coordinator.ts';
import type { AgentStanding, RttSample, SiteDigest } from '../../domain/digest.ts';
import type { ReturnPathReport } from '../../domain/return-path.ts';
import type { AgentRole } from '../../domain/role.ts';
import { freshForMs } from '../../domain/tick.ts';
import type { AgentWord, AgentWords, ReturnPathWord } from '../../plan/observe/agent-word.ts';
import { wordsOf } from '../../plan/observe/digest.ts';
import { type HeardDigest, mergeDigests } from '../../plan/observe/merge.ts';

/** The agents of this coordinator. */
export interface OwnAgents extends AgentWords {
  copy(): AgentWords;
  keepMembers(isMember: (role: AgentRole, name: string) => boolean): void;
}

export interface FleetOptions {
  readonly own: OwnAgents;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** What this coordinator itself hears of return paths; absent: it is no collector. */
  readonly ownCollected?: () => readonly ReturnPathWord[];
  /** An agent that is connected elsewhere has reported anew. */
  onHeard(word: AgentWord, previous: AgentReport | undefined): void;
}

export interface Fleet extends OwnAgents {
  /** What another coordinator knows of a site takes the place of what it knew. */
  take(digest: SiteDigest): void;
  /** Of whom something was heard, and how long ago. */
  parts(): readonly FleetPart[];
  /** Measured elsewhere since this was asked last. */
  takeRtt(): readonly RttSample[];
}

export interface FleetPart {
  readonly coordinator: string;
  readonly site: string;
  readonly ageMs: number;
  readonly publishedRevision: number;
}

interface Held {
  readonly digest: SiteDigest;
  readonly atMs: number;
  /** By role and name; with the same report for as long as it has not reported anew. */
  readonly words: ReadonlyMap<string, AgentWord>;
}

/** Reports of one moment, however exactly the two clocks of whoever took the digests agree on it. */
const sameMomentMs = 50;
/** What has not been heard of for so long is forgotten: whoever is meant calls elsewhere, or is shown as gone. */
const forgottenAfterMs = 10 * 60_000;
/** Windows of samples that nobody asks for do not pile up. */
const rttAtMost = 1_000_000;
const partsAtMost = 10_000;
/** Words grow old, also where nothing new comes. */
const mergedForMs = 1_000;

export function createFleet({ own, clock, ownCollected = () => [], onHeard }: FleetOptions): Fleet {
  /** By coordinator and site. */
  const held = new Map<string, Held>();
  let merged: { readonly atMs: number; readonly words: ReadonlyMap<string, AgentWord> } | undefined;
  let rtt: readonly RttSample[] = [];
  /** By coordinator, what it last told of what it hears itself. */
  const collected = new Map<
    string,
    { readonly atMs: number; readonly returnPaths: readonly ReturnPathReport[] }
  >();

  function take(digest: SiteDigest): void {
    const nowMs = clock.monotonicMs();
    const key = partKey(digest);
    const before = held.get(key);
    const known = remoteWords();
    const then = new Map(
      before?.digest.agents.map((agent) => [keyOf(agent.role, agent.name), momentOf(before.digest, agent)]),
    );
    const moments = new Map(
      digest.agents.map((agent) => [keyOf(agent.role, agent.name), momentOf(digest, agent)]),
    );
    const news: AgentWord[] = [];
    const words = new Map<string, AgentWord>();
    for (const word of wordsOf(digest, 0, nowMs)) {
      const name = keyOf(word.role, word.name);
      const same = isSameMoment(moments.get(name), then.get(name)) ? before?.words.get(name) : undefined;
      const { report, reportedAtMs } = same ?? word;
      words.set(name, { ...word, report, reportedAtMs });
      if (same === undefined && Number.isFinite(word.reportedAtMs)) news.push(word);
    }
    // The oldest make room: another tells of its sites, and of no more than there can be.
    held.delete(key);
    const [oldest] = held.keys();
    if (held.size >= partsAtMost && oldest !== undefined) held.delete(oldest);
    held.set(key, { digest, atMs: nowMs, words });
    if (digest.collected !== undefined)
      collected.set(digest.coordinator, { atMs: nowMs, returnPaths: digest.collected });
    merged = undefined;
    if (rtt.length < rttAtMost) rtt = [...rtt, ...digest.rtt];
    for (const word of news) {
      const here = own.find(word.role, word.name);
      if (!isOlder(word, here)) onHeard(word, known.get(keyOf(word.role, word.name))?.report);
    }
  }

  function remoteWords(): ReadonlyMap<string, AgentWord> {
    const nowMs = clock.monotonicMs();
    if (merged !== undefined && nowMs - merged.atMs <= mergedForMs) return merged.words;
    for (const [key, { atMs }] of held) if (nowMs - atMs > forgottenAfterMs) held.delete(key);
    const heard = [...held.values()].map(
      ({ digest, atMs }): HeardDigest => ({ digest, ageMs: nowMs - atMs }),
    );
    const words = new Map<string, AgentWord>();
    for (const { role, name, from } of mergeDigests(heard).agents) {
      const part = held.get(partKey(from));
      const word = part?.words.get(keyOf(role, name));
      if (part === undefined || word === undefined) continue;
      // Of those who spoke by somebody who is silent himself, it is not known whether they are connected.
      const isConnected = word.isConnected && nowMs - part.atMs <= freshForMs;
      words.set(keyOf(role, name), { ...word, isConnected });
    }
    merged = { atMs: nowMs, words };
    return words;
  }

  function allCollected(): readonly ReturnPathWord[] {
    const nowMs = clock.monotonicMs();
    for (const [name, { atMs }] of collected) if (nowMs - atMs > freshForMs) collected.delete(name);
    const others = [...collected].map(([name, { returnPaths }]) => ({
      name: asCollector({ name }),
      report: { returnPaths },
    }));
    return [...ownCollected(), ...others];
  }

  function words(ownWords: AgentWords): AgentWords {
    if (held.size === 0) return ownWords;
    const others = remoteWords();
    return {
      find(role, name) {
        const here = ownWords.find(role, name);
        const there = others.get(keyOf(role, name));
        return isOlder(there, here) ? here : there;
      },
      connected(role) {
        const found = [...ownWords.connected(role)];
        const here = new Set(found.map((word) => keyOf(word.role, word.name)));
        for (const [key, word] of others) {
          if (here.has(key) || (role !== undefined && word.role !== role)) continue;
          if (word.isConnected) found.push(word);
        }
        return found;
      },
    };
  }

  return {
    take,
    find: (role, name) => words(own).find(role, name),
    connected: (role) => words(own).connected(role),
    collected: allCollected,
    copy() {
      const heard = allCollected();
      return { ...words(own.copy()), collected: () => heard };
    },
    keepMembers: own.keepMembers,
    parts: () =>
      [...held.values()].map(({ digest: { coordinator, site, publishedRevision }, atMs }) => ({
        coordinator,
        site,
        publishedRevision,
        ageMs: clock.monotonicMs() - atMs,
      })),
    takeRtt() {
      const samples = rtt;
      rtt = [];
      return samples;
    },
  };
}

function partKey({ coordinator, site }: Pick<SiteDigest, 'coordinator' | 'site'>): string {
  return `${coordinator} ${site}`;
}

/** When it reported, by the clock of whoever took the digest. */
function momentOf({ takenAtMs }: SiteDigest, { reportAgeMs }: AgentStanding): number | undefined {
  return reportAgeMs === undefined ? undefined : takenAtMs - reportAgeMs;
}

function isSameMoment(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && Math.abs(a - b) <= sameMomentMs;
}

function keyOf(role: AgentRole, name: string): string {
  return `${role}/${name}`;
}

/** Whoever has the stream knows best; else who heard last. */
function isOlder(there: AgentWord | undefined, here: AgentWord | undefined): boolean {
  if (there === undefined) return true;
  if (here === undefined) return false;
  return here.isConnected || here.reportedAtMs >= there.reportedAtMs;
}
