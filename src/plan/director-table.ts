/** The IPVS table that a director must have: its snapshot, as far as health lets it. */
import { compareAddresses, familyOf } from '../domain/address.ts';
import {
  type Destination,
  destinationId,
  type IpvsTable,
  type ServiceEntry,
  schedulerFacts,
  serviceId,
  type VirtualService,
  type VirtualServiceKey,
} from '../domain/ipvs-table.ts';
import { isProbeMark } from '../domain/probe.ts';
import type { ServicePort } from '../domain/resource.ts';
import type { DirectorService, SnapshotRealServer } from '../domain/snapshot.ts';
import { destinationTo } from './destination.ts';
import { type Drains, drainId, noDrains } from './drains.ts';
import { type Candidate, effectiveWeights, type HealthView, isServable } from './effective-weight.ts';
import { compareText } from './order.ts';
import { probeServices } from './probe-services.ts';
import type { DirectorContent } from './snapshots.ts';

export type { HealthView } from './effective-weight.ts';

type PresentWeights = (service: VirtualService, destination: Destination) => number | undefined;

interface Known {
  readonly realServers: ReadonlyMap<string, SnapshotRealServer>;
  readonly health: HealthView;
  readonly present: PresentWeights;
  readonly drains: Drains;
}

export interface DirectorPlan {
  readonly table: IpvsTable;
  /** VIPs of which something can be served from here now; those withdrawn are not among them. */
  readonly servable: ReadonlySet<string>;
}

export function directorTable(
  snapshot: DirectorContent,
  health: HealthView,
  actual: IpvsTable,
  drains: Drains = noDrains,
): IpvsTable {
  return directorPlan(snapshot, health, actual, drains).table;
}

/**
 * A virtual service for every VIP and port, by address, protocol and port, its destinations by address; then the probe services.
 * `actual` matters only for what is unknown or drained: where nothing is known, the result is what the kernel has already.
 */
export function directorPlan(
  snapshot: DirectorContent,
  health: HealthView,
  actual: IpvsTable,
  drains: Drains = noDrains,
): DirectorPlan {
  const present = presentWeights(actual);
  const realServers = new Map(snapshot.realServers.map((realServer) => [realServer.name, realServer]));
  const entries = new Map<string, ServiceEntry>();
  const servable = new Set<string>();
  for (const service of snapshot.services) {
    for (const vip of service.vips) {
      for (const port of service.ports) {
        const { entry, servable: isServed } = serviceEntry(service, vip, port, {
          realServers,
          health,
          present,
          drains,
        });
        if (isServed && !service.withdrawn) servable.add(vip);
        const id = serviceId(entry.service.key);
        // Two services with one VIP and port are refused at apply; should they stand all the same, the first by name has it.
        if (!entries.has(id)) entries.set(id, entry);
      }
    }
  }
  const table = [...entries.values()].toSorted(compareEntries).concat(probeServices(snapshot));
  return { table, servable };
}

/** Whether an entry of the kernel's table is Causeway's: the kernel keeps no owners. `ownedVips` comes from the ledger. */
export function ownsService(key: VirtualServiceKey, ownedVips: ReadonlySet<string>): boolean {
  return key.kind === 'mark' ? isProbeMark(key.mark) : ownedVips.has(key.address);
}

function serviceEntry(
  service: DirectorService,
  vip: string,
  port: ServicePort,
  { realServers, health, present, drains }: Known,
): { entry: ServiceEntry; servable: boolean } {
  const virtualService = virtualServiceOf(service, vip, port);
  const planned = service.destinations.flatMap(({ realServer: name, tier, weight, drained }) => {
    const realServer = realServers.get(name);
    const destination = realServer && destinationTo(realServer, familyOf(vip), port.targetPort, weight);
    return destination === undefined ? [] : [{ name, tier, drained, destination }];
  });
  const candidates = planned.map(
    ({ name, tier, drained, destination }): Candidate => ({
      tier,
      plannedWeight: destination.weight,
      drain: drained ? drainOf(virtualService, destination, drains) : 'none',
      path: health.path(name),
      application: health.application(name, service.name),
      presentWeight: present(virtualService, destination),
    }),
  );
  const weights = effectiveWeights(candidates, port.protocol);
  const destinations = new Map<string, Destination>();
  for (const [index, { destination }] of planned.entries()) {
    const weight = weights[index];
    const id = destinationId(destination);
    if (weight !== undefined && !destinations.has(id)) destinations.set(id, { ...destination, weight });
  }
  // By address: the scheduler mh builds its table in the order of insertion.
  const ordered = [...destinations.values()].toSorted((a, b) => compareAddresses(a.address, b.address));
  const entry = { service: virtualService, destinations: ordered };
  return { entry, servable: isServable(candidates) };
}

function drainOf({ key }: VirtualService, destination: Destination, drains: Drains): 'going' | 'over' {
  return drains.get(drainId(key, destination))?.isOver === true ? 'over' : 'going';
}

function virtualServiceOf(service: DirectorService, vip: string, port: ServicePort): VirtualService {
  const { scheduler, persistenceSeconds } = service;
  return {
    key: { kind: 'address', protocol: port.protocol, address: vip, port: port.port },
    scheduler,
    schedulerFlags: schedulerFacts[scheduler].flags,
    persistenceSeconds,
  };
}

function presentWeights(actual: IpvsTable): PresentWeights {
  const services = new Map(
    actual.map(({ service, destinations }) => [
      serviceId(service.key),
      new Map(destinations.map((destination) => [destinationId(destination), destination.weight])),
    ]),
  );
  return (service, destination) => services.get(serviceId(service.key))?.get(destinationId(destination));
}

function compareEntries(
  { service: { key: a } }: ServiceEntry,
  { service: { key: b } }: ServiceEntry,
): number {
  if (a.kind !== 'address' || b.kind !== 'address') return 0;
  return compareAddresses(a.address, b.address) || compareText(a.protocol, b.protocol) || a.port - b.port;
}
