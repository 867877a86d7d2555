/**
 * How a change is made before the old state is broken, across hosts: real servers take both ways; each is used the new way once it has said
 * that it takes it; a director has old and new side by side until the new one serves from there; and when no director uses the old way any
 * more, it goes. Whoever is absent or refuses holds that up, and nothing else.
 */
import type { AgentReport } from '../domain/agent-message.ts';
import type { ChangedOver, Handover } from '../domain/handover.ts';
import { defaultDrainSeconds, type Resource, type Service, type Site } from '../domain/resource.ts';
import { gueOf } from '../domain/tunnel.ts';
import type { World } from '../domain/world.ts';
import { compareText } from './order.ts';
import { claims, selects } from './selection.ts';
import { addressesOf } from './vips.ts';

/** Whether one host alone can't make this change without a gap. */
export function needsHandover(before: Resource, after: Resource): boolean {
  if (before.kind === 'Site' && after.kind === 'Site')
    return before.tunnel !== after.tunnel || gueOf(before)?.port !== gueOf(after)?.port;
  if (before.kind !== 'Service' || after.kind !== 'Service') return false;
  return before.forwarding !== after.forwarding || isOtherService(before, after);
}

/** Other VIPs or other real servers: a director can have both, and must, until what is new serves. */
function isOtherService(before: Service, after: Service): boolean {
  return hasOtherVips(before, after) || hasOtherSelector(before, after);
}

function hasOtherVips(before: Service, after: Service): boolean {
  return !isSubset(before.vips, after.vips) || !isSubset(after.vips, before.vips);
}

function hasOtherSelector(before: Service, after: Service): boolean {
  return JSON.stringify(sorted(before.selector)) !== JSON.stringify(sorted(after.selector));
}

/** The change that is under way once `before` was declared anew; `present`: the one that was under way already. */
export function begunHandover(
  present: Handover | undefined,
  before: Site | Service,
  directors: readonly string[],
): Handover {
  const all = [...(present?.before ?? []), before];
  return {
    kind: before.kind,
    name: before.name,
    before: all,
    live: liveOf(present, before, directors, all.length - 1),
    ready: [],
    isReady: false,
    readyAtMs: 0,
    changedOver: [],
  };
}

/** What was declared last may serve where all had it; what was before that, until all had changed over. */
function liveOf(
  present: Handover | undefined,
  before: Site | Service,
  directors: readonly string[],
  last: number,
): readonly number[] {
  if (present === undefined) return [last];
  if (!present.isReady) return present.live;
  const isOver = directors.every((name) => usesItAlone(present, before, name));
  return isOver ? [last] : [...present.live, last];
}

/** Whether a director is to have the present declaration without those before. `declared`: the present one. */
export function usesItAlone(
  handover: Handover,
  declared: Site | Service | undefined,
  director: string,
): boolean {
  if (!handover.isReady) return false;
  const isApart = liveBefore(handover).some((before) => isApartFrom(before, declared));
  return !isApart || handover.changedOver.some(({ name, isAlone }) => isAlone && name === director);
}

function isApartFrom(before: Site | Service, declared: Site | Service | undefined): boolean {
  return before.kind === 'Service' && declared?.kind === 'Service' && isOtherService(before, declared);
}

/** What directors may still use of what was declared before, oldest first. */
export function liveBefore({ before, live }: Handover): readonly (Site | Service)[] {
  return live.flatMap((index) => before[index] ?? []);
}

export function declaredNow(world: World, { kind, name }: Pick<Handover, 'kind' | 'name'>) {
  const all: readonly (Site | Service)[] = kind === 'Site' ? world.sites : world.services;
  return all.find((one) => one.name === name);
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
  /** The director has applied what was wanted at the change's last step, or later. */
  hasChangedOver(director: string): boolean;
  /** What the director reports, of what it has applied; undefined: nothing yet. */
  report(director: string): DirectorWord | undefined;
  readonly nowMs: number;
}

type DirectorWord = Pick<AgentReport, 'destinations' | 'idleVips'>;

