/** How many connections a site can carry (Ĉ): as declared, as far as healthy, as measured, less what it must carry anyway. */
import { freshForMs, tickMs } from '../../domain/tick.ts';
import { keptShare } from './decay.ts';
import { checkSample, type Judged, largest } from './sample.ts';

/** What is known of a site without its telemetry. */
export interface SiteCapacity {
  readonly declaredConnections: number;
  /** Of what is declared, 0..1. */
  readonly healthyShare: number;
  /** Long connections that the plan no longer wants but IPVS keeps. */
  readonly carryOverConnections: number;
}

export interface CapacityTelemetry {
  readonly atMs: number;
  readonly activeConnections: number | undefined;
  /** 0..1; undefined where nothing tells it, which is no fault. */
  readonly util: number | undefined;
}

/** A value: each sample gives a new one. */
export interface CapacityState {
  /** Measured of declared × healthy, parts per million; undefined until measured. */
  readonly measuredPpm: number | undefined;
  readonly atMs: number | undefined;
}

export const unmeasuredCapacity: CapacityState = { measuredPpm: undefined, atMs: undefined };

/** The chain, in milli-connections. */
export interface Capacity {
  readonly declaredMilli: number;
  readonly healthyMilli: number;
  readonly measuredMilli: number | undefined;
  readonly carryOverMilli: number;
  /** What is left of it: Ĉ. */
  readonly milliConnections: number;
}

const million = 1_000_000;
/** At less, load/util says more about what runs idle than about connections. */
const leastUtil = 0.3;
/**
 * Whoever is full says no more than that: load/util is then what it is made to carry, not what it can. It is taken for 0.7 of
 * its load until it is no longer full, or for less where a utilisation past 1 says how far it is beyond. In the simulated WAN a site at 40 % of what it declares was overloaded for 91 s before, 39 s
 * now; most of these 39 s are long connections that it had already.
 */
const fullUtil = 0.97;
const carriedWhenFull = 0.7;
const leastPpm = 100_000;
const mostPpm = 1_050_000;
/** A tick. Fast (α = 0.6) where the measurement is more than 6 % below, slow (α = 0.08) elsewhere. */
const stepMs = tickMs;
const keptFast = 0.4;
const keptSlow = 0.92;
const fastBelow = 0.94;
/** A silence teaches nothing: one sample after it counts for no more than this. */
const longestGapMs = freshForMs;

/**
 * Kept as a share of declared × healthy, so that health counts at once. A site that is hardly used cannot be measured, but has
 * room: its estimate goes back to what is declared, slowly, or else a site once found weak would never be tried again.
 * Where util is absent or anything is rejected, the state stays: silence makes no site stronger.
 */
export function nextCapacity(
  state: CapacityState,
  telemetry: CapacityTelemetry,
  site: SiteCapacity,
  nowMs: number,
): Judged<CapacityState> {
  const { atMs, util: value } = telemetry;
  if (value === undefined) return { state, rejection: undefined };
  const time = { nowMs, previousAtMs: state.atMs };
  const util = checkSample({ name: 'util', value, atMs }, { ...time, largest: largest.util });
  if (util.kind === 'rejected') return { state, rejection: util.rejection };
  const load = checkSample(
    { name: 'active connections', value: telemetry.activeConnections, atMs },
    { ...time, largest: largest.connections },
  );
  if (load.kind === 'rejected') return { state, rejection: load.rejection };

  const healthy = healthyMilliOf(site) / 1_000;
  if (healthy === 0) return { state, rejection: undefined };
  if (util.value <= leastUtil && state.measuredPpm === undefined) return { state, rejection: undefined };
  const carried = util.value >= fullUtil ? Math.min(carriedWhenFull, 1 / util.value) : 1 / util.value;
  const target = util.value > leastUtil ? bounded(((load.value * carried) / healthy) * million) : million;
  const gapMs = state.atMs === undefined ? stepMs : Math.min(atMs - state.atMs, longestGapMs);
  const measuredPpm = smoothed(state.measuredPpm ?? million, target, gapMs);
  return { state: { measuredPpm, atMs }, rejection: undefined };
}

/** Declared × healthy where nothing was measured. A carry-over that is no number counts as none, any other such figure as 0. */
export function capacityOf({ measuredPpm }: CapacityState, site: SiteCapacity): Capacity {
  const healthyMilli = healthyMilliOf(site);
  const measuredMilli =
    measuredPpm === undefined ? undefined : Math.round(healthyMilli * (measuredPpm / million));
  const carryOverMilli = milliOf(site.carryOverConnections);
  return {
    declaredMilli: milliOf(site.declaredConnections),
    healthyMilli,
    measuredMilli,
    carryOverMilli,
    milliConnections: Math.max(0, (measuredMilli ?? healthyMilli) - carryOverMilli),
  };
}

function healthyMilliOf({ declaredConnections, healthyShare }: SiteCapacity): number {
  const share = Number.isFinite(healthyShare) ? Math.min(1, Math.max(0, healthyShare)) : 0;
  return Math.round(milliOf(declaredConnections) * share);
}

function milliOf(connections: number): number {
  return connections >= 0 && connections <= largest.connections ? Math.round(1_000 * connections) : 0;
}

function smoothed(before: number, target: number, gapMs: number): number {
  const keptAStep = target < before * fastBelow ? keptFast : keptSlow;
  const next = target + (before - target) * keptShare(keptAStep, stepMs, gapMs);
  // Rounded towards the measurement: a steady one is reached, and then nothing moves any more.
  return target < before ? Math.floor(next) : Math.ceil(next);
}

function bounded(ppm: number): number {
  return Math.min(mostPpm, Math.max(leastPpm, Math.round(ppm)));
}
