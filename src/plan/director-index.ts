/** What a director's snapshot says, looked up once for all decisions about it: its virtual services, and who stands in which. */
import { familyOf, sortableAddress } from '../domain/address.ts';
import {
  type Destination,
  destinationId,
  ownFlags,
  serviceId,
  type VirtualService,
  type VirtualServiceKey,
} from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';
import type { DirectorService, SnapshotRealServer } from '../domain/snapshot.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import { singleClient } from '../domain/tuning.ts';
import { destinationTo } from './destination.ts';
import { compareText } from './order.ts';
import { remembered, rememberedSteps } from './remembered.ts';
import type { DirectorContent } from './snapshots.ts';
import { virtualEnds } from './virtual-ends.ts';

export interface PlannedDestination {
  /** Of the real server. */
  readonly name: string;
  readonly tier: number;
  readonly drained: boolean;
  /** With the planned weight. */
  readonly destination: Destination;
  /** `destinationId`. */
  readonly id: string;
}

export interface PlannedService {
  /** `serviceId`. */
  readonly id: string;
  readonly service: DirectorService;
  readonly vip: string;
  /** Whose verdict is its own. */
  readonly port: ServicePort;
  /** All that it carries. */
  readonly ports: readonly ServicePort[];
  readonly virtual: VirtualService;
  /** By address: the scheduler mh builds its table in the order of insertion. */
  readonly destinations: readonly PlannedDestination[];
}

export interface DirectorIndex {
  /** By address, protocol and port. */
  readonly services: readonly PlannedService[];
  readonly byId: ReadonlyMap<string, PlannedService>;
  /** By name: those in which it stands. */
  readonly byRealServer: ReadonlyMap<string, readonly PlannedService[]>;
}

/** Of one snapshot, which never changes. */
export function directorIndex(content: DirectorContent): DirectorIndex {
  return atOnce(directorIndexSteps(content));
}

/** The same, yielding between virtual services. */
export const directorIndexSteps = rememberedSteps(function* (content: DirectorContent): Steps<DirectorIndex> {
  const realServers = realServersByName(content.realServers);
  const vipKeys = new Map(
    content.services.flatMap(({ vips }) => vips.map((vip) => [vip, sortableAddress(vip)])),
  );
  const byId = new Map<string, PlannedService>();
  for (const service of content.services) {
    for (const { key, vip, port, ports, targetPort } of virtualEnds(service)) {
      const family = familyOf(vip);
      const virtual = virtualServiceOf(service, vip, key, port);
      const id = serviceId(key);
      // Two services with one VIP and port are refused at apply; should they stand all the same, the first by name has it.
      if (byId.has(id)) continue;
      const destinations = service.destinations.flatMap((one): PlannedDestination[] => {
        const realServer = realServers.get(one.realServer);
        const destination = realServer && destinationTo(realServer, family, targetPort, one.weight);
        if (destination === undefined) return [];
        const { realServer: name, tier, drained } = one;
        const id = destinationId(destination);
        return [{ name, tier, drained, destination: limited(destination, service), id }];
      });
      const keys = new Map(destinations.map((one) => [one, keyOf(realServers.get(one.name))]));
      destinations.sort((a, b) => compareText(keys.get(a) ?? '', keys.get(b) ?? ''));
      byId.set(id, { id, service, vip, port, ports, virtual, destinations });
      yield;
    }
  }
  const services = [...byId.values()].sort(
    (a, b) =>
      compareText(vipKeys.get(a.vip) ?? '', vipKeys.get(b.vip) ?? '') ||
      compareText(a.port.protocol, b.port.protocol) ||
      a.port.port - b.port.port,
  );
  yield;
  const byRealServer = new Map<string, PlannedService[]>();
  for (const planned of services) {
    yield;
    for (const { name } of planned.destinations) {
      const known = byRealServer.get(name);
      if (known === undefined) byRealServer.set(name, [planned]);
      else if (known.at(-1) !== planned) known.push(planned);
    }
  }
  return { services, byId, byRealServer };
});

function limited(destination: Destination, { tuning }: DirectorService): Destination {
  const thresholds = tuning?.thresholds;
  return thresholds === undefined ? destination : { ...destination, thresholds };
}

function virtualServiceOf(
  service: DirectorService,
  vip: string,
  key: VirtualServiceKey,
  port: ServicePort,
): VirtualService {
  const { scheduler, persistenceSeconds, tuning } = service;
  const prefix = tuning?.persistencePrefix?.[familyOf(vip)];
  return {
    key,
    scheduler,
    schedulerFlags: tuning?.schedulerFlags ?? ownFlags(scheduler),
    persistenceSeconds,
    ...(prefix === undefined || prefix === singleClient[familyOf(vip)] ? {} : { persistencePrefix: prefix }),
    ...(tuning?.onePacket === true && port.protocol === 'udp' ? { onePacket: true } : {}),
  };
}

/** Whatever services of it are looked at, a director's list is the same. */
const realServersByName = remembered(
  (realServers: DirectorContent['realServers']): ReadonlyMap<string, SnapshotRealServer> =>
    new Map(realServers.map((realServer) => [realServer.name, realServer])),
);

const knownKey = remembered(({ address }: SnapshotRealServer) => sortableAddress(address));

function keyOf(realServer: SnapshotRealServer | undefined): string {
  return realServer === undefined ? '' : knownKey(realServer);
}
