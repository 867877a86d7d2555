/** At which real servers no agent answers directors, and since when: their kernels carry on. */
import type { UnsupervisedServer } from '../../domain/status.ts';
import type { World } from '../../domain/world.ts';
import type { AgentWord, AgentWords } from '../../plan/observe/agent-word.ts';
import { keepOnly } from '../../plan/observe/keep-only.ts';
import { agentless, pathsByName } from '../../plan/observe/path-states.ts';
import { lastWords } from '../../plan/observe/witnesses.ts';
import { compareText } from '../../plan/order.ts';

export interface SupervisionOptions {
  readonly agents: Pick<AgentWords, 'find'>;
  /** Since the epoch: of what was before, nothing is known. */
  readonly startedMs: number;
}

export interface Supervision {
  /** A director's report has just been filed. Milliseconds since the epoch, and monotonic. */
  heard(director: AgentWord, nowMs: number, monotonicMs: number): void;
  /** Since when (epoch) the director has reached this real server without an answer of its agent; undefined where it has one. */
  absentSinceMs(director: string, realServer: string): number | undefined;
  /** Whether, within the last seconds, the director held or that agent was absent: what was lost then was not lost on the way. */
  isDisturbed(director: string, realServer: string, monotonicMs: number): boolean;
  /** By name. */
  unsupervised(world: Pick<World, 'directors' | 'realServers'>, monotonicMs: number): UnsupervisedServer[];
}

/** Longer than two windows over which a director sums up what it has lost. */
const disturbedForMs = 15_000;

/** What a director has told. */
interface Told {
  /** By real server whose agent is absent now: since when. Numbers, as there may be a fleet of them to each director. */
  readonly absentSince: ReadonlyMap<string, number>;
  /** By real server whose agent has come back lately: when, monotonic. */
  readonly returned: ReadonlyMap<string, number>;
  /** When it held last, monotonic. */
  readonly heldMs: number;
}

const nothing: Told = { absentSince: new Map(), returned: new Map(), heldMs: Number.NEGATIVE_INFINITY };

export function createSupervision({ agents, startedMs }: SupervisionOptions): Supervision {
  const told = new Map<string, Told>();

  const absentSinceMs = (director: string, realServer: string): number | undefined =>
    told.get(director)?.absentSince.get(realServer);

  function supervisionOf(realServer: string, words: readonly AgentWord[]): UnsupervisedServer[] {
    let isReached = false;
    let isPresent = false;
    let sinceMs = Number.POSITIVE_INFINITY;
    for (const { name, report } of words) {
      const path = pathsByName(report).get(realServer);
      if (path?.state !== 'up') continue;
      isReached = true;
      // One that suspects itself does not know whom it would hear.
      if (report.held !== '') continue;
      isPresent = path.agent === 'present';
      if (isPresent) break;
      if (path.agent === 'absent') sinceMs = Math.min(sinceMs, absentSinceMs(name, realServer) ?? startedMs);
    }
    if (!isReached) return [];
    const record = agents.find('realserver', realServer);
    const isConnected = record?.isConnected === true;
    if (!isPresent && sinceMs < Number.POSITIVE_INFINITY)
      return [{ realServer, reason: isConnected ? 'unanswering' : 'absent', sinceMs }];
    if (isConnected) return [];
    return [{ realServer, reason: 'unconnected', sinceMs: record?.lastSeenMs || startedMs }];
  }

  return {
    heard({ name, report }, nowMs, monotonicMs) {
      const before = told.get(name) ?? nothing;
      if (report.held !== '') return void told.set(name, { ...before, heldMs: monotonicMs });
      const absent = agentless(report);
      const absentSince = absences(absent, before.absentSince, nowMs);
      const returned = new Map<string, number>();
      for (const [realServer, atMs] of before.returned)
        if (monotonicMs - atMs <= disturbedForMs) returned.set(realServer, atMs);
      if (absentSince !== before.absentSince) {
        for (const realServer of before.absentSince.keys())
          if (!absent.has(realServer)) returned.set(realServer, monotonicMs);
      }
      told.set(name, { absentSince, returned, heldMs: before.heldMs });
    },
    absentSinceMs,
    isDisturbed(director, realServer, monotonicMs) {
      const { absentSince, returned, heldMs } = told.get(director) ?? nothing;
      const lastMs = Math.max(heldMs, returned.get(realServer) ?? Number.NEGATIVE_INFINITY);
      return absentSince.has(realServer) || monotonicMs - lastMs <= disturbedForMs;
    },
    unsupervised({ directors, realServers }, monotonicMs) {
      keepOnly(told, directors);
      const words = lastWords(directors, agents, monotonicMs);
      const absent = new Set<string>();
      for (const { report } of words) for (const name of agentless(report)) absent.add(name);
      const doubtful = realServers.filter(
        ({ name }) => absent.has(name) || agents.find('realserver', name)?.isConnected !== true,
      );
      const asked = doubtful.length * words.length <= mostQuestions ? words : someOf(words);
      return doubtful
        .flatMap(({ name }) => supervisionOf(name, asked))
        .toSorted((a, b) => compareText(a.realServer, b.realServer));
    },
  };
}

/** The same map where they are the same. */
function absences(
  absent: ReadonlySet<string>,
  before: ReadonlyMap<string, number>,
  nowMs: number,
): ReadonlyMap<string, number> {
  const isSame = absent.size === before.size && [...absent].every((name) => before.has(name));
  return isSame ? before : new Map([...absent].map((name) => [name, before.get(name) ?? nowMs]));
}

/** Where a whole fleet is without agents, a few directors are enough to see it, and asking all would take seconds. */
const mostQuestions = 100_000;
const fewDirectors = 8;

function someOf(words: readonly AgentWord[]): readonly AgentWord[] {
  const step = Math.ceil(words.length / fewDirectors);
  return words.filter((_, index) => index % step === 0);
}
