/** What the agents' reports come to: one estimator for each figure, fed as reports come, read when a plan is made. */
import type { AgentReport } from '../domain/agent-message.ts';
import { type DestinationReport, utilOf } from '../domain/report.ts';
import type { Service } from '../domain/resource.ts';
import type { World } from '../domain/world.ts';
import { type CapacityState, nextCapacity, unmeasuredCapacity } from '../plan/estimate/capacity.ts';
import { type DemandState, demandOf, nextDemand, unknownDemand } from '../plan/estimate/demand.ts';
import { nextRate, type RateState, unknownRate } from '../plan/estimate/rate.ts';
import { checkSample, largest, type Rejection } from '../plan/estimate/sample.ts';
import { initialStaleness, nextStaleness, type Staleness, standingAt } from '../plan/estimate/staleness.ts';
import type {
  Observation,
  ObservedActive,
  ObservedDemand,
  ObservedServer,
} from '../plan/optimal/observation.ts';
import { claims } from '../plan/selection.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { createServerHealth } from './server-health.ts';

export interface TelemetryOptions {
  readonly agents: Pick<AgentRecords, 'find' | 'connected'>;
  /** Monotonic. */
  readonly startedMs: number;
  /** Whose sample was not believed, and why. */
  onRejected(agent: string, rejection: Rejection): void;
}

export interface Telemetry {
  /** A report has just been filed in the agent's record. Names of the real servers of which it says something else than before. */
  heard(agent: AgentRecord, site: string, previous: AgentReport, nowMs: number): readonly string[];
  observe(world: World, nowMs: number): Observation;
}

/** Older than this, a report says nothing of the present. */
export const currentForMs = 15_000;
/** Demand is sampled with each plan, but not more often: a shorter window is all noise. */
const demandWindowMs = 4_000;

interface Way {
  readonly rate: RateState;
  /** The counter's beginning; another one is another counter. */
  readonly countedSinceMs: number;
  readonly activeConnections: number | undefined;
  readonly atMs: number;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { agents, startedMs, onRejected } = options;
  /** By director, then by service and real server. */
  const ways = new Map<string, Map<string, Way>>();
  /** By service and site. */
  const demands = new Map<string, { state: DemandState; atMs: number }>();
  /** By real server. */
  const capacities = new Map<string, CapacityState>();
  /** By site of real servers. */
  const sites = new Map<string, Staleness>();
  /** Real servers' reports since the last plan: its capacity is judged with the connections that directors count. */
  const unjudged = new Map<string, { readonly report: AgentReport; readonly atMs: number }>();
  const health = createServerHealth({ agents, startedMs });

  function hearDirector(name: string, report: AgentReport, nowMs: number): void {
    const known = ways.get(name) ?? new Map<string, Way>();
    const next = new Map<string, Way>();
    for (const destination of report.destinations) {
      const key = `${destination.service} ${destination.realServer}`;
      next.set(key, hearDestination(name, known.get(key), destination, nowMs));
    }
    ways.set(name, next);
  }

  function hearDestination(
    director: string,
    known: Way | undefined,
    { connections, activeConnections, countedSinceMs }: DestinationReport,
    nowMs: number,
  ): Way {
    const isSame = known?.countedSinceMs === countedSinceMs;
    // Of a counter that began anew λ stays, until two of its readings have told.
    const before = isSame ? known.rate : { ...unknownRate, newPerSecond: known?.rate.newPerSecond };
    const rate = nextRate(before, { atMs: nowMs, counter: connections }, nowMs);
    if (rate.rejection !== undefined) onRejected(director, rate.rejection);
    const active = checkSample(
      { name: 'active connections', value: activeConnections, atMs: nowMs },
      { nowMs, previousAtMs: undefined, largest: largest.connections },
    );
    if (active.kind === 'accepted')
      return { rate: rate.state, countedSinceMs, activeConnections: active.value, atMs: nowMs };
    onRejected(director, active.rejection);
    return {
      rate: rate.state,
      countedSinceMs,
      activeConnections: known?.activeConnections,
      atMs: known?.atMs ?? nowMs,
    };
  }

  function observe(world: World, nowMs: number): Observation {
    forgetStrangers(world);
    const active = activeBySites(world, nowMs);
    judgeCapacities(world, nowMs);
    const observedDemands = world.services.flatMap((service) => demandsOf(world, service, nowMs));
    const judged = health.judge(world, nowMs);
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
    return { demands: observedDemands, servers, sites: standings, active };
  }

  /** Whoever is no member any more takes no memory either. */
  function forgetStrangers(world: World): void {
    const directors = new Set(world.directors.map(({ name }) => name));
    const realServers = new Set(world.realServers.map(({ name }) => name));
    const services = new Set(world.services.map(({ name }) => name));
    for (const name of ways.keys()) if (!directors.has(name)) ways.delete(name);
    for (const name of capacities.keys()) if (!realServers.has(name)) capacities.delete(name);
    for (const name of unjudged.keys()) if (!realServers.has(name)) unjudged.delete(name);
    for (const key of demands.keys()) if (!services.has(key.split(' ')[0] ?? '')) demands.delete(key);
  }