/** Whom it waits for, as `realserver fra-r1`; nobody: for a real server to come, or for time to pass. */
export function awaitedBy(world: World, handover: Handover, facts: HandoverFacts): string[] {
  if (handover.isReady) {
    const declared = declaredNow(world, handover);
    const known = new Set(handover.changedOver.map(({ name }) => name));
    const isServingNow = (director: string): boolean => {
      const report = facts.report(director);
      return report !== undefined && serves(world, handover, report);
    };
    return world.directors
      .filter(({ name, site }) =>
        isAlone(handover, declared, { name, site })
          ? !facts.hasChangedOver(name)
          : !known.has(name) && !isServingNow(name),
      )
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
  if (handover.isReady) return advanceDirectors(world, handover, facts);
  if (world.directors.length === 0) return 'over';
  // A service that nobody serves yet is served as before; in a site without real servers there is nothing to hand over.
  if (concerned.length === 0) return handover.kind === 'Site' ? 'over' : handover;
  const known = new Set(handover.ready);
  const ready = concerned.filter((name) => known.has(name) || facts.hasApplied(name));
  const isReady = ready.length === concerned.length;
  if (!isReady && ready.length === known.size) return handover;
  return { ...handover, ready, isReady, readyAtMs: isReady ? facts.nowMs : 0 };
}

/** All real servers have it: each director goes over as soon as it serves what is new, and has done so for as long as clients may need. */
function advanceDirectors(world: World, handover: Handover, facts: HandoverFacts): Handover | 'over' {
  const declared = declaredNow(world, handover);
  const overlapMs = overlapOf(handover, declared);
  const known = new Map(handover.changedOver.map((one) => [one.name, one]));
  const changedOver = world.directors.flatMap(({ name }): ChangedOver[] => {
    const before = known.get(name);
    if (before?.isAlone) return [before];
    const report = facts.report(name);
    // What it has said before counts until it says something else.
    const isServing = report === undefined ? before !== undefined : serves(world, handover, report);
    if (!isServing) return [];
    const sinceMs = before?.sinceMs ?? facts.nowMs;
    return [{ name, sinceMs, isAlone: facts.nowMs >= sinceMs + overlapMs }];
  });
  if (liveBefore(handover).some((before) => isApartFrom(before, declared))) {
    const isSame = (one: ChangedOver): boolean => known.get(one.name)?.isAlone === one.isAlone;
    if (changedOver.length !== known.size || !changedOver.every(isSame)) return { ...handover, changedOver };
  }
  const isUsed = world.directors.some(
    (director) => !isAlone(handover, declared, director) || !facts.hasChangedOver(director.name),
  );
  return isUsed || facts.nowMs < handover.readyAtMs + lingerMs(world, handover) ? handover : 'over';
}

/** A director that does not claim the service has nothing to hand over. */
function isAlone(
  handover: Handover,
  declared: Site | Service | undefined,
  { name, site }: { readonly name: string; readonly site: string },
): boolean {
  if (declared?.kind === 'Service' && !claims(declared, site)) return true;
  return usesItAlone(handover, declared, name);
}

/** Whether what is new is served from that director; where what was before was not either, nothing is lost. */
function serves(world: World, handover: Handover, report: DirectorWord): boolean {
  const declared = declaredNow(world, handover);
  if (declared?.kind !== 'Service') return true;
  const live = liveBefore(handover).filter((one) => one.kind === 'Service');
  const idle = new Set(report.idleVips);
  const old = new Set(live.flatMap(({ vips }) => addressesOf(vips)));
  const isNewIdle = addressesOf(declared.vips).some((vip) => !old.has(vip) && idle.has(vip));
  if (isNewIdle && ![...old].every((vip) => idle.has(vip))) return false;
  const own = report.destinations.filter(({ service }) => service === declared.name);
  const selected = (service: Service) =>
    new Set(world.realServers.filter((one) => selects(service, one)).map(({ name }) => name));
  const before = new Set(live.flatMap((service) => [...selected(service)]));
  const fresh = [...selected(declared)].filter((name) => !before.has(name));
  const isNew = new Set(fresh);
  const kept = [...selected(declared)].length > fresh.length;
  const arrived = own.filter(({ realServer }) => isNew.has(realServer));
  // Real servers that go on serve meanwhile; nobody served before: nothing is lost.
  if (kept || arrived.length === 0 || !own.some((one) => !isNew.has(one.realServer) && one.weight > 0))
    return true;
  return arrived.some(
    ({ weight, verdict }) => weight >= 0 && verdict !== 'unhealthy' && verdict !== 'unknown',
  );
}

/** A client that has found the new VIP at work has as long to go there, ms. */
const vipOverlapMs = 10_000;

function overlapOf(handover: Handover, declared: Site | Service | undefined): number {
  const isVip = liveBefore(handover).some(
    (before) => before.kind === 'Service' && declared?.kind === 'Service' && hasOtherVips(before, declared),
  );
  return isVip ? vipOverlapMs : 0;
}

/**
 * A running connection keeps the forwarding and the real server that it began with (ip_vs_conn.c), until it ends or its service's drains
 * would end it.
 */
export function lingerMs(world: World, { name, before }: Handover): number {
  const service = world.services.find((one) => one.name === name);
  const changed = before.some(
    (one) =>
      one.kind === 'Service' &&
      service !== undefined &&
      (one.forwarding !== service.forwarding || hasOtherSelector(one, service)),
  );
  return changed ? 1_000 * (service?.drainSeconds || defaultDrainSeconds) : 0;
}

function isSubset(a: readonly string[], b: readonly string[]): boolean {
  return a.every((item) => b.includes(item));
}

function sorted(labels: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(labels).toSorted(([a], [b]) => compareText(a, b));
}
