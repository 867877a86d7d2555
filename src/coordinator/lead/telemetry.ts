/** What the agents' reports come to: one estimator for each figure, fed as reports come, read when a plan is made. */
import type { AgentReport } from '../../domain/agent-message.ts';
import { utilOf } from '../../domain/report.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { nextCapacity, unmeasuredCapacity } from '../../plan/estimate/capacity.ts';
import { DemandWindow } from '../../plan/estimate/demand.ts';
import type { Rejection } from '../../plan/estimate/sample.ts';
import { initialStaleness, nextStaleness, standingAt } from '../../plan/estimate/staleness.ts';
import type { Estimates } from '../../plan/leader/estimates.ts';
import type { AgentWord } from '../../plan/observe/agent-word.ts';
import { keepOnly } from '../../plan/observe/keep-only.ts';
import { lostPaths } from '../../plan/observe/path-states.ts';
import { silentSites } from '../../plan/observe/silent-sites.ts';
import type { Observation, ObservedDemand, ObservedServer } from '../../plan/optimal/observation.ts';
import { claims } from '../../plan/selection.ts';
import { createServerHealth, type ServerHealthOptions } from './service-health.ts';
import { type Carried, countsForMs, createWays, type Heard } from './ways.ts';

export interface TelemetryOptions extends Pick<ServerHealthOptions, 'agents' | 'startedMs' | 'wasThere'> {
  /** What the leader before has left. */
  readonly before?: Estimates;
  /** Whose sample was not believed, and why. */
  onRejected(agent: string, rejection: Rejection): void;
}

export interface Telemetry {
  /** A report has just been filed in the agent's record. Names of the real servers that it says have failed since, or no longer have. */
  heard(agent: AgentWord, site: string, previous: AgentReport, nowMs: number): readonly string[];
  /** Of the world's services and real servers; where it is a `part` of everything, the others are not forgotten. Yields often; a report that comes meanwhile counts for what was not looked at yet. */
  observe(world: World, nowMs: number, scope: 'all' | 'part'): Steps<Observation>;
  /** What the next leader should know; goes on with what is heard. */
  readonly estimates: Estimates;
}

