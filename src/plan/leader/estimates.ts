/**
 * What a leader has learnt, as it is kept for the next one and taken up by it: hold-downs and slow starts, capacities, sites that
 * are silent, panics. Demand is not: it is heard again in seconds, and until then a site wants what its flows carry.
 */
import type { KeptCourse, KeptEstimates, KeptServer, KeptSite } from '../../domain/estimates.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import type { CapacityState } from '../estimate/capacity.ts';
import { type Course, isOrdinary } from '../estimate/course.ts';
import { neverFailed } from '../estimate/hold-down.ts';
import type { Panic } from '../estimate/panic.ts';
import { type Staleness, standingAt } from '../estimate/staleness.ts';
import { byName, compareText } from '../order.ts';
import { fnv1a32 } from '../weights/hash.ts';

/** Times are monotonic. */
export interface Estimates {
  /** By real server. */
  readonly capacities: ReadonlyMap<string, CapacityState>;
  /** By service, then by real server. */
  readonly courses: ReadonlyMap<string, ReadonlyMap<string, Course>>;
  /** By site of real servers. */
  readonly sites: ReadonlyMap<string, Staleness>;
  /** By service. */
  readonly panics: ReadonlyMap<string, Panic>;
}

/** Of real servers; of 24,000 each has about a hundred. */
const serverParts = 256;
/** What concerns sites and services. */
const fleetPart = 'fleet';
/** A part stays far from what a store takes in one record; who is beyond begins anew, as if nothing were kept. */
const mostCoursesAPart = 2_000;
const itemsAStep = 250;
const million = 1_000_000;
/** A weight that is off by less is not written either. */
const worthKeeping = 0.05;

/** By real server, parts per million, as they are kept: as they were until one has moved by a twentieth. About 1,000,000 is not kept. Yields often. */
export function* keptCapacities(
  kept: ReadonlyMap<string, number>,
  capacities: ReadonlyMap<string, CapacityState>,
): Steps<ReadonlyMap<string, number>> {
  const next = new Map<string, number>();
  let looked = 0;
  for (const [name, { measuredPpm = million }] of capacities) {
    if (looked++ % itemsAStep === 0) yield;
    const before = kept.get(name) ?? million;
    const ppm = Math.abs(measuredPpm - before) > worthKeeping * before ? measuredPpm : before;
    if (Math.abs(ppm - million) > worthKeeping * million) next.set(name, ppm);
  }
  return next;
}

/** `epochMs`: what the monotonic clock's 0 is since the epoch. Parts that hold nothing are left out. Yields often. */
export function* keptEstimates(
  { courses, sites, panics }: Omit<Estimates, 'capacities'>,
  capacities: ReadonlyMap<string, number>,
  { services, realServers }: Pick<World, 'services' | 'realServers'>,
  { nowMs, epochMs }: { readonly nowMs: number; readonly epochMs: number },
): Steps<readonly KeptEstimates[]> {
  const byServer = new Map<string, KeptCourse[]>();
  for (const service of byName(services)) {
    yield;
    for (const [name, course] of courses.get(service.name) ?? []) {
      if (isOrdinary(service, course, nowMs)) continue;
      const own = byServer.get(name);
      const kept = keptCourse(service.name, course, epochMs);
      if (own === undefined) byServer.set(name, [kept]);
      else own.push(kept);
    }
  }
  const parts = new Map<string, KeptServer[]>();
  for (const [index, { name }] of realServers.entries()) {
    if (index % itemsAStep === 0) yield;
    const own = byServer.get(name) ?? [];
    const measuredPpm = capacities.get(name);
    if (own.length === 0 && measuredPpm === undefined) continue;
    const part = partOf(name);
    const servers = parts.get(part) ?? [];
    parts.set(part, servers);
    servers.push({
      name,
      ...(measuredPpm === undefined ? {} : { measuredPpm }),
      courses: own,
    });
  }
  const kept: KeptEstimates[] = [];
  for (const [part, servers] of parts) {
    yield;
    kept.push({ part, servers: bounded(servers), sites: [], panics: [] });
  }
  const fleet: KeptEstimates = {
    part: fleetPart,
    servers: [],
    sites: [...sites]
      .flatMap(([site, staleness]) => keptSite(site, staleness, nowMs, epochMs))
      .toSorted((a, b) => compareText(a.site, b.site)),
    panics: [...panics]
      .map(([service, { sinceMs, beforeConnections }]) => {
        return { service, sinceMs: Math.round(epochMs + sinceMs), beforeConnections };
      })
      .toSorted((a, b) => compareText(a.service, b.service)),
  };
  return fleet.sites.length + fleet.panics.length === 0 ? kept : [...kept, fleet];
}

