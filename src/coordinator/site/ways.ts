/** What directors say of their ways to real servers, by the kernel's counters: how much comes and how much is there. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { DestinationReport } from '../../domain/report.ts';
import type { Service } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import { nextRate, type RateState, unknownRate } from '../../plan/estimate/rate.ts';
import { checkSample, largest, type Rejection } from '../../plan/estimate/sample.ts';
import type { ObservedActive } from '../../plan/optimal/observation.ts';

/**
 * What a silent director counted last counts for so long: its kernel goes on, and a site of which one director is upgraded
 * would else seem to want less. Where its host is gone, what its clients bring to another one counts twice meanwhile.
 */
const countsForMs = 30_000;

export interface Ways {
  hear(director: string, report: AgentReport, nowMs: number): void;
  /** Of the world's services, directors and real servers. */
  carried(world: World, nowMs: number): Carried;
  keepOnly(directors: World['directors']): void;
}

/** What the directors of one site have said of late of one service, all ways together. */
export interface Heard {
  readonly service: Service;
  readonly site: string;
  readonly ways: number;
  /** Undefined where no way has a rate yet. */
  readonly newPerSecond: number | undefined;
  readonly activeConnections: number;
}

/** As directors count it. */
export interface Carried {
  readonly heard: readonly Heard[];
  readonly active: readonly ObservedActive[];
  readonly byRealServer: ReadonlyMap<string, number>;
}

interface Way {
  readonly rate: RateState;
  /** The counter's beginning; another one is another counter. */
  readonly countedSinceMs: number;
  readonly activeConnections: number | undefined;
  readonly atMs: number;
}

/** By service, then by real server. */
type WaysOfDirector = ReadonlyMap<string, ReadonlyMap<string, Way>>;

export function createWays(onRejected: (agent: string, rejection: Rejection) => void): Ways {
  const ways = new Map<string, WaysOfDirector>();

  function hear(director: string, report: AgentReport, nowMs: number): void {
    const known = ways.get(director);
    const next = new Map<string, Map<string, Way>>();
    for (const destination of report.destinations) {
      const { service, realServer } = destination;
      const before = known?.get(service)?.get(realServer);
      const own = next.get(service) ?? new Map<string, Way>();
      next.set(service, own.set(realServer, hearDestination(director, before, destination, nowMs)));
    }
    ways.set(director, next);
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

  /** What a director's ways of a service say that has been heard of late. */
  function* currentWays(director: string, service: string, nowMs: number): Iterable<readonly [string, Way]> {
    for (const entry of ways.get(director)?.get(service) ?? []) {
      if (nowMs - entry[1].atMs <= countsForMs) yield entry;
    }
  }

  function carried({ services, directors, realServers }: World, nowMs: number): Carried {
    const siteOf = new Map(realServers.map(({ name, site }) => [name, site]));
    const byRealServer = new Map<string, number>();
    const members = [...Map.groupBy(directors, ({ site }) => site)];
    const active: ObservedActive[] = [];
    const heard = services.flatMap((service) =>
      members.map(([site, own]): Heard => {
        const toSites = new Map<string, number>();
        let [told, activeConnections] = [0, 0];
        let newPerSecond: number | undefined;
        for (const { name } of own) {
          for (const [realServer, way] of currentWays(name, service.name, nowMs)) {
            const connections = way.activeConnections ?? 0;
            told += 1;
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
        return { service, site, ways: told, newPerSecond, activeConnections };
      }),
    );
    return { heard, active, byRealServer };
  }

  return { hear, carried, keepOnly: (directors) => keepOnly(ways, directors) };
}

export function keepOnly(known: Map<string, unknown>, named: readonly { readonly name: string }[]): void {
  const names = new Set(named.map(({ name }) => name));
  for (const name of known.keys()) if (!names.has(name)) known.delete(name);
}
