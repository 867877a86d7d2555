/** Which coordinator stands for which site: one of the site itself, or the nearest where there is none. */
import type { LatencyEntry } from '../domain/report.ts';
import { compareText } from './order.ts';

export interface CoordinatorPlace {
  readonly name: string;
  readonly site: string;
}

/**
 * Of these sites, those that `own` is to stand for. All of a site's own coordinators stand, and take turns in the order in which they
 * came; of others one alone, so that nobody's agents wander. The same on every coordinator that sees the same.
 */
export function sitesToStandFor(
  own: CoordinatorPlace,
  sites: readonly string[],
  coordinators: readonly CoordinatorPlace[],
  latency: readonly LatencyEntry[],
): string[] {
  const all = coordinators.some(({ name }) => name === own.name) ? coordinators : [...coordinators, own];
  const served = new Set(all.map(({ site }) => site));
  const distances = new Map(latency.map(({ from, to, p50Us }) => [`${from} ${to}`, p50Us]));
  return sites.filter((site) =>
    served.has(site) ? own.site === site : nearest(site, all, distances)?.name === own.name,
  );
}

/** Measured in whichever direction it was; what was not measured is farther than all that was. */
function nearest(
  site: string,
  coordinators: readonly CoordinatorPlace[],
  distances: ReadonlyMap<string, number>,
): CoordinatorPlace | undefined {
  const distance = (one: CoordinatorPlace): number =>
    distances.get(`${one.site} ${site}`) ?? distances.get(`${site} ${one.site}`) ?? Number.MAX_VALUE;
  return coordinators.toSorted((a, b) => distance(a) - distance(b) || compareText(a.name, b.name))[0];
}
