/**
 * How a change is made before the old state is broken, across hosts: real servers take both ways; each is used the new way once it has said
 * that it takes it; and when no director uses the old way any more, it goes. Whoever is absent or refuses holds that up, and nothing else.
 */
import type { Handover } from '../domain/handover.ts';
import type { DirectorMember, RealServerMember } from '../domain/member.ts';
import { defaultDrainSeconds, type Resource, type Service, type Site } from '../domain/resource.ts';
import type { DirectorService, RealServerService } from '../domain/snapshot.ts';
import { atOnce } from '../domain/steps.ts';
import type { TunnelType } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { selects } from './selection.ts';
import {
  createSnapshots,
  type DirectorContent,
  type RealServerContent,
  type SnapshotMaker,
  type Snapshots,
} from './snapshots.ts';

/** Whether one host alone can't make this change without a gap. */
export function needsHandover(before: Resource, after: Resource): boolean {
  if (before.kind === 'Site' && after.kind === 'Site') return before.tunnel !== after.tunnel;
  if (before.kind !== 'Service' || after.kind !== 'Service') return false;
  return (
    before.forwarding !== after.forwarding ||
    !isSubset(before.vips, after.vips) ||
    !isSubset(after.vips, before.vips) ||
    JSON.stringify(sorted(before.selector)) !== JSON.stringify(sorted(after.selector))
  );
}

