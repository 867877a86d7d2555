/** When a destination that somebody ordered drained may leave the kernel's table: its connections have ended, or its time has. */
import { familyOf } from '../domain/address.ts';
import {
  type DestinationState,
  destinationId,
  type ServiceState,
  serviceId,
  type VirtualServiceKey,
} from '../domain/ipvs-table.ts';
import { destinationTo } from './destination.ts';
import type { DirectorContent } from './snapshots.ts';
import { virtualEnds } from './virtual-ends.ts';

/** What one director remembers of one destination that drains. Times are monotonic ms. */
export interface Drain {
  /** When this director first saw it drained. */
  readonly sinceMs: number;
  /** Since when every reading has shown it without connections; undefined where the last one showed some. */
  readonly emptySinceMs: number | undefined;
  /** As last read: the same object again is no new reading. */
  readonly seen: DestinationState;
  readonly isOver: boolean;
}

/** By virtual service and destination; only what is in the kernel. */
export type Drains = ReadonlyMap<string, Drain>;

export const noDrains: Drains = new Map();

/** A client between two connections of a page must not be cut off; two readings are seldom further apart than this. */
const emptyForMs = 5_000;

export function drainId(key: VirtualServiceKey, destination: Parameters<typeof destinationId>[0]): string {
  return `${serviceId(key)} ${destinationId(destination)}`;
}

/** To be asked with every reading. Whoever is not drained any more, or has left the kernel, is forgotten. */
export function nextDrains(
  before: Drains,
  snapshot: DirectorContent,
  actual: readonly ServiceState[],
  nowMs: number,
): Drains {
  const limits = drainLimits(snapshot);
  if (limits.size === 0) return noDrains;
  const next = new Map<string, Drain>();
  for (const { service, destinations } of actual) {
    for (const destination of destinations) {
      const id = drainId(service.key, destination);
      const limitSeconds = limits.get(id);
      if (limitSeconds !== undefined)
        next.set(id, nextDrain(before.get(id), destination, limitSeconds, nowMs));
    }
  }
  return next;
}

function nextDrain(
  before: Drain | undefined,
  seen: DestinationState,
  limitSeconds: number,
  nowMs: number,
): Drain {
  const sinceMs = before?.sinceMs ?? nowMs;
  const isLate = limitSeconds > 0 && nowMs - sinceMs >= 1_000 * limitSeconds;
  if (before !== undefined && before.seen === seen) return { ...before, isOver: before.isOver || isLate };
  const emptySinceMs = isEmpty(seen) ? (before?.emptySinceMs ?? nowMs) : undefined;
  const hasEnded = emptySinceMs !== undefined && nowMs - emptySinceMs >= emptyForMs;
  return { sinceMs, emptySinceMs, seen, isOver: hasEnded || isLate };
}

/**
 * With a weight it may get a connection at any moment. Flows of UDP are inactive connections, and so are TCP's last states,
 * until they time out. Templates of persistence the kernel counts apart (ip_vs_bind_dest in ip_vs_conn.c): they hold nothing up,
 * for a template of a destination of weight 0 is not followed (expire_quiescent_template).
 */
function isEmpty({ weight, activeConnections, inactiveConnections }: DestinationState): boolean {
  return weight === 0 && activeConnections === 0 && inactiveConnections === 0;
}

/** By virtual service and destination: the drained ones, each with its deadline in seconds. */
function drainLimits({ services, realServers }: DirectorContent): ReadonlyMap<string, number> {
  const draining = services.filter(({ destinations }) => destinations.some(({ drained }) => drained));
  if (draining.length === 0) return new Map();
  const byName = new Map(realServers.map((realServer) => [realServer.name, realServer]));
  return new Map(
    draining.flatMap((service) =>
      service.destinations.flatMap(({ realServer: name, drained }) => {
        const realServer = drained ? byName.get(name) : undefined;
        if (realServer === undefined) return [];
        return virtualEnds(service).flatMap(({ key, vip, targetPort }): [string, number][] => {
          const destination = destinationTo(realServer, familyOf(vip), targetPort, 0);
          return destination === undefined ? [] : [[drainId(key, destination), service.drainSeconds]];
        });
      }),
    ),
  );
}
