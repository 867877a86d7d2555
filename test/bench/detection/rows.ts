/** The table of faults: what rounds come to, for programs and for people. */
import type { FaultName } from './faults.ts';
import type { Figures } from './requests.ts';

/** One fault in one round. */
export interface Outcome {
  readonly fault: FaultName;
  readonly ours: Figures;
  /** Null: it has nothing that could suffer it. */
  readonly keepalived: Figures | null;
}

/** Times are the rounds' median, ms; null: never, or not applicable. Failed requests are those of the worst round. */
export interface Row {
  readonly fault: FaultName;
  readonly oursMs: number | null;
  readonly oursFailed: number;
  readonly keepalivedMs: number | null;
  readonly keepalivedFailed: number | null;
}

/** Ours over keepalived's. */
export const aim = 0.5;

export function rowsOf(outcomes: readonly Outcome[]): Row[] {
  return [...Map.groupBy(outcomes, ({ fault }) => fault)].map(([fault, rounds]) => {
    const ours = rounds.map((one) => one.ours);
    const theirs = rounds.flatMap(({ keepalived }) => (keepalived === null ? [] : [keepalived]));
    return {
      fault,
      oursMs: medianMs(ours),
      oursFailed: mostFailed(ours),
      keepalivedMs: theirs.length === 0 ? null : medianMs(theirs),
      keepalivedFailed: theirs.length === 0 ? null : mostFailed(theirs),
    };
  });
}

/** Never is longer than anything. Of an even number of rounds the worse one in the middle. */
function medianMs(figures: readonly Figures[]): number | null {
  const sorted = figures.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
  const middle = sorted[sorted.length >> 1] ?? Number.POSITIVE_INFINITY;
  return Number.isFinite(middle) ? middle : null;
}

function mostFailed(figures: readonly Figures[]): number {
  return Math.max(0, ...figures.map(({ failed }) => failed));
}

const columns = ['fault', 'ours: until', 'failed', 'keepalived: until', 'failed', 'verdict'] as const;

export function linesOf(outcomes: readonly Outcome[]): string[] {
  const cells = rowsOf(outcomes).map((row) => {
    const rounds = outcomes.filter(({ fault }) => fault === row.fault);
    const ours = rounds.map((one) => one.ours);
    const theirs = rounds.flatMap(({ keepalived }) => (keepalived === null ? [] : [keepalived]));
    return [
      row.fault,
      timeText(row.oursMs, ours),
      spreadText(ours),
      theirs.length === 0 ? 'has no agents' : timeText(row.keepalivedMs, theirs),
      theirs.length === 0 ? '–' : spreadText(theirs),
      verdictOf(row),
    ];
  });
  const all = [[...columns], ...cells];
  const widths = columns.map((_, at) => Math.max(...all.map((line) => line[at]?.length ?? 0)));
  return all.map((line) =>
    line
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `612 ms (590–700)`: the median, and the rounds between which it lies. */
function timeText(ms: number | null, figures: readonly Figures[]): string {
  const middle = ms === null ? 'never' : `${ms} ms`;
  const known = figures.flatMap((one) => (one.ms === null ? [] : [one.ms]));
  const least = Math.min(...known);
  if (known.length < figures.length && known.length > 0) return `${middle} (${least}–never)`;
  return figures.length > 1 && known.length > 0 ? `${middle} (${least}–${Math.max(...known)})` : middle;
}

function spreadText(figures: readonly Figures[]): string {
  const counts = figures.map(({ failed }) => failed);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? String(most) : `${least}–${most}`;
}

export function verdictOf({ oursMs, oursFailed, keepalivedMs, keepalivedFailed }: Row): string {
  if (keepalivedFailed === null) {
    return oursFailed === 0 ? 'within the aim of 0 failed' : 'MISSES the aim of 0 failed';
  }
  if (oursMs === null) return 'MISSES: never found';
  if (keepalivedMs === null) return 'keepalived never finds it';
  if (keepalivedMs === 0) return oursMs === 0 ? 'within the aim' : `MISSES the aim of ${aim} ×`;
  const ratio = oursMs / keepalivedMs;
  return `${ratio.toFixed(2)} × (${ratio <= aim ? 'within' : 'MISSES'} the aim of ${aim})`;
}
