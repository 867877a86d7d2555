/** What agents are to do while a change is under way: of the old and the new, as much as each of them needs. */
import type { Handover } from '../domain/handover.ts';
import type { VipPort } from '../domain/host-state.ts';
import { type DirectorMember, isCapable, type RealServerMember } from '../domain/member.ts';
import { defaultDrainSeconds, type Service, type Site } from '../domain/resource.ts';
import { spanText } from '../domain/service-port.ts';
import type {
  DirectorService,
  RealServerService,
  SnapshotDestination,
  SnapshotRealServer,
} from '../domain/snapshot.ts';
import { atOnce, type Steps } from '../domain/steps.ts';
import type { TunnelType } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { concernedBy, declaredNow, liveBefore, usesItAlone } from './handover-steps.ts';
import { byName, compareText } from './order.ts';
import { endsOf } from './real-server-host.ts';
import {
  createSnapshots,
  type DirectorContent,
  type RealServerContent,
  type SnapshotMaker,
  type Snapshots,
} from './snapshots.ts';

/** Each earlier declaration, with what all agents had to do by it; and the change that it belongs to. */
interface Earlier {
  readonly handover: Handover;
  readonly declared: Site | Service;
  readonly snapshots: Snapshots;
}

/** As `createSnapshots`; while a change is under way, what agents are to do meanwhile. */
export function createHandoverSnapshots(): SnapshotMaker {
  const snapshotsOf = createSnapshots();
  return function* (world) {
    const now = yield* snapshotsOf(world);
    const { handovers = [] } = world;
    if (handovers.length === 0) return now;
    const earlier: Earlier[] = [];
    for (const handover of handovers)
      for (const declared of handover.before)
        earlier.push({
          handover,
          declared,
          // By the same maker: what the change does not concern is the same value in all of them.
          snapshots: yield* snapshotsOf(withDeclared(world, [declared])),
        });
    const unready = unreadyServers(world, handovers);
    const oldWorlds = new Map<string, Snapshots>();

    /** By what these changes began with. */
    function* oldOf(changes: readonly Handover[]): Steps<Snapshots> {
      const key = JSON.stringify(changes.map(({ kind, name }) => [kind, name]));
      const known = oldWorlds.get(key);
      if (known !== undefined) return known;
      const old = yield* snapshotsOf(withDeclared(world, changes.flatMap(first)));
      oldWorlds.set(key, old);
      return old;
    }

    return {
      *director(director) {
        const present = yield* now.director(director);
        const isHere = (handover: Handover): boolean =>
          !usesItAlone(handover, declaredNow(world, handover), director.name);
        const old = yield* (yield* oldOf(handovers.filter(isHere))).director(director);
        const before: EarlierContent[] = [];
        for (const { handover, declared, snapshots } of earlier) {
          const content = yield* snapshots.director(director);
          const isLive = isHere(handover) && liveBefore(handover).includes(declared);
          before.push({ handover, content, isLive });
        }
        return yield* meanwhile(world, present, old, before, unready);
      },
      /** All that is wanted, and whatever directors may still use of what was. */
      realServer(realServer) {
        const before = earlier.map(({ snapshots }) => snapshots.realServer(realServer));
        const content = before.reduce(keepTaking, now.realServer(realServer));
        const alsoPorts = isCapable(realServer, 'also-ports') ? otherPorts(content, before) : [];
        return alsoPorts.length === 0 ? content : { ...content, alsoPorts };
      },
    };
  };
}

/** One agent's alone. */
export function directorContentDuring(world: World, director: DirectorMember): DirectorContent {
  return atOnce(atOnce(createHandoverSnapshots()(world)).director(director));
}

export function realServerContentDuring(world: World, realServer: RealServerMember): RealServerContent {
  return atOnce(createHandoverSnapshots()(world)).realServer(realServer);
}

