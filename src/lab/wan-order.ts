// Which other site is nearest to a site, by the scenario's round trips.
import { pairName } from './scenario.ts';
import type { WanSpec } from './scenario-schema.ts';

/** The scenario's WAN with one pair's round trip changed. */
export function withRtt(
  wan: readonly WanSpec[],
  between: readonly [string, string],
  rttMs: number,
): WanSpec[] {
  return wan.map((circuit) =>
    pairName(circuit.between) === pairName(between) ? { ...circuit, rttMs } : circuit,
  );
}

/** Other sites, nearest first. */
export function nearestFirst(wan: readonly WanSpec[], site: string): string[] {
  return wan
    .filter(({ between }) => between.includes(site))
    .toSorted((a, b) => a.rttMs - b.rttMs)
    .map(({ between: [a, b] }) => (a === site ? b : a));
}

/** Sites for which another site has become the nearer one. */
export function reorderedSites(before: readonly WanSpec[], after: readonly WanSpec[]): string[] {
  const sites = [...new Set(before.flatMap(({ between }) => between))];
  return sites.filter((site) => nearestFirst(before, site).join() !== nearestFirst(after, site).join());
}
