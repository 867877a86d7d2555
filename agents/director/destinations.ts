/** What each destination carried, from the kernel's table as last read. Pure. */
import { familyOf } from '../../src/domain/address.ts';
import {
  type Counters,
  type DestinationState,
  destinationId,
  type Protocol,
  type ServiceState,
  serviceId,
} from '../../src/domain/ipvs-table.ts';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { DestinationReport } from '../../src/domain/report.ts';
import type { DirectorService, DirectorSnapshot, SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { nextTally, type Tally } from './tally.ts';

/** By service and real server. */
export type Tallies = ReadonlyMap<string, Tally>;

export interface CountedDestinations {
  readonly reports: readonly DestinationReport[];
  /** To be handed in the next time. */
  readonly tallies: Tallies;
}

/** One report for each destination of each service, summed over the service's VIPs and ports; the weight is the largest. */
export function countDestinations(
  snapshot: DirectorSnapshot,
  actual: readonly ServiceState[],
  before: Tallies,
  nowMs: number,
  verdictOf: (realServer: string, service: string) => AppVerdict,
): CountedDestinations {
  const present = new Map(
    actual.flatMap(({ service, destinations }) =>
      destinations.map((destination) => [partId(serviceId(service.key), destination), destination]),
    ),
  );
  const realServers = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
  const tallies = new Map<string, Tally>();
  // While a service changes, what is old and what is new of it are entries of their own.
  const entries = Map.groupBy(snapshot.services, ({ name }) => name);
  const reports = [...entries].flatMap(([serviceName, services]) =>
    realServersOf(services).map((name): DestinationReport => {
      const parts = new Map(services.flatMap((one) => [...partsOf(one, realServers.get(name), present)]));
      const id = JSON.stringify([serviceName, name]);
      const counters = new Map(
        [...parts].map(([part, { state }]): [string, Counters | undefined] => [part, state?.counters]),
      );
      const tally = nextTally(before.get(id), counters, nowMs);
      if (tally !== undefined) tallies.set(id, tally);
      const found = [...parts.values()].flatMap(({ protocol, state }) =>
        state === undefined ? [] : { ...state, protocol },
      );
      return {
        service: serviceName,
        realServer: name,
        weight: Math.max(-1, ...found.map(({ weight }) => weight)),
        activeConnections: found.reduce((sum, one) => sum + activeOf(one), 0),
        connections: tally?.connections ?? 0,
        bytesIn: tally?.bytesIn ?? 0,
        countedSinceMs: tally?.sinceMs ?? 0,
        verdict: verdictOf(name, serviceName),
      };
    }),
  );
  return { reports, tallies };
}

function realServersOf(services: readonly DirectorService[]): string[] {
  const names = services.flatMap(({ destinations }) => destinations.map(({ realServer }) => realServer));
  return services.length === 1 ? names : [...new Set(names)];
}

/** The kernel knows no state of a UDP flow, and counts all of them as inactive until they time out. */
function activeOf(one: DestinationState & { readonly protocol: Protocol }): number {
  return one.protocol === 'udp' ? one.activeConnections + one.inactiveConnections : one.activeConnections;
}

interface Part {
  readonly protocol: Protocol;
  readonly state: DestinationState | undefined;
}

/** A destination of the kernel's for each VIP and port, by an id that no other has; undefined where it is not there. */
function partsOf(
  service: DirectorService,
  realServer: SnapshotRealServer | undefined,
  present: ReadonlyMap<string, DestinationState>,
): ReadonlyMap<string, Part> {
  const parts = new Map<string, Part>();
  if (realServer === undefined) return parts;
  for (const vip of service.vips) {
    for (const { protocol, port, targetPort } of service.ports) {
      const destination = destinationTo(realServer, familyOf(vip), targetPort, 0);
      if (destination === undefined) continue;
      const id = partId(serviceId({ kind: 'address', protocol, address: vip, port }), destination);
      parts.set(id, { protocol, state: present.get(id) });
    }
  }
  return parts;
}

function partId(service: string, destination: Parameters<typeof destinationId>[0]): string {
  return `${service} ${destinationId(destination)}`;
}
