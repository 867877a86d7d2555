/** What each agent must do, from everything that is known: the content of its snapshot. */
import type { Forwarding } from '../domain/ipvs-table.ts';
import { type DirectorMember, isCapable, type RealServerMember } from '../domain/member.ts';
import type { Service, Site } from '../domain/resource.ts';
import type { Envelope } from '../domain/section.ts';
import type {
  DirectorService,
  DirectorSnapshot,
  RealServerService,
  RealServerSnapshot,
  SnapshotDirector,
  SnapshotRealServer,
} from '../domain/snapshot.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import { defaultTunnelType, type GueSettings, gueOf } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { createCollectors } from './collectors.ts';
import { createDirectorServices } from './director-service.ts';
import { wayBetween } from './forwarding.ts';
import { announceFor, asKnownBy, gueFor, ipvsFor, singleEnds } from './older-directors.ts';
import { byName, compareText } from './order.ts';
import type { PlannedRealServer } from './placement-policy.ts';
import { probeKeysFor } from './probe-keys-for.ts';
import { remembered } from './remembered.ts';
import { claims, isDirectorDrained } from './selection.ts';
import { type KeptIndex, type SnapshotIndex, snapshotIndex } from './snapshot-index.ts';
import { addressesOf, networksOf } from './vips.ts';

/** A snapshot before it is versioned. Services stand by name, real servers by site and name. */
export type DirectorContent = Omit<DirectorSnapshot, Envelope>;
export type RealServerContent = Omit<RealServerSnapshot, Envelope>;

/** Of one world. */
export interface Snapshots {
  /** The services that its site claims, each with the real servers it can reach; none in an undeclared site. Yields between them. */
  director(director: DirectorMember): Steps<DirectorContent>;
  /** The services that select it, and every director that may send to it; none in an undeclared site. */
  realServer(realServer: RealServerMember): RealServerContent;
}

/** Yields while it indexes the world. Worlds that come one after the other share what is the same of them, down to the values. */
export type SnapshotMaker = (world: World) => Steps<Snapshots>;

const serversAStep = 1_000;

export function createSnapshots(): SnapshotMaker {
  const kept: KeptIndex = { planned: new Map(), ordered: new Map(), candidates: [] };
  const reachedBefore = new WeakMap<DirectorMember, Reached>();
  const serviceFor = createDirectorServices();
  const collectors = createCollectors();

  return function* (world) {
    const index = yield* snapshotIndex(world, kept);
    const services = serviceFor(world, index);
    const sendersTo = createSenders(world, index);
    const deletedServices = world.deletedServices.toSorted(compareText);
    const keysFor = probeKeysFor(world);
    const collectorsFor = collectors(world, (site) => index.site(site) !== undefined);
    return {
      *director(director) {
        const site = index.site(director.site);
        const claimed = site === undefined ? [] : index.claimedAt(director.site);
        const own: DirectorService[] = [];
        let servers = 0;
        for (const service of claimed) {
          const whole = asKnownBy(director, services(service, director));
          if (whole !== undefined)
            own.push(isDirectorDrained(world, director, service.name) ? withdrawnOf(whole) : whole);
          servers += index.ordered(service.name).length;
          if (servers < serversAStep) continue;
          servers = 0;
          yield;
        }
        const realServers = yield* reachedAgain(index, director, claimed.length > 0, reachedBefore);
        const keys = yield* keysFor.director(director, realServers);
        const chosen =
          site === undefined || own.length === 0
            ? {}
            : { ...ipvsFor(director, world), ...announceFor(director, site) };
        const collecting = isCapable(director, 'return-path')
          ? world.probeKeys?.ofCollector(director.name)
          : undefined;
        return {
          ...{ kind: 'director', deletedServices, ...keys, ...chosen, services: own, realServers },
          ...(collecting === undefined ? {} : { collecting }),
        };
      },
      realServer(realServer) {
        const site = index.site(realServer.site);
        const selected = site === undefined ? [] : index.servicesOf(realServer);
        const directors = site === undefined ? [] : sendersTo(realServer, selected);
        const gue = site === undefined ? undefined : gueOf(site);
        const hearing = collectorsFor(realServer, selected);
        return {
          kind: 'realserver',
          deletedServices,
          ...keysFor.realServer(realServer, directors),
          tunnel: site?.tunnel ?? defaultTunnelType,
          ...(gue === undefined ? {} : { guePorts: [gue.port] }),
          services: selected.flatMap((one) => asTakenBy(realServer, one) ?? []),
          directors,
          ...(hearing.length === 0 ? {} : { collectors: hearing }),
        };
      },
    };
  };
}

/** The same value for all directors that are drained: they attract nobody, and serve who comes all the same. */
const withdrawnOf = remembered(
  (service: DirectorService): DirectorService => ({ ...service, withdrawn: true }),
);

