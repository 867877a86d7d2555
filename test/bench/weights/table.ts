/** The table of the policies: what their runs come to, side by side, for people. */
import type { Metrics } from './metrics.ts';

export interface Run {
  readonly policy: string;
  readonly label: string;
  readonly scenario: string;
  readonly seed: number;
  readonly metrics: Metrics;
}

export interface Row {
  readonly policy: string;
  readonly label: string;
  readonly rttOverLp: number;
  readonly effectiveMs: number;
  readonly p99Ms: number;
  readonly hotSiteSeconds: number;
  readonly overloadSiteSeconds: number;
  readonly churnPctPerMin: number;
}

/** One a policy: site-seconds are summed over scenarios and averaged over seeds, all else is averaged over all runs. */
export function rowsOf(runs: readonly Run[]): Row[] {
  return [...Map.groupBy(runs, ({ policy }) => policy)].map(([policy, own]) => {
    const seeds = new Set(own.map(({ seed }) => seed)).size;
    const sum = (of: (metrics: Metrics) => number): number =>
      own.reduce((all, { metrics }) => all + of(metrics), 0);
    const mean = (of: (metrics: Metrics) => number): number => sum(of) / own.length;
    return {
      policy,
      label: own[0]?.label ?? policy,
      rttOverLp: rounded(mean((metrics) => metrics.rttOverLp)),
      effectiveMs: rounded(mean((metrics) => metrics.effectiveMs)),
      p99Ms: rounded(mean((metrics) => metrics.p99Ms)),
      hotSiteSeconds: rounded(sum((metrics) => metrics.hotSiteSeconds) / seeds),
      overloadSiteSeconds: rounded(sum((metrics) => metrics.overloadSiteSeconds) / seeds),
      churnPctPerMin: rounded(mean((metrics) => metrics.churnPctPerMin)),
    };
  });
}

const columns: readonly { readonly title: string; readonly of: (row: Row) => string }[] = [
  { title: 'RTT/LP', of: (row) => row.rttOverLp.toFixed(2) },
  { title: 'effective ms', of: (row) => row.effectiveMs.toFixed(1) },
  { title: 'p99 ms', of: (row) => row.p99Ms.toFixed(0) },
  { title: 'hot', of: (row) => row.hotSiteSeconds.toFixed(0) },
  { title: 'overload', of: (row) => row.overloadSiteSeconds.toFixed(0) },
  { title: 'churn %/min', of: (row) => row.churnPctPerMin.toFixed(2) },
];

export function linesOf(title: string, rows: readonly Row[]): string[] {
  const width = Math.max(title.length, ...rows.map(({ label }) => label.length));
  const line = (name: string, cells: readonly string[]): string =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(13))].join('');
  return [
    line(
      title,
      columns.map((column) => column.title),
    ),
    ...rows.map((row) =>
      line(
        row.label,
        columns.map(({ of }) => of(row)),
      ),
    ),
  ];
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