  /** What a director's ways say that has been heard of late. */
  function currentWays(director: string, nowMs: number): [key: string, way: Way][] {
    return [...(ways.get(director) ?? [])].filter(([, { atMs }]) => nowMs - atMs <= currentForMs);
  }

  function activeBySites(world: World, nowMs: number): ObservedActive[] {
    const siteOf = new Map(world.realServers.map(({ name, site }) => [name, site]));
    const sums = new Map<string, ObservedActive>();
    for (const director of world.directors) {
      for (const [key, { activeConnections = 0 }] of currentWays(director.name, nowMs)) {
        const [service = '', realServer = ''] = key.split(' ');
        const to = siteOf.get(realServer);
        if (to === undefined) continue;
        const id = `${service} ${director.site} ${to}`;
        const connections = (sums.get(id)?.connections ?? 0) + activeConnections;
        sums.set(id, { service, from: director.site, to, connections });
      }
    }
    return [...sums.values()];
  }

  function judgeCapacities(world: World, nowMs: number): void {
    if (unjudged.size === 0) return;
    const loads = new Map<string, number>();
    for (const { name } of world.directors) {
      for (const [key, { activeConnections = 0 }] of currentWays(name, nowMs)) {
        const realServer = key.split(' ')[1] ?? '';
        loads.set(realServer, (loads.get(realServer) ?? 0) + activeConnections);
      }
    }
    for (const { name, capacity } of world.realServers) {
      const heard = unjudged.get(name);
      if (heard === undefined) continue;
      // Its own count is of the same moment as its utilisation. The directors' is not: where load has just left, it
      // would make the real server look weak, and more would leave.
      const activeConnections = heard.report.load?.connections ?? loads.get(name);
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
    unjudged.clear();
  }

  function demandsOf(world: World, service: Service, nowMs: number): ObservedDemand[] {
    const claiming = world.directors.filter(({ site }) => claims(service, site));
    return [...Map.groupBy(claiming, ({ site }) => site)].flatMap(([site, directors]) => {
      const key = `${service.name} ${site}`;
      const mine = directors.flatMap(({ name }) =>
        currentWays(name, nowMs).filter(([way]) => way.startsWith(`${service.name} `)),
      );
      const known = demands.get(key);
      const isDue = known === undefined || nowMs - known.atMs >= demandWindowMs;
      const next =
        mine.length > 0 && isDue ? sampled(site, known?.state ?? unknownDemand, mine, nowMs) : known;
      if (next === undefined) return [];
      demands.set(key, next);
      const demand = demandOf(next.state);
      const newest = next.state.samples.at(-1);
      if (demand === undefined || newest === undefined) return [];
      const { newPerSecond, activeConnections, atMs } = newest;
      return [{ service: service.name, site, demand, newPerSecond, activeConnections, ageMs: nowMs - atMs }];
    });
  }

  function sampled(site: string, state: DemandState, mine: readonly [string, Way][], nowMs: number) {
    const rates = mine.flatMap(([, { rate }]) => rate.newPerSecond ?? []);
    const activeConnections = mine.reduce((sum, [, way]) => sum + (way.activeConnections ?? 0), 0);
    const newPerSecond = rates.length === 0 ? undefined : rates.reduce((sum, rate) => sum + rate, 0);
    const next = nextDemand(state, { atMs: nowMs, newPerSecond, activeConnections }, nowMs);
    if (next.rejection !== undefined) onRejected(site, next.rejection);
    return { state: next.state, atMs: nowMs };
  }

  return {
    heard({ role, name, report }, site, previous, nowMs) {
      if (role === 'director') hearDirector(name, report, nowMs);
      else {
        unjudged.set(name, { report, atMs: nowMs });
        const staleness = sites.get(site) ?? initialStaleness(startedMs);
        sites.set(site, nextStaleness(staleness, { kind: 'telemetry', atMs: nowMs }, nowMs));
      }
      return changedBy(name, report, previous);
    },
    observe,
  };
}

/** A director speaks of the ways to others, a real server of itself. */
function changedBy(agent: string, report: AgentReport, previous: AgentReport): readonly string[] {
  const before = pathStates(previous);
  const after = pathStates(report);
  const others = [...new Set([...before.keys(), ...after.keys()])];
  const changed = others.filter((name) => before.get(name) !== after.get(name));
  return verdicts(report) === verdicts(previous) ? changed : [agent, ...changed];
}

function pathStates({ paths }: AgentReport): ReadonlyMap<string, string> {
  return new Map(paths.map(({ realServer, state }) => [realServer, state]));
}

function verdicts({ applications }: AgentReport): string {
  return applications.map(({ service, verdict }) => `${service} ${verdict}`).join();
}