function keepTaking(present: RealServerContent, old: RealServerContent): RealServerContent {
  const also = new Set<TunnelType>([...(present.alsoTunnels ?? []), old.tunnel]);
  also.delete(present.tunnel);
  const guePorts = union(present.guePorts ?? [], old.guePorts ?? []);
  const services = new Map<string, RealServerService>(present.services.map((one) => [one.name, one]));
  for (const one of old.services) {
    const now = services.get(one.name);
    services.set(one.name, now === undefined ? one : withVipsOf(now, one));
  }
  const way = (director: RealServerContent['directors'][number]) => JSON.stringify(director);
  const directors = new Map([...present.directors, ...old.directors].map((one) => [way(one), one]));
  return {
    ...present,
    ...(also.size === 0 ? {} : { alsoTunnels: [...also].toSorted() }),
    ...(guePorts.length === 0 ? {} : { guePorts }),
    services: byName([...services.values()]),
    directors: byName([...directors.values()]),
  };
}

function withVipsOf(now: RealServerService, before: RealServerService): RealServerService {
  const networks = union(now.networks ?? [], before.networks ?? []);
  const vips = union(now.vips, before.vips);
  return { ...now, vips, ...(networks.length === 0 ? {} : { networks }) };
}

/** Of earlier declarations, as far as the present ones have no such port on that VIP. */
function otherPorts(content: RealServerContent, before: readonly RealServerContent[]): VipPort[] {
  const key = (one: VipPort) => `${one.address} ${spanText(one)}`;
  const known = new Set(content.services.flatMap(endsOf).map(key));
  const others = before.flatMap(({ services }) => services.flatMap(endsOf));
  return others.filter((one) => !known.has(key(one)) && known.add(key(one)));
}

interface EarlierContent {
  readonly handover: Handover;
  readonly content: DirectorContent;
  /** It serves still; else its running connections go on, and no more. */
  readonly isLive: boolean;
}

/** What a director must do: the new way to whoever is ready for it, the old way to all others. */
function* meanwhile(
  world: World,
  present: DirectorContent,
  old: DirectorContent,
  before: readonly EarlierContent[],
  unready: ReadonlySet<string>,
): Steps<DirectorContent> {
  yield;
  const services = sideBySide(world, present, before);
  // Most changes leave the ways as they are, and all of them are one list.
  if ([old, ...before.map(({ content }) => content)].every((one) => one.realServers === present.realServers))
    return { ...present, services };
  yield;
  const ways = new Map(present.realServers.map((one) => [one.name, one]));
  for (const way of old.realServers)
    if (!ways.has(way.name) || unready.has(way.name)) ways.set(way.name, way);
  // Of several earlier ways the last: running connections keep theirs whatever it is.
  for (const { content } of before.toReversed())
    for (const way of content.realServers) if (!ways.has(way.name)) ways.set(way.name, way);
  yield;
  const used = new Set<string>();
  for (const { destinations } of services) for (const { realServer } of destinations) used.add(realServer);
  const reached = new Set(present.realServers.map(({ name }) => name));
  yield;
  const known = [present, old, ...before.map(({ content }) => content)].flatMap(({ keys = [] }) => keys);
  const keys = [...new Map(known.map((key) => [key.name, key])).values()].filter(
    ({ name }) => used.has(name) || reached.has(name),
  );
  yield;
  const realServers: SnapshotRealServer[] = [];
  const bySite = Map.groupBy(ways.values(), ({ site }) => site);
  for (const [, own] of [...bySite].toSorted(([a], [b]) => compareText(a, b))) {
    yield;
    for (const one of byName(own)) if (used.has(one.name) || reached.has(one.name)) realServers.push(one);
  }
  return { ...present, services, ...(keys.length === 0 ? {} : { keys }), realServers };
}

