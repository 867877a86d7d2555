// What a phase's requests amount to: for each client who served it, errors, percentiles; and when a fault was over.
import type { LoadRecord } from './load-record.ts';

export interface ClientFigures {
  readonly requests: number;
  readonly errors: number;
  /** Requests answered, by the site of the real server. */
  readonly servedBy: Readonly<Record<string, number>>;
  /** Of the requests that were answered; 0 where none was. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function clientFigures(records: readonly LoadRecord[]): ClientFigures {
  const answered = records.filter(({ error }) => error === '');
  const servedBy: Record<string, number> = {};
  for (const { site } of answered) servedBy[site] = (servedBy[site] ?? 0) + 1;
  const times = answered.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return {
    requests: records.length,
    errors: records.length - answered.length,
    servedBy,
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
  };
}

/** Nearest rank: the smallest value that at least `share` of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/**
 * When the trouble after an injection was over: the beginning of the last troubled request (failed, or still served by
 * a host that is gone) that is not followed by `quietMs` without any. Trouble after such a quiet time does not extend
 * it: it counts against whoever said that all is well again. Requests are judged by when they began, since one that was
 * caught by the fault may take its whole time limit to fail.
 */
export function convergence(
  records: readonly LoadRecord[],
  injectedAtMs: number,
  gone: readonly string[],
  quietMs: number,
): { convergedMs: number; errorsAfter: number } {
  const troubled = (record: LoadRecord): boolean => record.error !== '' || gone.includes(record.host);
  const times = records
    .filter((record) => record.atMs >= injectedAtMs && troubled(record))
    .map(({ atMs }) => atMs)
    .toSorted((a, b) => a - b);
  let over = injectedAtMs;
  for (const at of times) {
    if (at - over > quietMs) break;
    over = at;
  }
  return {
    convergedMs: Math.round(over - injectedAtMs),
    errorsAfter: times.filter((at) => at > over).length,
  };
}
