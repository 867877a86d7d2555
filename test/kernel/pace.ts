// How long anything may take on the kernel that these tests run on. Limits are written for an emulated kernel that has its
// processors to itself; where starting a program takes longer than there, all of them grow likewise. Measured once, by the
// configuration, and handed on to the workers in their environment.
import { spawnSync } from 'node:child_process';
import { percentile } from '../../src/lab/statistics.ts';

/** To start a small program from Node and see it end, on such a kernel. */
const startMs = 60;
const starts = 9;
/** Whoever is slower hangs. */
const mostPace = 6;
/** Somebody may become busy on this machine after it was measured. */
const reserve = 2;
const variable = 'CAUSEWAY_TEST_PACE';

/** Median of some starts, ms. */
function measureStart(): number {
  const tookMs = Array.from({ length: starts }, () => {
    const begun = performance.now();
    spawnSync('true');
    return performance.now() - begun;
  });
  return percentile(
    tookMs.toSorted((a, b) => a - b),
    0.5,
  );
}

/** From 1 (a machine of its own, or nearly) to `mostPace`. */
export function paceOfStarts(measuredMs: number): number {
  const pace = (reserve * measuredMs) / startMs;
  return Math.min(mostPace, Math.max(1, Math.round(pace * 10) / 10));
}

const told = Number(process.env[variable]);
export const pace = told > 0 ? told : paceOfStarts(measureStart());

/** What the workers find in their environment. */
export const paceEnvironment: Readonly<Record<string, string>> = { [variable]: String(pace) };

/** Milliseconds that may pass here until what takes `ms` at most on a quiet emulated kernel. */
export function deadline(ms: number): number {
  return Math.round(ms * pace);
}

/** The same for tools that count whole seconds, as they read it. */
export function deadlineSeconds(seconds: number): string {
  return String(Math.ceil(deadline(seconds * 1_000) / 1_000));
}