/** One agent's alone. */
export function directorContent(world: World, director: DirectorMember): DirectorContent {
  return atOnce(atOnce(createSnapshots()(world)).director(director));
}

export function realServerContent(world: World, realServer: RealServerMember): RealServerContent {
  return atOnce(createSnapshots()(world)).realServer(realServer);
}

interface Reached {
  readonly candidates: SnapshotIndex['candidates'];
  readonly ways: string;
  readonly realServers: readonly SnapshotRealServer[];
}

/** The same list as before where all that decides about it is the same: most changes leave the ways as they are. */
function* reachedAgain(
  index: SnapshotIndex,
  director: DirectorMember,
  claimsAny: boolean,
  known: WeakMap<DirectorMember, Reached>,
): Steps<readonly SnapshotRealServer[]> {
  const { candidates, ways } = index;
  const before = known.get(director);
  if (before?.candidates === candidates && before.ways === ways) return before.realServers;
  const realServers = yield* reachedFrom(index, director, claimsAny);
  known.set(director, { candidates, ways, realServers });
  return realServers;
}

function* reachedFrom(
  { candidates, servicesOf, site }: SnapshotIndex,
  director: DirectorMember,
  claimsAny: boolean,
): Steps<SnapshotRealServer[]> {
  const reached: SnapshotRealServer[] = [];
  if (!claimsAny) return reached;
  for (const [index, realServer] of candidates.entries()) {
    const services = servicesOf(realServer).filter((service) => claims(service, director.site));
    const forwarding = wayBetween(director, realServer, services);
    const at = site(realServer.site);
    if (forwarding !== undefined && at !== undefined)
      reached.push(asReached(realServer, at, forwarding, gueFor(director, at)));
    if (index % serversAStep === 0) yield;
  }
  return reached;
}

/** The same value for every director that reaches it in this way. */
const reachedBy = remembered((_: PlannedRealServer) => new Map<string, SnapshotRealServer>());

function asReached(
  realServer: PlannedRealServer,
  site: Site,
  forwarding: Forwarding,
  gue: GueSettings | undefined,
): SnapshotRealServer {
  const known = reachedBy(realServer);
  const key = `${forwarding} ${site.tunnel} ${gue?.port} ${gue?.checksum}`;
  const { name, address, probeSlot } = realServer;
  const entry = known.get(key) ?? {
    name,
    site: site.name,
    address,
    probeSlot,
    forwarding,
    tunnel: site.tunnel,
    ...(gue === undefined ? {} : { gue }),
  };
  known.set(key, entry);
  return entry;
}

const asRealServerHasIt = remembered(
  ({ name, vips, ports, health }: Service): RealServerService => ({
    name,
    vips: addressesOf(vips),
    ports,
    health,
    ...networksOf(vips),
  }),
);

const asOlderHasIt = remembered((service: Service): RealServerService | undefined => {
  const { networks: _, ...rest } = asRealServerHasIt(service);
  const ends = singleEnds(asRealServerHasIt(service));
  return ends && { ...rest, ...ends };
});

function asTakenBy(realServer: RealServerMember, service: Service): RealServerService | undefined {
  return isCapable(realServer, 'port-ranges') ? asRealServerHasIt(service) : asOlderHasIt(service);
}

const sendingBy = remembered((_: DirectorMember) => new Map<Forwarding, SnapshotDirector>());

function asSender(director: DirectorMember, forwarding: Forwarding): SnapshotDirector {
  const known = sendingBy(director);
  const { name, address } = director;
  const entry = known.get(forwarding) ?? { name, address, forwarding };
  known.set(forwarding, entry);
  return entry;
}

type SendersTo = (realServer: RealServerMember, services: readonly Service[]) => readonly SnapshotDirector[];

/** Directors of other sites are the same for all real servers of a site with the same services. */
function createSenders(world: World, { site }: SnapshotIndex): SendersTo {
  const directors = byName(world.directors).filter((director) => site(director.site) !== undefined);
  const known = new Map<readonly Service[], Map<string, readonly SnapshotDirector[]>>();
  const waysOf = (
    realServer: RealServerMember,
    services: readonly Service[],
    some: readonly DirectorMember[],
  ) =>
    some.flatMap((director) => {
      const own = services.filter((service) => claims(service, director.site));
      const forwarding = wayBetween(director, realServer, own);
      return forwarding === undefined ? [] : [asSender(director, forwarding)];
    });
  const local = Map.groupBy(directors, (director) => director.site);
  return (realServer, services) => {
    const bySite = known.get(services) ?? new Map<string, readonly SnapshotDirector[]>();
    known.set(services, bySite);
    const others = directors.filter((director) => director.site !== realServer.site);
    const remote = bySite.get(realServer.site) ?? waysOf(realServer, services, others);
    bySite.set(realServer.site, remote);
    const near = waysOf(realServer, services, local.get(realServer.site) ?? []);
    return near.length === 0 ? remote : byName([...remote, ...near]);
  };
}
