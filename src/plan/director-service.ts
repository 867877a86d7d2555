/** A service as the directors of a site have it: its destinations with tiers and weights, made once for all of them. */
import type { DirectorMember } from '../domain/member.ts';
import { defaultDrainSeconds, type Service } from '../domain/resource.ts';
import { isRange, overlap } from '../domain/service-port.ts';
import type { DirectorService, SnapshotDestination } from '../domain/snapshot.ts';
import { isNetwork } from '../domain/vip-network.ts';
import type { RealServerWeights, World } from '../domain/world.ts';
import { wayUnder } from './forwarding.ts';
import { place } from './placement.ts';
import { isEligible, type PlannedRealServer } from './placement-policy.ts';
import { keepOnly, type SnapshotIndex, sameList } from './snapshot-index.ts';
import { addressesOf, networksOf } from './vips.ts';

/** From which it was made, and what came of it. */
interface Made {
  readonly service: Service;
  readonly realServers: readonly PlannedRealServer[];
  readonly latency: World['latency'];
  readonly planned: RealServerWeights | undefined;
  readonly withdrawn: boolean;
  readonly result: DirectorService;
}

type ServiceFor = (service: Service, director: DirectorMember) => DirectorService;

/** What is made of the same again is the same value, from world to world as well. */
export function createDirectorServices(): (world: World, index: SnapshotIndex) => ServiceFor {
  /** By service, then by site, or by director where the way depends on it. */
  const made = new Map<string, Map<string, Made>>();

  return (world, index) => {
    keepOnly(made, new Set(world.services.map(({ name }) => name)));
    const places = new Set(
      [...world.directors].flatMap(({ name, site }) => [siteKey(site), directorKey(name)]),
    );
    for (const own of made.values()) keepOnly(own, places);
    return (service, director) => {
      const own = made.get(service.name) ?? new Map<string, Made>();
      made.set(service.name, own);
      const key = service.forwarding === 'direct' ? directorKey(director.name) : siteKey(director.site);
      const before = own.get(key);
      const next = {
        service,
        realServers: sameList(before?.realServers, reachable(service, director, index.ordered(service.name))),
        latency: world.latency,
        planned: world.plannedWeights.get(service.name)?.get(director.site),
        withdrawn: world.withdrawals.get(service.name)?.has(director.site) === true,
      };
      if (before !== undefined && isFromTheSame(before, next)) return before.result;
      const result = sameService(before?.result, directorService(next, director.site));
      own.set(key, { ...next, result });
      return result;
    };
  };
}

function siteKey(site: string): string {
  return `site ${site}`;
}

function directorKey(director: string): string {
  return `director ${director}`;
}

/** A tunnel leads everywhere; `masquerade` depends on the site alone. */
function reachable(
  { forwarding }: Service,
  director: DirectorMember,
  realServers: readonly PlannedRealServer[],
): readonly PlannedRealServer[] {
  if (forwarding === 'auto' || forwarding === 'tunnel') return realServers;
  return realServers.filter((realServer) => wayUnder(forwarding, director, realServer) !== undefined);
}

function isFromTheSame(a: Omit<Made, 'result'>, b: Omit<Made, 'result'>): boolean {
  return (
    a.service === b.service &&
    a.realServers === b.realServers &&
    a.latency === b.latency &&
    a.planned === b.planned &&
    a.withdrawn === b.withdrawn
  );
}

function directorService(from: Omit<Made, 'result'>, fromSite: string): DirectorService {
  const { service, realServers, latency, planned, withdrawn } = from;
  const { name, ports, scheduler, persistenceSeconds, tuning } = service;
  const vips = addressesOf(service.vips);
  const placed = place({ service, fromSite, realServers, latency, planned });
  const drained = new Set(realServers.filter((one) => !isEligible(one)).map((one) => one.name));
  const destinations = placed.map((one) => ({ ...one, drained: drained.has(one.realServer) }));
  const drainSeconds = drainSecondsOf(service, drained.size);
  const said = {
    ...(tuning === undefined ? {} : { tuning }),
    ...askedPortOf(service),
    ...networksOf(service.vips),
  };
  return { name, vips, ports, scheduler, persistenceSeconds, ...said, drainSeconds, withdrawn, destinations };
}

/** An object to be spread: the port that speaks for ranges, where packets for it reach a real server. */
function askedPortOf({ vips, ports, health }: Service): Pick<DirectorService, 'askedPort'> {
  const isShared = ports.some(isRange) || vips.some(isNetwork);
  if (health.type === 'none' || health.port === 0 || !isShared) return {};
  const asked = { protocol: 'tcp', port: health.port } as const;
  return ports.some((one) => overlap(one, asked)) ? { askedPort: health.port } : {};
}

/** Where nothing is drained the setting is left out, and directors that do not know it yet have nothing to stumble on. */
function drainSecondsOf({ drainSeconds = defaultDrainSeconds }: Service, drained: number): number {
  return drained === 0 ? 0 : drainSeconds;
}

/** The one from before where both say the same, or else its destinations: distances that changed a little change no weight. */
function sameService(before: DirectorService | undefined, next: DirectorService): DirectorService {
  if (before === undefined) return next;
  const destinations = sameList(
    before.destinations,
    sameDestinations(before.destinations, next.destinations),
  );
  const isSame =
    before.vips === next.vips &&
    before.ports === next.ports &&
    before.scheduler === next.scheduler &&
    before.persistenceSeconds === next.persistenceSeconds &&
    before.tuning === next.tuning &&
    before.askedPort === next.askedPort &&
    before.networks?.join() === next.networks?.join() &&
    before.drainSeconds === next.drainSeconds &&
    before.withdrawn === next.withdrawn &&
    before.destinations === destinations;
  return isSame ? before : { ...next, destinations };
}

function sameDestinations(
  before: readonly SnapshotDestination[],
  next: readonly SnapshotDestination[],
): SnapshotDestination[] {
  // Both are by site and name, and mostly of the same real servers.
  const isAligned =
    before.length === next.length && next.every((one, at) => one.realServer === before[at]?.realServer);
  if (isAligned) return next.map((one, at) => sameDestination(before[at], one));
  const known = new Map(before.map((destination) => [destination.realServer, destination]));
  return next.map((one) => sameDestination(known.get(one.realServer), one));
}

function sameDestination(
  before: SnapshotDestination | undefined,
  next: SnapshotDestination,
): SnapshotDestination {
  return before !== undefined && isSameDestination(before, next) ? before : next;
}

function isSameDestination(a: SnapshotDestination, b: SnapshotDestination): boolean {
  return (
    a.realServer === b.realServer && a.tier === b.tier && a.weight === b.weight && a.drained === b.drained
  );
}
