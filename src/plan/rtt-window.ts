/** How long and how lossy the way was lately: p50, p90 and loss of the probes of one window. */
import { tickMs } from '../domain/tick.ts';

export interface RttSettings {
  /** Probes older than this no longer count, ms. */
  readonly windowMs: number;
  /** An unanswered probe counts as lost after this, ms. */
  readonly lateAfterMs: number;
  /** Most probes kept; older ones make room. */
  readonly limit: number;
}

/** Those of directors. */
export const rttSettings: RttSettings = { windowMs: tickMs, lateAfterMs: 1_000, limit: 600 };

/** One probe; times are monotonic ms. */
export interface ProbeSample {
  readonly id: number;
  readonly sentAtMs: number;
  /** Undefined while no answer has come. µs. */
  readonly rttUs: number | undefined;
}

/** A value: each probe and each answer gives a new one. Oldest first. */
export type RttWindow = readonly ProbeSample[];

export interface RttSummary {
  /** µs; 0 where nothing was answered. */
  readonly p50Us: number;
  readonly p90Us: number;
  /** Lost of those answered or lost, 0..1; 0 where there are none. */
  readonly loss: number;
  readonly answered: number;
}

export function withProbe(window: RttWindow, id: number, atMs: number, settings: RttSettings): RttWindow {
  const kept = window.filter(({ sentAtMs }) => atMs - sentAtMs < settings.windowMs);
  return [
    ...kept.slice(Math.max(0, kept.length + 1 - settings.limit)),
    { id, sentAtMs: atMs, rttUs: undefined },
  ];
}

/** It never left this host. */
export function withoutProbe(window: RttWindow, id: number): RttWindow {
  return window.filter((sample) => sample.id !== id);
}

/** Where nobody could answer, the rest is no loss. */
export function answeredOnly(window: RttWindow): RttWindow {
  return window.filter(({ rttUs }) => rttUs !== undefined);
}

/** Only a probe's first answer counts; answers to probes no longer kept do not. */
export function withAnswer(window: RttWindow, id: number, atMs: number): RttWindow {
  return window.map((sample) =>
    sample.id === id && sample.rttUs === undefined
      ? { ...sample, rttUs: Math.max(0, Math.round((atMs - sample.sentAtMs) * 1_000)) }
      : sample,
  );
}

export function summarise(window: RttWindow, nowMs: number, settings: RttSettings): RttSummary {
  let lost = 0;
  const rtts: number[] = [];
  for (const { rttUs, sentAtMs } of window) {
    const ageMs = nowMs - sentAtMs;
    if (ageMs >= settings.windowMs) continue;
    if (rttUs !== undefined) rtts.push(rttUs);
    else if (ageMs >= settings.lateAfterMs) lost += 1;
  }
  rtts.sort((a, b) => a - b);
  const answered = rtts.length;
  const loss = answered + lost === 0 ? 0 : lost / (answered + lost);
  return { p50Us: percentile(rtts, 0.5), p90Us: percentile(rtts, 0.9), loss, answered };
}

/** Nearest rank of a sorted list; 0 where it is empty. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
