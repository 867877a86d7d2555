/**
 * What directors say of their ways to real servers, by the kernel's counters: how much comes and how much is there. A large fleet
 * has a million ways, and each is told of every few seconds: what is known of them stands in arrays, in the order of the report.
 */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { DestinationReport } from '../../domain/report.ts';
import type { Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { createRates, type Rates } from '../../plan/estimate/rates.ts';
import { checkSample, largest, type Rejection } from '../../plan/estimate/sample.ts';
import { keepOnly } from '../../plan/observe/keep-only.ts';
import type { ObservedActive } from '../../plan/optimal/observation.ts';

/**
 * What a silent director counted last counts for so long: its kernel goes on, and a site of which one director is upgraded
 * would else seem to want less. Where its host is gone, what its clients bring to another one counts twice meanwhile.
 */
export const countsForMs = 30_000;

export interface Ways {
  hear(director: string, report: AgentReport, nowMs: number): void;
  /** Of the world's services, directors and real servers. Yields between services. */
  carried(world: World, nowMs: number): Steps<Carried>;
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
  /** Not all of the site's directors have ever been heard. */
  readonly isPart: boolean;
}

/** As directors count it. */
export interface Carried {
  readonly heard: readonly Heard[];
  readonly active: readonly ObservedActive[];
  /** Undefined where no director has told. */
  connectionsTo(realServer: string): number | undefined;
}

/** Which ways a report tells of, in its order; directors mostly tell of the same ones, and then share it. Names have numbers. */
interface Layout {
  readonly services: readonly string[];
  readonly realServers: readonly string[];
  /** Number of each way's real server. */
  readonly numbers: Int32Array;
  /** By service: from where, and up to where, in turns. They stand together but in reports that mix them. */
  readonly runs: ReadonlyMap<string, readonly number[]>;
}

/** Of one director, by the position in its report. */
interface WaysOfDirector {
  readonly layout: Layout;
  readonly rates: Rates;
  /** The counter's beginning; another one is another counter. NaN: none was ever told. */
  readonly countedSinceMs: Float64Array;
  /** NaN where none was believed. */
  readonly activeConnections: Float64Array;
  /** When they were told. */
  readonly atMs: Float64Array;
}

export function createWays(onRejected: (agent: string, rejection: Rejection) => void): Ways {
  const ways = new Map<string, WaysOfDirector>();
  let numbers = new Map<string, number>();
  let latestLayout: Layout | undefined;

  function numberOf(realServer: string): number {
    const known = numbers.get(realServer);
    if (known !== undefined) return known;
    numbers.set(realServer, numbers.size);
    return numbers.size - 1;
  }

  function hear(director: string, report: AgentReport, nowMs: number): void {
    let destinations = report.destinations;
    let known = ways.get(director);
    if (known === undefined || !isOfTheSame(known.layout, destinations)) {
      destinations = lastOfEach(destinations);
      known = waysOf(destinations, known);
      ways.set(director, known);
    }
    for (const [way, destination] of destinations.entries())
      hearDestination(director, known, way, destination, nowMs);
  }

  function hearDestination(
    director: string,
    known: WaysOfDirector,
    way: number,
    { connections, activeConnections, countedSinceMs }: DestinationReport,
    nowMs: number,
  ): void {
    // Of a counter that began anew λ stays, until two of its readings have told.
    if (known.countedSinceMs[way] !== countedSinceMs) known.rates.restart(way);
    known.countedSinceMs[way] = countedSinceMs;
    const rejection = known.rates.read(way, nowMs, connections);
    if (rejection !== undefined) onRejected(director, rejection);
    if (activeConnections >= 0 && activeConnections <= largest.connections) {
      known.activeConnections[way] = activeConnections;
      known.atMs[way] = nowMs;
      return;
    }
    const active = checkSample(
      { name: 'active connections', value: activeConnections, atMs: nowMs },
      { nowMs, previousAtMs: undefined, largest: largest.connections },
    );
    if (active.kind === 'rejected') onRejected(director, active.rejection);
    if (Number.isNaN(known.atMs[way])) known.atMs[way] = nowMs;
  }

  function layoutOf(destinations: readonly DestinationReport[]): Layout {
    if (latestLayout === undefined || !isOfTheSame(latestLayout, destinations))
      latestLayout = {
        services: destinations.map(({ service }) => service),
        realServers: destinations.map(({ realServer }) => realServer),
        numbers: Int32Array.from(destinations, ({ realServer }) => numberOf(realServer)),
        runs: runsOf(destinations),
      };
    return latestLayout;
  }

  /** What is known of those that stood in the report before is kept. */
  function waysOf(
    destinations: readonly DestinationReport[],
    before: WaysOfDirector | undefined,
  ): WaysOfDirector {
    const { length } = destinations;
    const next: WaysOfDirector = {
      layout: layoutOf(destinations),
      rates: createRates(length),
      countedSinceMs: new Float64Array(length).fill(Number.NaN),
      activeConnections: new Float64Array(length).fill(Number.NaN),
      atMs: new Float64Array(length).fill(Number.NaN),
    };
    if (before === undefined) return next;
    const positions = positionsOf(before.layout);
    for (const [way, { service, realServer }] of destinations.entries()) {
      const from = positions.get(service)?.get(realServer);
      if (from === undefined) continue;
      next.rates.take(way, before.rates, from);
      next.countedSinceMs[way] = before.countedSinceMs[from] ?? Number.NaN;
      next.activeConnections[way] = before.activeConnections[from] ?? Number.NaN;
      next.atMs[way] = before.atMs[from] ?? Number.NaN;
    }
    return next;
  }

  function* carried({ services, directors, realServers }: World, nowMs: number): Steps<Carried> {
    const members = [...Map.groupBy(directors, ({ site }) => site)].map(([site, own]) => ({
      site,
      own: own.flatMap(({ name }) => ways.get(name) ?? []),
      isPart: own.some(({ name }) => !ways.has(name)),
    }));
    const sites = [...new Set(realServers.map(({ site }) => site))];
    const siteNumbers = new Map(sites.map((site, number) => [site, number]));
    const siteOf = Int32Array.from(realServers, ({ site }) => siteNumbers.get(site) ?? 0);
    const named = numbers;
    const placeOf = placesOf(realServers, named);
    const toRealServers = new Float64Array(realServers.length).fill(Number.NaN);
    const toSites = new Float64Array(sites.length);
    const active: ObservedActive[] = [];

    function heardOf(service: Service, { site, own, isPart }: (typeof members)[number]): Heard {
      const touched: number[] = [];
      let [told, activeConnections, newPerSecond] = [0, 0, Number.NaN];
      for (const known of own) {
        const { runs: all, numbers: numbersOfWays } = known.layout;
        const runs = all.get(service.name) ?? none;
        for (let run = 0; run < runs.length; run += 2) {
          const end = runs[run + 1] ?? 0;
          for (let way = runs[run] ?? end; way < end; way += 1) {
            // A time that is none is not current either.
            if (!(nowMs - (known.atMs[way] ?? Number.NaN) <= countsForMs)) continue;
            const believed = known.activeConnections[way] ?? Number.NaN;
            const connections = Number.isNaN(believed) ? 0 : believed;
            told += 1;
            activeConnections += connections;
            const rate = known.rates.newPerSecond(way);
            if (!Number.isNaN(rate)) newPerSecond = Number.isNaN(newPerSecond) ? rate : newPerSecond + rate;
            const place = (placeOf(numbersOfWays[way] ?? 0) ?? 0) - 1;
            if (place < 0) continue;
            const before = toRealServers[place] ?? Number.NaN;
            toRealServers[place] = Number.isNaN(before) ? connections : before + connections;
            if (connections === 0) continue;
            const to = siteOf[place] ?? 0;
            if (toSites[to] === 0) touched.push(to);
            toSites[to] = (toSites[to] ?? 0) + connections;
          }
        }
      }
      for (const to of touched) {
        active.push({
          service: service.name,
          from: site,
          to: sites[to] ?? '',
          connections: toSites[to] ?? 0,
        });
        toSites[to] = 0;
      }
      return {
        service,
        site,
        ways: told,
        newPerSecond: Number.isNaN(newPerSecond) ? undefined : newPerSecond,
        activeConnections,
        isPart,
      };
    }

    const heard: Heard[] = [];
    for (const service of services) {
      yield;
      for (const member of members) heard.push(heardOf(service, member));
    }
    return {
      heard,
      active,
      connectionsTo(realServer) {
        const number = named.get(realServer);
        const place = number === undefined ? -1 : (placeOf(number) ?? 0) - 1;
        const connections = toRealServers[place];
        return connections === undefined || Number.isNaN(connections) ? undefined : connections;
      },
    };
  }

  /** Numbers of those that no report names any more are given anew; whoever is reading meanwhile has the old ones. */
  function renumber(): void {
    const most = [...ways.values()].reduce((sum, { layout }) => Math.max(sum, layout.numbers.length), 0);
    if (numbers.size <= 2 * most + sparedNumbers) return;
    numbers = new Map();
    latestLayout = undefined;
    const anew = new Map<Layout, Layout>();
    for (const [director, known] of ways) {
      const { layout } = known;
      const next = anew.get(layout) ?? { ...layout, numbers: Int32Array.from(layout.realServers, numberOf) };
      anew.set(layout, next);
      ways.set(director, { ...known, layout: next });
    }
  }

  return {
    hear,
    carried,
    keepOnly(directors) {
      keepOnly(ways, directors);
      renumber();
    },
  };
}

const none: readonly number[] = [];
const sparedNumbers = 10_000;

/** The same ways in the same order: so it is but where services or real servers come or go. */
function isOfTheSame({ services, realServers }: Layout, destinations: readonly DestinationReport[]): boolean {
  return (
    services.length === destinations.length &&
    destinations.every(
      ({ service, realServer }, way) => realServers[way] === realServer && services[way] === service,
    )
  );
}

/** Nobody counts twice, however often he is named. */
function lastOfEach(destinations: readonly DestinationReport[]): readonly DestinationReport[] {
  const found = new Map<string, Map<string, DestinationReport>>();
  for (const destination of destinations) {
    const own = found.get(destination.service) ?? new Map<string, DestinationReport>();
    found.set(destination.service, own.set(destination.realServer, destination));
  }
  const unique = [...found.values()].flatMap((own) => [...own.values()]);
  return unique.length === destinations.length ? destinations : unique;
}

/**
 * By the number of a real server: its place among these, from 1; 0 or undefined: it is none of them. An event asks for few of very
 * many: an array of all their numbers would be 100 KB of garbage each time.
 */
function placesOf(
  realServers: World['realServers'],
  numbers: ReadonlyMap<string, number>,
): (number: number) => number | undefined {
  const isFew = realServers.length * 10 < numbers.size;
  const few = new Map<number, number>();
  const all = new Int32Array(isFew ? 0 : numbers.size);
  for (const [place, { name }] of realServers.entries()) {
    const number = numbers.get(name);
    if (number === undefined) continue;
    if (isFew) few.set(number, place + 1);
    else all[number] = place + 1;
  }
  return isFew ? (number) => few.get(number) : (number) => all[number];
}

function runsOf(destinations: readonly DestinationReport[]): ReadonlyMap<string, readonly number[]> {
  const runs = new Map<string, number[]>();
  for (const [way, { service }] of destinations.entries()) {
    const own = runs.get(service);
    if (own === undefined) runs.set(service, [way, way + 1]);
    else if (own.at(-1) === way) own[own.length - 1] = way + 1;
    else own.push(way, way + 1);
  }
  return runs;
}

function positionsOf({ services, realServers }: Layout): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const positions = new Map<string, Map<string, number>>();
  for (const [way, service] of services.entries()) {
    const own = positions.get(service) ?? new Map<string, number>();
    positions.set(service, own.set(realServers[way] ?? '', way));
  }
  return positions;
}
