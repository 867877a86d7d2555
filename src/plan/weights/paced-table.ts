/** Which of a director's wanted weights are written now, and which wait, so that `wrr` gets through its list between two bursts. */
import {
  destinationId,
  type IpvsTable,
  type ServiceEntry,
  schedulerFacts,
  schedulers,
  serviceId,
} from '../../domain/ipvs-table.ts';
import type { Steps } from '../../domain/steps.ts';
import { destinationsById, sameDestinationSettings, sameServiceSettings, sameWay } from '../ipvs-compare.ts';
import { nextBurst } from './burst.ts';

/** What was last written of a virtual service, all in one burst. */
export interface Burst {
  /** Monotonic ms. */
  readonly atMs: number;
  readonly entry: ServiceEntry;
}

export interface PaceInput {
  readonly desired: IpvsTable;
  readonly actual: IpvsTable;
  /** By the id of the virtual service; empty after a restart. */
  readonly bursts: ReadonlyMap<string, Burst>;
  /** By the same; absent where nobody knows. */
  readonly newConnectionsPerSecond: ReadonlyMap<string, number>;
  /** Monotonic ms. */
  readonly nowMs: number;
  /** The operator insists: nothing waits. */
  readonly force: boolean;
}

export interface PacedTable {
  /** The wanted one, but that services that wait stand in it as they are in the kernel. */
  readonly table: IpvsTable;
  /** To be handed in the next time. */
  readonly bursts: ReadonlyMap<string, Burst>;
  /** Ids of the virtual services that wait. */
  readonly delayed: readonly string[];
  /** When the first of them may be written; undefined where none waits. */
  readonly nextMs: number | undefined;
}

const paced: ReadonlySet<string> = new Set(schedulers.filter((name) => schedulerFacts[name].beginsAnew));

/**
 * A service is written whole or not at all. It waits where nothing but weights above 0 differ: a destination that comes or goes,
 * to or from weight 0 too, is safety, and takes the rest of its service along. Only what is in the kernel as we wrote it
 * can wait: what failed, or what somebody else changed, is put right at once. Yields between services.
 */
export function* pacedTable(input: PaceInput): Steps<PacedTable> {
  const present = new Map(input.actual.map((entry) => [serviceId(entry.service.key), entry]));
  const bursts = new Map<string, Burst>();
  const delayed: string[] = [];
  let nextMs: number | undefined;
  const table: ServiceEntry[] = [];
  for (const wanted of input.desired) {
    yield;
    const id = serviceId(wanted.service.key);
    const was = present.get(id);
    const last = input.bursts.get(id);
    if (was !== undefined && isSame(wanted, was)) {
      if (last !== undefined) bursts.set(id, { atMs: last.atMs, entry: wanted });
      table.push(wanted);
      continue;
    }
    const untilMs = waitOf(input, wanted, was, last);
    if (untilMs === undefined || last === undefined) {
      bursts.set(id, { atMs: input.nowMs, entry: wanted });
      table.push(wanted);
      continue;
    }
    bursts.set(id, last);
    delayed.push(id);
    nextMs = Math.min(untilMs, nextMs ?? untilMs);
    table.push(last.entry);
  }
  return { table, bursts, delayed, nextMs };
}

/** Until when it waits; undefined where it does not. */
function waitOf(
  { newConnectionsPerSecond, nowMs, force }: PaceInput,
  wanted: ServiceEntry,
  was: ServiceEntry | undefined,
  last: Burst | undefined,
): number | undefined {
  if (was === undefined || last === undefined) return undefined;
  const decision = nextBurst({
    lastBurstMs: last.atMs,
    nowMs,
    destinations: wanted.destinations.length,
    newConnectionsPerSecond: newConnectionsPerSecond.get(serviceId(wanted.service.key)) ?? 0,
    safety: force || !isSteering(wanted, was) || !isSame(was, last.entry),
  });
  return decision.kind === 'wait' ? decision.untilMs : undefined;
}

/** Whether nothing differs but the shares of those that carry anyway. */
function isSteering(wanted: ServiceEntry, was: ServiceEntry): boolean {
  if (!paced.has(wanted.service.scheduler) || !sameServiceSettings(wanted.service, was.service)) return false;
  return isEveryPair(wanted, was, (a, b) => sameWay(a, b) && a.weight > 0 === b.weight > 0);
}

function isSame(a: ServiceEntry, b: ServiceEntry): boolean {
  return sameServiceSettings(a.service, b.service) && isEveryPair(a, b, sameDestinationSettings);
}

/** Whether both have the same destinations, and each pair of them passes. */
function isEveryPair(a: ServiceEntry, b: ServiceEntry, passes: typeof sameDestinationSettings): boolean {
  if (a.destinations.length !== b.destinations.length) return false;
  const others = destinationsById(b.destinations);
  return a.destinations.every((destination) => {
    const other = others.get(destinationId(destination));
    return other !== undefined && passes(destination, other);
  });
}