/** Of another's clock nothing is later than now. */
export function estimatesOf(kept: readonly KeptEstimates[], nowMs: number, epochMs: number): Estimates {
  const capacities = new Map<string, CapacityState>();
  const courses = new Map<string, Map<string, Course>>();
  const own = (atMs: number): number => Math.min(nowMs, atMs - epochMs);
  for (const { name, measuredPpm, courses: all } of kept.flatMap(({ servers }) => servers)) {
    if (measuredPpm !== undefined) capacities.set(name, { measuredPpm, atMs: undefined });
    for (const one of all) {
      const service = courses.get(one.service) ?? new Map<string, Course>();
      courses.set(one.service, service.set(name, courseOf(one, own)));
    }
  }
  const sites = kept
    .flatMap((part) => part.sites)
    .map(({ site, newestAtMs, returnedAtMs }): [string, Staleness] => {
      const returned = returnedAtMs === undefined ? undefined : own(returnedAtMs);
      return [site, { newestAtMs: own(newestAtMs), heard: true, returnedAtMs: returned }];
    });
  const panics = kept
    .flatMap((part) => part.panics)
    .map(({ service, sinceMs, beforeConnections }): [string, Panic] => [
      service,
      { sinceMs: own(sinceMs), beforeConnections },
    ]);
  return { capacities, courses, sites: new Map(sites), panics: new Map(panics) };
}

function partOf(name: string): string {
  return String(fnv1a32(name) % serverParts).padStart(3, '0');
}

function keptCourse(service: string, { state, holdDown, wellSinceMs }: Course, epochMs: number): KeptCourse {
  const { failuresAtMs, healthySinceMs } = holdDown;
  return {
    service,
    state,
    failedAtMs: failuresAtMs.map((atMs) => Math.round(epochMs + atMs)),
    ...(healthySinceMs === undefined ? {} : { recoveredAtMs: Math.round(epochMs + healthySinceMs) }),
    ...(Number.isFinite(wellSinceMs) ? { wellSinceMs: Math.round(epochMs + wellSinceMs) } : {}),
  };
}

function courseOf(
  { state, failedAtMs, recoveredAtMs, wellSinceMs }: KeptCourse,
  own: (atMs: number) => number,
): Course {
  const holdDown =
    failedAtMs.length === 0
      ? neverFailed
      : {
          failuresAtMs: failedAtMs.map(own),
          healthySinceMs: recoveredAtMs === undefined ? undefined : own(recoveredAtMs),
        };
  return {
    state,
    holdDown,
    wellSinceMs: wellSinceMs === undefined ? Number.NEGATIVE_INFINITY : own(wellSinceMs),
  };
}

/** Those that are heard as ever are not kept. What comes from one on probation would change with each report. */
function keptSite(site: string, staleness: Staleness, nowMs: number, epochMs: number): readonly KeptSite[] {
  const { inflowMayGrow, onProbation } = standingAt(staleness, nowMs);
  if (inflowMayGrow) return [];
  const { newestAtMs, returnedAtMs = newestAtMs } = staleness;
  if (!onProbation) return [{ site, newestAtMs: Math.round(epochMs + newestAtMs) }];
  const returned = Math.round(epochMs + returnedAtMs);
  return [{ site, newestAtMs: returned, returnedAtMs: returned }];
}

function bounded(servers: readonly KeptServer[]): readonly KeptServer[] {
  let courses = 0;
  return servers
    .toSorted((a, b) => compareText(a.name, b.name))
    .map((server) => {
      courses += server.courses.length;
      return courses > mostCoursesAPart ? { ...server, courses: [] } : server;
    });
}
