/** A world by what snapshots are made from, shared by all agents; what has not changed since the last world is the same value. */
import type { RealServerMember } from '../domain/member.ts';
import type { Service, Site } from '../domain/resource.ts';
import type { Steps } from '../domain/steps.ts';
import type { World } from '../domain/world.ts';
import { byName, compareText } from './order.ts';
import type { PlannedRealServer } from './placement-policy.ts';
import { selecting } from './selecting.ts';
import { claims, plannedRealServers, underOrders } from './selection.ts';

export interface SnapshotIndex {
  readonly site: (name: string) => Site | undefined;
  /** Of declared sites, by site and name. */
  readonly candidates: readonly PlannedRealServer[];
  /** The same text where all that decides about the ways from directors to real servers is the same, but for the members themselves. */
  readonly ways: string;
  /** By name; one list for all real servers with the same labels. */
  readonly servicesOf: (realServer: Pick<RealServerMember, 'labels'>) => readonly Service[];
  /** That directors of this site claim, by name. */
  readonly claimedAt: (site: string) => readonly Service[];
  /** Candidates that the service selects, as operators' orders let it have them. */
  readonly ordered: (service: string) => readonly PlannedRealServer[];
}

/** What is kept from one world to the next. */
export interface KeptIndex {
  readonly planned: Map<string, PlannedRealServer>;
  readonly ordered: Map<string, readonly PlannedRealServer[]>;
  candidates: readonly PlannedRealServer[];
}

/** Of real servers and the services that select them. */
const pairsAStep = 1_000;
const none: readonly PlannedRealServer[] = [];

/** Yields between real servers. */
export function* snapshotIndex(world: World, kept: KeptIndex): Steps<SnapshotIndex> {
  const sites = new Map(world.sites.map((site) => [site.name, site]));
  const planned = plannedRealServers(world);
  yield;
  const servers = planned.map((realServer) => keptServer(realServer, kept.planned));
  yield;
  const sorted = yield* bySiteAndName(servers);
  keepOnly(kept.planned, new Set(sorted.map(({ name }) => name)));
  const candidates = sameList(kept.candidates, sorted);
  kept.candidates = candidates;
  yield;
  const selectingServices = selecting(byName(world.services));
  const byLabels = new Map<string, readonly Service[]>();
  /** By the value itself: every director asks for every real server. */
  const byOwnLabels = new Map<RealServerMember['labels'], readonly Service[]>();
  const servicesOf = ({ labels }: Pick<RealServerMember, 'labels'>): readonly Service[] => {
    const own = byOwnLabels.get(labels);
    if (own !== undefined) return own;
    const key = JSON.stringify(labels);
    const known = byLabels.get(key) ?? byName(selectingServices({ labels }));
    byLabels.set(key, known);
    byOwnLabels.set(labels, known);
    return known;
  };
  const ordered = new Map<string, PlannedRealServer[]>();
  let pairs = 0;
  for (const candidate of candidates) {
    const services = servicesOf(candidate);
    pairs += 1 + services.length;
    for (const service of services) {
      const mine = underOrders(world, service, candidate);
      const own = mine === candidate ? candidate : drained(candidate);
      const list = ordered.get(service.name);
      if (list === undefined) ordered.set(service.name, [own]);
      else list.push(own);
    }
    if (pairs < pairsAStep) continue;
    pairs = 0;
    yield;
  }
  const lists = new Map(
    [...ordered].map(([service, list]) => [service, sameList(kept.ordered.get(service), list)]),
  );
  keepOnly(kept.ordered, lists);
  for (const [service, list] of lists) kept.ordered.set(service, list);
  const claimed = new Map<string, readonly Service[]>();
  return {
    site: (name) => sites.get(name),
    candidates,
    ways: JSON.stringify([
      world.sites.map(({ name, tunnel, gue }) => [name, tunnel, gue]),
      world.services.map(({ name, selector, forwarding, sites: at }) => [name, selector, forwarding, at]),
    ]),
    servicesOf,
    claimedAt(site) {
      const known = claimed.get(site) ?? byName(world.services.filter((service) => claims(service, site)));
      claimed.set(site, known);
      return known;
    },
    ordered: (service) => lists.get(service) ?? none,
  };
}

function keptServer(next: PlannedRealServer, kept: Map<string, PlannedRealServer>): PlannedRealServer {
  const known = kept.get(next.name);
  if (known !== undefined && isSame(known, next)) return known;
  kept.set(next.name, next);
  return next;
}

/** Site by site, as sorting all of them takes as long as a slice. */
function* bySiteAndName(servers: readonly PlannedRealServer[]): Steps<PlannedRealServer[]> {
  const sorted: PlannedRealServer[] = [];
  const sites = [...Map.groupBy(servers, ({ site }) => site)].toSorted(([a], [b]) => compareText(a, b));
  yield;
  for (const [, own] of sites) {
    for (const server of byName(own)) sorted.push(server);
    yield;
  }
  return sorted;
}

/** Labels are the member's own object: the store's value, the same for as long as nobody writes it. */
function isSame(a: PlannedRealServer, b: PlannedRealServer): boolean {
  return (
    a.labels === b.labels &&
    a.weight === b.weight &&
    a.drain === b.drain &&
    a.site === b.site &&
    a.address === b.address &&
    a.prefixLength === b.prefixLength &&
    a.capacity === b.capacity &&
    a.probeSlot === b.probeSlot
  );
}

const drainedOnes = new WeakMap<PlannedRealServer, PlannedRealServer>();

function drained(realServer: PlannedRealServer): PlannedRealServer {
  const known = drainedOnes.get(realServer) ?? { ...realServer, drain: true };
  drainedOnes.set(realServer, known);
  return known;
}

/** The one from before where both hold the same. */
export function sameList<T>(before: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  const isKept = before?.length === next.length && next.every((item, index) => item === before[index]);
  return isKept ? before : next;
}

export function keepOnly(kept: Map<string, unknown>, named: { has(name: string): boolean }): void {
  for (const name of kept.keys()) if (!named.has(name)) kept.delete(name);
}