function sideBySide(
  world: World,
  present: DirectorContent,
  before: readonly EarlierContent[],
): readonly DirectorService[] {
  const taken = new Set(present.services.flatMap(({ vips }) => vips));
  return present.services.flatMap((service) => {
    const own = before.filter(({ handover: { kind, name } }) => kind === 'Service' && name === service.name);
    const [first] = own;
    if (first === undefined) return [service];
    const served = ({ content }: EarlierContent): DirectorService[] =>
      content.services.filter(({ name }) => name === service.name);
    const live = own.filter(({ isLive }) => isLive).flatMap(served);
    const seconds = world.services.find(({ name }) => name === service.name)?.drainSeconds;
    const drainSeconds = seconds ?? defaultDrainSeconds;
    const rest = own.filter(({ isLive }) => !isLive).flatMap(served);
    const parts = partsOf(service, live, taken, first.handover);
    return parts.map((part) => withDrained(part, rest, drainSeconds));
  });
}

/** One virtual service of old and new destinations where the VIP is the same, one for each VIP that only one of them has. */
function partsOf(
  service: DirectorService,
  live: readonly DirectorService[],
  taken: ReadonlySet<string>,
  { isReady, ready: names }: Handover,
): readonly DirectorService[] {
  if (live.length === 0) return [service];
  const ready = new Set(names);
  const standing = new Set(live.flatMap(({ vips }) => vips));
  const done = new Set(taken);
  const olds = live.map((was): DirectorService => {
    const vips = was.vips.filter((vip) => !done.has(vip));
    for (const vip of vips) done.add(vip);
    return { ...was, vips };
  });
  const parts: DirectorService[] = [
    // Who has a weight is the director's to find out: a destination that is new to it gets none before its probes say so.
    {
      ...service,
      vips: service.vips.filter((vip) => standing.has(vip)),
      destinations: live.reduce((all, was) => withOthers(all, was.destinations), service.destinations),
    },
    ...olds,
    {
      ...service,
      vips: service.vips.filter((vip) => !standing.has(vip)),
      destinations: service.destinations.filter(({ realServer }) => isReady || ready.has(realServer)),
    },
  ];
  return parts.filter(({ vips, destinations }) => vips.length > 0 && destinations.length > 0);
}

/** Real servers that it had before get no new connections, and keep those that run. */
function withDrained(
  part: DirectorService,
  before: readonly DirectorService[],
  drainSeconds: number,
): DirectorService {
  const same = before.filter(({ vips }) => part.vips.every((vip) => vips.includes(vip)));
  const rest = same.flatMap(({ destinations }) =>
    destinations.map((one): SnapshotDestination => ({ ...one, weight: 0, drained: true })),
  );
  const destinations = withOthers(part.destinations, rest);
  return destinations.length === part.destinations.length ? part : { ...part, destinations, drainSeconds };
}

function withOthers(
  destinations: readonly SnapshotDestination[],
  others: readonly SnapshotDestination[],
): readonly SnapshotDestination[] {
  const known = new Set(destinations.map(({ realServer }) => realServer));
  const added = others.filter(({ realServer }) => !known.has(realServer) && known.add(realServer));
  return [...destinations, ...added];
}

/** A real server of several changes needs to be ready for all of them. */
function unreadyServers(world: World, handovers: readonly Handover[]): ReadonlySet<string> {
  return new Set(
    handovers
      .filter(({ isReady }) => !isReady)
      .flatMap((handover) => {
        const ready = new Set(handover.ready);
        return concernedBy(world, handover).filter((name) => !ready.has(name));
      }),
  );
}

function first(handover: Handover): readonly (Site | Service)[] {
  return liveBefore(handover).slice(0, 1);
}

function withDeclared(world: World, declared: readonly (Site | Service)[]): World {
  const replaced = <T extends Site | Service>(one: T): T =>
    (declared.find(({ kind, name }) => kind === one.kind && name === one.name) as T | undefined) ?? one;
  return { ...world, sites: world.sites.map(replaced), services: world.services.map(replaced) };
}

function union<T extends string | number>(a: readonly T[], b: readonly T[]): T[] {
  return [...new Set([...a, ...b])];
}