/** Demand is sampled with each plan, but not more often: a shorter window is all noise. */
const demandWindowMs = 4_000;
const itemsAStep = 1_000;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { agents, startedMs, onRejected, before, wasThere } = options;
  const ways = createWays(onRejected);
  /** By service, then by site. */
  const demands = new Map<string, Map<string, DemandWindow>>();
  /** By real server. */
  const capacities = new Map(before?.capacities);
  /** By site of real servers. */
  const sites = new Map(before?.sites);
  /** Real servers' reports since the last plan: its capacity is judged with the connections that directors count. */
  const unjudged = new Map<string, { readonly report: AgentReport; readonly atMs: number }>();
  const health = createServerHealth({ agents, startedMs, before, wasThere });
  const { courses, panics } = health;
  let silentBefore: ReadonlySet<string> = new Set();

  function* observe(world: World, nowMs: number, scope: 'all' | 'part'): Steps<Observation> {
    if (scope === 'all') forgetStrangers(world);
    const carried = yield* ways.carried(world, nowMs);
    yield* judgeCapacities(world, carried, nowMs);
    const observedDemands: ObservedDemand[] = [];
    for (const [index, heard] of carried.heard.entries()) {
      if (index % itemsAStep === 0) yield;
      const observed = demandOfSite(heard, nowMs);
      if (observed !== undefined) observedDemands.push(observed);
    }
    const silent = silentSites(world, agents, nowMs, silentBefore);
    if (scope === 'all') silentBefore = silent;
    const judged = yield* health.judge(world, nowMs, scope, silent);
    const servers = world.realServers.map(
      ({ name }): ObservedServer => ({
        name,
        capacity: capacities.get(name) ?? unmeasuredCapacity,
        services: judged.get(name) ?? [],
      }),
    );
    const names = [...new Set(world.realServers.map(({ site }) => site))];
    const standings = names.map((site) => ({
      site,
      standing: standingAt(sites.get(site) ?? initialStaleness(startedMs), nowMs),
    }));
    const { active } = carried;
    return { demands: observedDemands, servers, sites: standings, active, silentSites: silent };
  }

  /** Whoever is no member any more takes no memory either. */
  function forgetStrangers(world: World): void {
    ways.keepOnly(world.directors);
    keepOnly(capacities, world.realServers);
    keepOnly(unjudged, world.realServers);
    keepOnly(demands, world.services);
  }

  function* judgeCapacities(
    world: World,
    { heard: sums, connectionsTo }: Carried,
    nowMs: number,
  ): Steps<void> {
    if (unjudged.size === 0) return;
    // Counted by some directors alone it would look weak.
    const isCounted = !(isBeginning(nowMs) && sums.some(({ isPart }) => isPart));
    for (const [index, { name, capacity }] of world.realServers.entries()) {
      if (index % itemsAStep === 0) yield;
      const heard = unjudged.get(name);
      if (heard === undefined) continue;
      unjudged.delete(name);
      // Its own count is of the same moment as its utilisation. The directors' is not: where load has just left, it
      // would make the real server look weak, and more would leave.
      const activeConnections =
        heard.report.load?.connections ?? (isCounted ? connectionsTo(name) : undefined);
      // It has just begun, or can't count: that is no fault.
      if (activeConnections === undefined) continue;
      const { state, rejection } = nextCapacity(
        capacities.get(name) ?? unmeasuredCapacity,
        {
          atMs: heard.atMs,
          activeConnections,
          util: heard.report.load === undefined ? undefined : utilOf(heard.report.load),
        },
        { declaredConnections: capacity, healthyShare: 1, carryOverConnections: 0 },
        nowMs,
      );
      if (rejection !== undefined) onRejected(name, rejection);
      capacities.set(name, state);
    }
  }

  function demandOfSite(
    { service, site, ways, newPerSecond, activeConnections, isPart }: Heard,
    nowMs: number,
  ): ObservedDemand | undefined {
    if (!claims(service, site)) return undefined;
    let known = demands.get(service.name)?.get(site);
    const isDue = known === undefined || nowMs - known.offeredAtMs >= demandWindowMs;
    if (ways > 0 && isDue) {
      known ??= windowOf(service.name, site);
      const rejection = known.take({ atMs: nowMs, newPerSecond, activeConnections }, nowMs);
      if (rejection !== undefined) onRejected(site, rejection);
    }
    const demand = known?.demand();
    if (known === undefined || demand === undefined) return undefined;
    const ageMs = nowMs - (known.newestAtMs ?? nowMs);
    const { newPerSecond: newest, activeConnections: active } = known.newest;
    const observed = {
      service: service.name,
      site,
      demand,
      newPerSecond: newest,
      activeConnections: active,
      ageMs,
    };
    return isPart && isBeginning(nowMs) ? { ...observed, isPart } : observed;
  }

  /** What a director counted last would still count, had it been heard: whoever has just begun does not know it. */
  function isBeginning(nowMs: number): boolean {
    return nowMs - startedMs < countsForMs;
  }

  function windowOf(service: string, site: string): DemandWindow {
    const window = new DemandWindow();
    const own = demands.get(service) ?? new Map<string, DemandWindow>();
    demands.set(service, own.set(site, window));
    return window;
  }

  return {
    heard({ role, name, report }, site, previous, nowMs) {
      if (role === 'director') ways.hear(name, report, nowMs);
      else {
        unjudged.set(name, { report, atMs: nowMs });
        const staleness = sites.get(site) ?? initialStaleness(startedMs);
        sites.set(site, nextStaleness(staleness, { kind: 'telemetry', atMs: nowMs }, nowMs));
      }
      return changedBy(name, report, previous);
    },
    observe,
    estimates: { capacities, courses, sites, panics },
  };
}

/**
 * A director speaks of the ways to others, a real server of itself. An agent that begins anew and knows nothing yet, and one that
 * has found again what was known, say nothing that a plan would have to hurry for.
 */
function changedBy(agent: string, report: AgentReport, previous: AgentReport): readonly string[] {
  const [lost, lostBefore] = [lostPaths(report), lostPaths(previous)];
  const changed = [
    ...[...lost].filter((name) => !lostBefore.has(name)),
    ...[...lostBefore].filter((name) => !lost.has(name)),
  ];
  return failures(report) === failures(previous) ? changed : [agent, ...changed];
}

function failures({ applications }: AgentReport): string {
  return applications.flatMap(({ service, verdict }) => (verdict === 'unhealthy' ? [service] : [])).join();
}
