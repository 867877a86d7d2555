/** What a run of the simulation was like: how far connections went, how full sites got, how much was steered anew. */
import type { Matrix } from './matrix.ts';

export interface Sample {
  /** By city, then site. */
  readonly open: Matrix;
  readonly rttMs: Matrix;
  /** By site, of what it can really carry. */
  readonly utilisation: readonly number[];
  readonly split: Matrix;
  /** What would be best in this second, mean over connections. */
  readonly optimumRttMs: number;
}

export interface Metrics {
  readonly rttOverLp: number;
  readonly meanRttMs: number;
  readonly effectiveMs: number;
  readonly p99Ms: number;
  /** A site more than 90 % full for a second is one. */
  readonly hotSiteSeconds: number;
  /** More than full. */
  readonly overloadSiteSeconds: number;
  /** Percent of the traffic that is steered elsewhere, a minute. */
  readonly churnPctPerMin: number;
}

/** One value a second. */
export interface Series {
  readonly rttMs: number[];
  readonly fullest: number[];
  /** Percent, since the beginning. */
  readonly churnPct: number[];
}

export interface Meter {
  add(sample: Sample): void;
  metrics(): Metrics;
  readonly series: Series;
}

const hotAbove = 0.9;
const saturatedMs = 1_000;
const histogramMs = 0.1;

/** What waiting in a site's queue adds: u⁸/(1−u) ms, 1 s at most. */
export function queueMs(utilisation: number): number {
  if (utilisation >= 1) return saturatedMs;
  return Math.min(saturatedMs, utilisation ** 8 / (1 - utilisation));
}

/** Of a city's traffic, 0..1: half of what its shares changed by. */
export function movedShare(before: readonly number[], after: readonly number[]): number {
  let change = 0;
  for (const [site, share] of after.entries()) change += Math.abs(share - (before[site] ?? 0));
  return change / 2;
}

export function createMeter(): Meter {
  const histogram = new Float64Array(10_000);
  const series: Series = { rttMs: [], fullest: [], churnPct: [] };
  let connectionSeconds = 0;
  let rttSum = 0;
  let effectiveSum = 0;
  let optimumSum = 0;
  let hotSiteSeconds = 0;
  let overloadSiteSeconds = 0;
  let churn = 0;
  let before: Matrix | undefined;
  return {
    series,
    add({ open, rttMs, utilisation, split, optimumRttMs }) {
      const queue = utilisation.map(queueMs);
      let connections = 0;
      let tickRtt = 0;
      let moved = 0;
      for (const [city, row] of open.entries()) {
        let demand = 0;
        for (const [site, count] of row.entries()) {
          const rtt = rttMs[city]?.[site] ?? 0;
          demand += count;
          tickRtt += count * rtt;
          effectiveSum += count * (rtt + (queue[site] ?? 0));
          const bin = Math.min(histogram.length - 1, Math.floor(rtt / histogramMs));
          histogram[bin] = (histogram[bin] ?? 0) + count;
        }
        connections += demand;
        if (before !== undefined) moved += demand * movedShare(before[city] ?? [], split[city] ?? []);
      }
      before = split;
      connectionSeconds += connections;
      rttSum += tickRtt;
      optimumSum += optimumRttMs * connections;
      if (connections > 0) churn += (100 * moved) / connections;
      hotSiteSeconds += utilisation.filter((u) => u > hotAbove).length;
      overloadSiteSeconds += utilisation.filter((u) => u > 1).length;
      series.rttMs.push(tickRtt / connections);
      series.fullest.push(Math.max(...utilisation));
      series.churnPct.push(churn);
    },
    metrics: () => ({
      rttOverLp: rttSum / optimumSum,
      meanRttMs: rttSum / connectionSeconds,
      effectiveMs: effectiveSum / connectionSeconds,
      p99Ms: percentile(histogram, 0.99) * histogramMs,
      hotSiteSeconds,
      overloadSiteSeconds,
      churnPctPerMin: churn / (series.rttMs.length / 60),
    }),
  };
}

/** The bin in which a share of everything counted is reached. */
function percentile(histogram: Float64Array, share: number): number {
  const wanted = share * histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bin, count] of histogram.entries()) {
    seen += count;
    if (seen >= wanted) return bin;
  }
  return histogram.length - 1;
}
