/** What each destination carried, from the kernel's table as last read. Pure. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import {
  type DestinationState,
  destinationId,
  type Protocol,
  type ServiceState,
  serviceId,
} from '../../src/domain/ipvs-table.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { DestinationReport } from '../../src/domain/report.ts';
import type { DirectorService, DirectorSnapshot, SnapshotRealServer } from '../../src/domain/snapshot.ts';
import type { Steps } from '../../src/domain/steps.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { destinationsById } from '../../src/plan/ipvs-compare.ts';
import { rememberedSteps } from '../../src/plan/remembered.ts';
import { virtualEnds } from '../../src/plan/virtual-ends.ts';
import { type CounterNow, nextTally, type Tally } from './tally.ts';

/** By service, then by real server. */
export type Tallies = ReadonlyMap<string, ReadonlyMap<string, Tally>>;

export interface CountedDestinations {
  readonly reports: readonly DestinationReport[];
  /** To be handed in the next time. */
  readonly tallies: Tallies;
}

/**
 * One report for each destination of each service, summed over the service's VIPs and ports; the weight is the largest. Yields between
 * destinations.
 */
export function* countDestinations(
  snapshot: DirectorSnapshot,
  actual: readonly ServiceState[],
  before: Tallies,
  nowMs: number,
  verdictOf: (realServer: string, service: string) => AppVerdict,
): Steps<CountedDestinations> {
  const present = new Map<string, ReadonlyMap<string, DestinationState>>();
  for (const { service, destinations } of actual) {
    present.set(serviceId(service.key), destinationsById(destinations));
    yield;
  }
  const tallies = new Map<string, ReadonlyMap<string, Tally>>();
  const reports: DestinationReport[] = [];
  for (const { service, ends, destinations } of yield* servicesOf(snapshot)) {
    const there = ends.map(({ id }) => present.get(id));
    const known = before.get(service);
    const own = new Map<string, Tally>();
    for (const { realServer, parts } of destinations) {
      yield;
      const counters: CounterNow[] = [];
      let [weight, activeConnections] = [-1, 0];
      for (const { id, end, destination } of parts) {
        const state = there[end]?.get(destination);
        counters.push({ id, counted: state?.counters });
        if (state === undefined) continue;
        weight = Math.max(weight, state.weight);
        activeConnections += activeOf(ends[end]?.protocol, state);
      }
      const tally = nextTally(known?.get(realServer), counters, nowMs);
      if (tally !== undefined) own.set(realServer, tally);
      reports.push({
        service,
        realServer,
        weight,
        activeConnections,
        connections: tally?.connections ?? 0,
        bytesIn: tally?.bytesIn ?? 0,
        countedSinceMs: tally?.sinceMs ?? 0,
        verdict: verdictOf(realServer, service),
      });
    }
    tallies.set(service, own);
  }
  return { reports, tallies };
}

interface CountedService {
  readonly service: string;
  readonly ends: readonly End[];
  readonly destinations: readonly { readonly realServer: string; readonly parts: readonly Part[] }[];
}

/** A virtual service of the kernel's. */
interface End {
  readonly id: string;
  readonly family: Family;
  readonly protocol: Protocol;
  readonly targetPort: number;
}

/** A destination of the kernel's at one of the ends. */
interface Part {
  /** No other has it. */
  readonly id: string;
  /** Index of it. */
  readonly end: number;
  /** `destinationId`. */
  readonly destination: string;
}

/** Where each destination of each service is to be found: the same for every report while the snapshot is. */
const servicesOf = rememberedSteps(function* (snapshot: DirectorSnapshot): Steps<readonly CountedService[]> {
  const realServers = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
  // While a service changes, what is old and what is new of it are entries of their own.
  const counted: CountedService[] = [];
  for (const [service, entries] of Map.groupBy(snapshot.services, ({ name }) => name)) {
    yield;
    const ends: End[] = [];
    const parts = new Map<string, Part[]>();
    for (const entry of entries) {
      const own = endsOf(entry);
      for (const { realServer } of entry.destinations) {
        const found = partsOf(own, ends.length, realServers.get(realServer));
        const known = parts.get(realServer);
        if (known === undefined) parts.set(realServer, found);
        else known.push(...found);
      }
      ends.push(...own);
    }
    const destinations = [...parts].map(([realServer, found]) => ({ realServer, parts: found }));
    counted.push({ service, ends, destinations });
  }
  return counted;
});

function endsOf(service: DirectorService): readonly End[] {
  const ends = new Map<string, End>();
  for (const { key, vip, port, targetPort } of virtualEnds(service)) {
    const id = serviceId(key);
    ends.set(id, { id, family: familyOf(vip), protocol: port.protocol, targetPort });
  }
  return [...ends.values()];
}

/** `first`: index of the first of the ends. */
function partsOf(ends: readonly End[], first: number, realServer: SnapshotRealServer | undefined): Part[] {
  if (realServer === undefined) return [];
  return ends.flatMap(({ id, family, targetPort }, index) => {
    const found = destinationTo(realServer, family, targetPort, 0);
    if (found === undefined) return [];
    const destination = destinationId(found);
    return [{ id: `${id} ${destination}`, end: first + index, destination }];
  });
}

/** The kernel knows no state of a UDP flow, and counts all of them as inactive until they time out. */
function activeOf(
  protocol: Protocol | undefined,
  { activeConnections, inactiveConnections }: DestinationState,
): number {
  return protocol === 'udp' ? activeConnections + inactiveConnections : activeConnections;
}
