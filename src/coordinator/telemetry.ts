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
import { pathStates } from './path-states.ts';
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
  /** Of the world's services and real servers; where it is a `part` of everything, the others are not forgotten. */
  observe(world: World, nowMs: number, scope: 'all' | 'part'): Observation;
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

type Ways = ReadonlyMap<string, ReadonlyMap<string, Way>>;

interface SampledDemand {
  readonly state: DemandState;
  readonly atMs: number;
}

/** What the directors of one site have said of late of one service, all ways together. */
interface Heard {
  readonly service: Service;
  readonly site: string;
  readonly ways: number;
  /** Undefined where no way has a rate yet. */
  readonly newPerSecond: number | undefined;
  readonly activeConnections: number;
}

/** As directors count it. */
interface Carried {
  readonly heard: readonly Heard[];
  readonly active: readonly ObservedActive[];
  readonly byRealServer: ReadonlyMap<string, number>;
}

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { agents, startedMs, onRejected } = options;
  /** By director, then by service, then by real server. */
  const ways = new Map<string, Ways>();
  /** By service, then by site. */
  const demands = new Map<string, Map<string, SampledDemand>>();
  /** By real server. */
  const capacities = new Map<string, CapacityState>();
  /** By site of real servers. */
  const sites = new Map<string, Staleness>();
  /** Real servers' reports since the last plan: its capacity is judged with the connections that directors count. */
  const unjudged = new Map<string, { readonly report: AgentReport; readonly atMs: number }>();
  const health = createServerHealth({ agents, startedMs });

  function hearDirector(name: string, report: AgentReport, nowMs: number): void {
    const known = ways.get(name);
    const next = new Map<string, Map<string, Way>>();
    for (const destination of report.destinations) {
      const { service, realServer } = destination;
      const before = known?.get(service)?.get(realServer);
      const own = next.get(service) ?? new Map<string, Way>();
      next.set(service, own.set(realServer, hearDestination(name, before, destination, nowMs)));
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

  function observe(world: World, nowMs: number, scope: 'all' | 'part'): Observation {
    if (scope === 'all') forgetStrangers(world);
    const carried = carriedNow(world, nowMs);
    judgeCapacities(world, carried, nowMs);
    const observedDemands = carried.heard.flatMap((heard) => demandOfSite(heard, nowMs));
    const judged = health.judge(world, nowMs, scope);
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
    return { demands: observedDemands, servers, sites: standings, active: carried.active };
  }

  /** Whoever is no member any more takes no memory either. */
  function forgetStrangers(world: World): void {
    keepOnly(ways, world.directors);
    keepOnly(capacities, world.realServers);
    keepOnly(unjudged, world.realServers);
    keepOnly(demands, world.services);
  }

  /** What a director's ways of a service say that has been heard of late. */
  function* currentWays(director: string, service: string, nowMs: number): Iterable<readonly [string, Way]> {
    for (const entry of ways.get(director)?.get(service) ?? []) {
      if (nowMs - entry[1].atMs <= currentForMs) yield entry;
    }
  }

  function carriedNow({ services, directors, realServers }: World, nowMs: number): Carried {
    const siteOf = new Map(realServers.map(({ name, site }) => [name, site]));
    const byRealServer = new Map<string, number>();
    const members = [...Map.groupBy(directors, ({ site }) => site)];
    const active: ObservedActive[] = [];
    const heard = services.flatMap((service) =>
      members.map(([site, own]): Heard => {
        const toSites = new Map<string, number>();
        let [ways, activeConnections] = [0, 0];
        let newPerSecond: number | undefined;
        for (const { name } of own) {
          for (const [realServer, way] of currentWays(name, service.name, nowMs)) {
            const connections = way.activeConnections ?? 0;
            ways += 1;
            activeConnections += connections;
            if (way.rate.newPerSecond !== undefined)
              newPerSecond = (newPerSecond ?? 0) + way.rate.newPerSecond;
            const to = siteOf.get(realServer);
            if (to === undefined) continue;
            byRealServer.set(realServer, (byRealServer.get(realServer) ?? 0) + connections);
            if (connections > 0) toSites.set(to, (toSites.get(to) ?? 0) + connections);
          }
        }
        for (const [to, connections] of toSites)
          active.push({ service: service.name, from: site, to, connections });
        return { service, site, ways, newPerSecond, activeConnections };
      }),
    );
    return { heard, active, byRealServer };
  }

  function judgeCapacities(world: World, { byRealServer }: Carried, nowMs: number): void {
    if (unjudged.size === 0) return;
    for (const { name, capacity } of world.realServers) {
      const heard = unjudged.get(name);
      if (heard === undefined) continue;
      unjudged.delete(name);
      // Its own count is of the same moment as its utilisation. The directors' is not: where load has just left, it
      // would make the real server look weak, and more would leave.
      const activeConnections = heard.report.load?.connections ?? byRealServer.get(name);
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

  function demandOfSite({ service, site, ways, ...sums }: Heard, nowMs: number): ObservedDemand[] {
    if (!claims(service, site)) return [];
    const own = demands.get(service.name) ?? new Map<string, SampledDemand>();
    const known = own.get(site);
    const isDue = known === undefined || nowMs - known.atMs >= demandWindowMs;
    const next = ways > 0 && isDue ? sampled(site, known?.state ?? unknownDemand, sums, nowMs) : known;
    if (next === undefined) return [];
    demands.set(service.name, own.set(site, next));
    const demand = demandOf(next.state);
    const newest = next.state.samples.at(-1);
    if (demand === undefined || newest === undefined) return [];
    const { newPerSecond, activeConnections, atMs } = newest;
    return [{ service: service.name, site, demand, newPerSecond, activeConnections, ageMs: nowMs - atMs }];
  }

  function sampled(
    site: string,
    state: DemandState,
    sums: Pick<Heard, 'newPerSecond' | 'activeConnections'>,
    nowMs: number,
  ): SampledDemand {
    const next = nextDemand(state, { atMs: nowMs, ...sums }, nowMs);
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

function verdicts({ applications }: AgentReport): string {
  return applications.map(({ service, verdict }) => `${service} ${verdict}`).join();
}

function keepOnly(known: Map<string, unknown>, named: readonly { readonly name: string }[]): void {
  const names = new Set(named.map(({ name }) => name));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
}
