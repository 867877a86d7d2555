/** What the sites' agents would report of the simulated WAN: 5 s old, noisy, and nothing at all from silent sites. */

import type { LatencySample } from '../../../src/plan/latency.ts';
import { columnSums, type Matrix, sumOf } from './matrix.ts';
import type { SiteReport } from './policy.ts';
import { createRandom, type Random } from './random.ts';
import type { Scenario } from './scenarios.ts';
import { baseRttMs, cities } from './world.ts';

export const reportEverySeconds = 5;
const delaySeconds = 5;

/** Standard deviations, of the value. */
const noise = { active: 0.005, served: 0.01, util: 0.02, p50: 0.005, jitter: 0.2 } as const;
/** p90 − p50: of the host, and of the way. */
const jitterMs = 0.1;
const jitterShare = 0.02;
/** Over twice as long as directors look back: the figures of all versions were measured so. */
const windowSeconds = 10;
/** One lost probe in a window, so often; six probes a second go each way. */
const lossChance = 0.02;
const probesInWindow = windowSeconds * 6;

/** What is true at one second. */
export interface Truth {
  readonly second: number;
  readonly open: Matrix;
  /** By city: opened since the beginning. */
  readonly counters: readonly number[];
  /** By site. */
  readonly utilisation: readonly number[];
}

/** Takes reports in every fifth second and hands them over 5 s later. */
export interface Telemetry {
  observe(truth: Truth): void;
  /** By site: the newest that has arrived by then. */
  arrivedBy(second: number): readonly (SiteReport | undefined)[];
}

export function createTelemetry(scenario: Scenario, seed: number): Telemetry {
  const random = cities.map(({ name }) => createRandom(seed, `${scenario.name} telemetry ${name}`));
  const onTheWay: (readonly (SiteReport | undefined)[])[] = [];
  let arrived: readonly (SiteReport | undefined)[] = cities.map(() => undefined);
  return {
    observe(truth) {
      if (truth.second % reportEverySeconds !== 0) return;
      const served = columnSums(truth.open);
      // A silent site's noise is drawn too: what it would have been changes nobody else's.
      const reports = random.map((site, index) => reportOf(scenario, truth, served, index, site));
      onTheWay.push(
        reports.map((report, index) => (scenario.isSilent(index, truth.second) ? undefined : report)),
      );
    },
    arrivedBy(second) {
      while ((newestOf(onTheWay[0]) ?? Number.NEGATIVE_INFINITY) + delaySeconds <= second) {
        if (onTheWay[0] === undefined) break;
        const next = onTheWay.shift() ?? [];
        arrived = arrived.map((report, site) => next[site] ?? report);
      }
      return arrived;
    },
  };
}

function newestOf(reports: readonly (SiteReport | undefined)[] | undefined): number | undefined {
  return reports?.find((report) => report !== undefined)?.atSecond;
}

function reportOf(
  scenario: Scenario,
  truth: Truth,
  served: readonly number[],
  index: number,
  random: Random,
): SiteReport {
  const noisy = (value: number, deviation: number): number =>
    Math.max(0, value * (1 + deviation * random.normal()));
  const active = noisy(1, noise.active);
  return {
    atSecond: truth.second,
    counter: Math.floor(truth.counters[index] ?? 0),
    activeBySite: (truth.open[index] ?? []).map((open) => open * active),
    served: noisy(served[index] ?? 0, noise.served),
    // A full CPU says no more than that it is full.
    util: Math.min(1, noisy(Math.min(1, truth.utilisation[index] ?? 0), noise.util)),
    paths: cities.map((_, site) => pathOf(scenario, truth.second, index, site, random)),
  };
}

/** Over the window that the directors keep. */
function pathOf(scenario: Scenario, second: number, from: number, to: number, random: Random): LatencySample {
  const extra = Array.from({ length: windowSeconds }, (_, ago) =>
    scenario.extraRttMs(from, to, second - ago),
  ).toSorted((a, b) => a - b);
  const percentile = (share: number): number => extra[Math.ceil(share * windowSeconds) - 1] ?? 0;
  const base = (baseRttMs[from]?.[to] ?? 0) * (1 + noise.p50 * random.normal());
  const jitter = (jitterMs + jitterShare * base) * Math.max(0, 1 + noise.jitter * random.normal());
  const lost = random.uniform() < lossChance ? 1 : 0;
  return {
    from: cities[from]?.name ?? '',
    to: cities[to]?.name ?? '',
    p50Us: Math.round(1_000 * (base + percentile(0.5))),
    p90Us: Math.round(1_000 * (base + jitter + percentile(0.9))),
    loss: lost / probesInWindow,
    answered: probesInWindow - lost,
  };
}

export function activeOf(report: SiteReport): number {
  return sumOf(report.activeBySite);
}
