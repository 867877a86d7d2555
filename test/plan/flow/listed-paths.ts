/** Paths that are all there, as a list. */
import type { LatencyEntry } from '../../../src/domain/report.ts';
import type { Paths } from '../../../src/plan/flow/flow-plan.ts';

export function listedPaths(entries: readonly LatencyEntry[]): Paths {
  const paths = new Map<string, Map<string, LatencyEntry>>();
  for (const entry of entries) {
    const row = paths.get(entry.from);
    if (row === undefined) paths.set(entry.from, new Map([[entry.to, entry]]));
    else row.set(entry.to, entry);
  }
  return { between: (from, to) => paths.get(from)?.get(to) };
}