/** As `createSnapshots`; while a change is under way, what agents are to do meanwhile. */
export function createHandoverSnapshots(): SnapshotMaker {
  const snapshotsOf = createSnapshots();
  return function* (world) {
    const now = yield* snapshotsOf(world);
    const { handovers = [] } = world;
    if (handovers.length === 0) return now;
    const earlier: Snapshots[] = [];
    for (const declared of handovers.flatMap(({ before }) => before))
      earlier.push(yield* createSnapshots()(withDeclared(world, [declared])));
    const pending = handovers.filter(({ isReady }) => !isReady);
    const old = yield* createSnapshots()(withDeclared(world, pending.flatMap(oldest)));
    const unready = unreadyServers(world, pending);
    return {
      *director(director) {
        const present = yield* now.director(director);
        return pending.length === 0
          ? present
          : usable(present, yield* old.director(director), pending, unready);
      },
      /** All that is wanted, and whatever directors may still use of what was. */
      realServer: (realServer) =>
        earlier.map((was) => was.realServer(realServer)).reduce(keepTaking, now.realServer(realServer)),
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
  const services = new Map<string, RealServerService>(present.services.map((one) => [one.name, one]));
  for (const one of old.services) {
    const now = services.get(one.name);
    services.set(one.name, now === undefined ? one : { ...now, vips: union(now.vips, one.vips) });
  }
  const way = (director: RealServerContent['directors'][number]) => JSON.stringify(director);
  const directors = new Map([...present.directors, ...old.directors].map((one) => [way(one), one]));
  return {
    ...present,
    ...(also.size === 0 ? {} : { alsoTunnels: [...also].toSorted() }),
    services: byName([...services.values()]),
    directors: byName([...directors.values()]),
  };
}

/** What a director must do: the new way to whoever is ready for it, the old way to all others. */
function usable(
  present: DirectorContent,
  old: DirectorContent,
  pending: readonly Handover[],
  unready: ReadonlySet<string>,
): DirectorContent {
  const oldWays = new Map(old.realServers.map((one) => [one.name, one]));
  const ways = new Map(present.realServers.map((one) => [one.name, one]));
  for (const [name, way] of oldWays) if (!ways.has(name) || unready.has(name)) ways.set(name, way);
  const services = sideBySide(present, old, pending);
  const used = new Set(services.flatMap((one) => one.destinations.map(({ realServer }) => realServer)));
  const reached = new Set(present.realServers.map(({ name }) => name));
  return {
    ...present,
    services,
    realServers: [...ways.values()]
      .filter(({ name }) => used.has(name) || reached.has(name))
      .toSorted((a, b) => compare(a.site, b.site) || compare(a.name, b.name)),
  };
}

function sideBySide(
  present: DirectorContent,
  old: DirectorContent,
  pending: readonly Handover[],
): readonly DirectorService[] {
  const oldServices = new Map(old.services.map((one) => [one.name, one]));
  const handovers = new Map(pending.filter(({ kind }) => kind === 'Service').map((one) => [one.name, one]));
  const taken = new Set(present.services.flatMap(({ vips }) => vips));
  return present.services.flatMap((service) => {
    const [handover, was] = [handovers.get(service.name), oldServices.get(service.name)];
    if (handover === undefined || was === undefined) return [service];
    const ready = new Set(handover.ready);
    const names = new Set(service.destinations.map(({ realServer }) => realServer));
    const both = [...service.destinations, ...was.destinations.filter((one) => !names.has(one.realServer))];
    const parts: DirectorService[] = [
      // Who has a weight is the director's to find out: a destination that is new to it gets none before its probes say so.
      { ...service, vips: service.vips.filter((vip) => was.vips.includes(vip)), destinations: both },
      { ...was, vips: was.vips.filter((vip) => !taken.has(vip)) },
      {
        ...service,
        vips: service.vips.filter((vip) => !was.vips.includes(vip)),
        destinations: service.destinations.filter(({ realServer }) => ready.has(realServer)),
      },
    ];
    return parts.filter(({ vips, destinations }) => vips.length > 0 && destinations.length > 0);
  });
}

/** A real server of several changes needs to be ready for all of them. */
function unreadyServers(world: World, pending: readonly Handover[]): ReadonlySet<string> {
  return new Set(
    pending.flatMap((handover) => {
      const ready = new Set(handover.ready);
      return concernedBy(world, handover).filter((name) => !ready.has(name));
    }),
  );
}

/** Names of the real servers that must be ready before the old way goes. */
export function concernedBy(world: World, { kind, name }: Pick<Handover, 'kind' | 'name'>): string[] {
  const sites = new Set(world.sites.map((site) => site.name));
  const standing = world.realServers.filter(({ site }) => sites.has(site));
  if (kind === 'Site') return standing.filter(({ site }) => site === name).map((one) => one.name);
  const service = world.services.find((one) => one.name === name);
  if (service === undefined) return [];
  return standing.filter((realServer) => selects(service, realServer)).map((one) => one.name);
}

/** What the agents have said, as far as this change needs it. */
export interface HandoverFacts {
  /** The real server has applied what was wanted at the time of the change or later, and has an opinion of its application. */
  hasApplied(realServer: string): boolean;
  /** The director has applied what was wanted when all real servers were ready, or later. */
  hasChangedOver(director: string): boolean;
  readonly nowMs: number;
}

/** Whom it waits for, as `realserver fra-r1`; nobody: for a real server to come. */
export function awaitedBy(world: World, handover: Handover, facts: HandoverFacts): string[] {
  if (handover.isReady) {
    return world.directors
      .filter(({ name }) => !facts.hasChangedOver(name))
      .map(({ name }) => `director ${name}`);
  }
  const ready = new Set(handover.ready);
  return concernedBy(world, handover)
    .filter((name) => !ready.has(name) && !facts.hasApplied(name))
    .map((name) => `realserver ${name}`);
}

/** What becomes of it: `over`, the next state, or the same object where nothing has changed. */
export function advance(world: World, handover: Handover, facts: HandoverFacts): Handover | 'over' {
  const concerned = concernedBy(world, handover);
  if (handover.isReady) {
    const isUsed = world.directors.some(({ name }) => !facts.hasChangedOver(name));
    return isUsed || facts.nowMs < handover.readyAtMs + lingerMs(world, handover) ? handover : 'over';
  }
  if (world.directors.length === 0) return 'over';
  // A service that nobody serves yet is served as before; in a site without real servers there is nothing to hand over.
  if (concerned.length === 0) return handover.kind === 'Site' ? 'over' : handover;
  const known = new Set(handover.ready);
  const ready = concerned.filter((name) => known.has(name) || facts.hasApplied(name));
  const isReady = ready.length === concerned.length;
  if (!isReady && ready.length === known.size) return handover;
  return { ...handover, ready, isReady, readyAtMs: isReady ? facts.nowMs : 0 };
}

/** A running connection keeps the forwarding that it began with (ip_vs_conn.c), until it ends or its service's drains would end it. */
export function lingerMs(world: World, { name, before }: Handover): number {
  const service = world.services.find((one) => one.name === name);
  const changed = before.some((one) => one.kind === 'Service' && one.forwarding !== service?.forwarding);
  return changed ? 1_000 * (service?.drainSeconds || defaultDrainSeconds) : 0;
}

function oldest({ before }: Handover): (Site | Service)[] {
  const [first] = before;
  return first === undefined ? [] : [first];
}

function withDeclared(world: World, declared: readonly (Site | Service)[]): World {
  const replaced = <T extends Site | Service>(one: T): T =>
    (declared.find(({ kind, name }) => kind === one.kind && name === one.name) as T | undefined) ?? one;
  return { ...world, sites: world.sites.map(replaced), services: world.services.map(replaced) };
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

function isSubset(a: readonly string[], b: readonly string[]): boolean {
  return a.every((item) => b.includes(item));
}

function sorted(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => compare(a, b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
