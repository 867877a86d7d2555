/** At which real servers no agent answers directors, and since when: their kernels carry on. */
import type { UnsupervisedServer } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { compareText } from '../plan/order.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { agentless, pathsByName } from './path-states.ts';
import { keepOnly } from './ways.ts';
import { lastWords } from './witnesses.ts';

export interface SupervisionOptions {
  readonly agents: Pick<AgentRecords, 'find'>;
  /** Since the epoch: of what was before, nothing is known. */
  readonly startedMs: number;
}

export interface Supervision {
  /** A director's report has just been filed. Milliseconds since the epoch, and monotonic. */
  heard(director: AgentRecord, nowMs: number, monotonicMs: number): void;
  /** Since when (epoch) the director has reached this real server without an answer of its agent; undefined where it has one. */
  absentSinceMs(director: string, realServer: string): number | undefined;
  /** Whether, within the last seconds, the director held or that agent was absent: what was lost then was not lost on the way. */
  isDisturbed(director: string, realServer: string, monotonicMs: number): boolean;
  /** By name. */
  unsupervised(world: Pick<World, 'directors' | 'realServers'>, monotonicMs: number): UnsupervisedServer[];
}

/** Longer than two windows over which a director sums up what it has lost. */
const disturbedForMs = 15_000;

interface Absence {
  readonly sinceMs: number;
  /** Monotonic. */
  readonly lastMs: number;
  readonly isOver: boolean;
}

/** What a director has told. */
interface Told {
  /** By real server, those that have just ended included; few. */
  readonly absences: ReadonlyMap<string, Absence>;
  /** When it held last, monotonic. */
  readonly heldMs: number;
}

const nothing: Told = { absences: new Map(), heldMs: Number.NEGATIVE_INFINITY };

export function createSupervision({ agents, startedMs }: SupervisionOptions): Supervision {
  const told = new Map<string, Told>();

  function absentSinceMs(director: string, realServer: string): number | undefined {
    const absence = told.get(director)?.absences.get(realServer);
    return absence?.isOver === false ? absence.sinceMs : undefined;
  }

  function supervisionOf(realServer: string, words: readonly AgentRecord[]): UnsupervisedServer[] {
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
    const isConnected = record?.stream !== undefined;
    if (!isPresent && sinceMs < Number.POSITIVE_INFINITY)
      return [{ realServer, reason: isConnected ? 'unanswering' : 'absent', sinceMs }];
    if (isConnected) return [];
    return [{ realServer, reason: 'unconnected', sinceMs: record?.lastSeenMs || startedMs }];
  }

  return {
    heard({ name, report }, nowMs, monotonicMs) {
      const before = told.get(name) ?? nothing;
      if (report.held !== '') return void told.set(name, { ...before, heldMs: monotonicMs });
      const absences = new Map<string, Absence>();
      for (const [realServer, absence] of before.absences) {
        if (monotonicMs - absence.lastMs <= disturbedForMs)
          absences.set(realServer, { ...absence, isOver: true });
      }
      for (const realServer of agentless(report)) {
        const sinceMs = absentSinceMs(name, realServer) ?? nowMs;
        absences.set(realServer, { sinceMs, lastMs: monotonicMs, isOver: false });
      }
      told.set(name, { absences, heldMs: before.heldMs });
    },
    absentSinceMs,
    isDisturbed(director, realServer, monotonicMs) {
      const { absences, heldMs } = told.get(director) ?? nothing;
      const lastMs = Math.max(heldMs, absences.get(realServer)?.lastMs ?? Number.NEGATIVE_INFINITY);
      return monotonicMs - lastMs <= disturbedForMs;
    },
    unsupervised({ directors, realServers }, monotonicMs) {
      keepOnly(told, directors);
      const words = lastWords(directors, agents, monotonicMs);
      const absent = new Set(words.flatMap(({ report }) => [...agentless(report)]));
      return realServers
        .filter(({ name }) => absent.has(name) || agents.find('realserver', name)?.stream === undefined)
        .flatMap(({ name }) => supervisionOf(name, words))
        .toSorted((a, b) => compareText(a.realServer, b.realServer));
    },
  };
}
