/** Which coordinator stands for which site: one of the site itself, or the nearest where there is none. */
import type { LatencyEntry } from '../domain/report.ts';
import { compareText } from './order.ts';

export interface CoordinatorPlace {
  readonly name: string;
  readonly site: string;
}

/** Whoever has a site of others keeps it until another is nearer than so much of its distance: distances that are alike change places. */
const nearerShare = 0.75;

/**
 * Of these sites, those that `own` is to stand for. All of a site's own coordinators stand, and take turns in the order in which they
 * came; of others one alone, so that nobody's agents wander. `holderOf`: the name of whoever has the site now. The same on every
 * coordinator that sees the same.
 */
export function sitesToStandFor(
  own: CoordinatorPlace,
  sites: readonly string[],
  coordinators: readonly CoordinatorPlace[],
  latency: readonly LatencyEntry[],
  holderOf: (site: string) => string | undefined = () => undefined,
): string[] {
  const all = coordinators.some(({ name }) => name === own.name) ? coordinators : [...coordinators, own];
  const served = new Set(all.map(({ site }) => site));
  const distances = new Map(latency.map(({ from, to, p50Us }) => [`${from} ${to}`, p50Us]));
  return sites.filter((site) =>
    served.has(site) ? own.site === site : chosen(site, all, distances, holderOf(site))?.name === own.name,
  );
}

/** Measured in whichever direction it was; what was not measured is farther than all that was. */
function chosen(
  site: string,
  coordinators: readonly CoordinatorPlace[],
  distances: ReadonlyMap<string, number>,
  holder: string | undefined,
): CoordinatorPlace | undefined {
  const distance = (one: CoordinatorPlace): number =>
    distances.get(`${one.site} ${site}`) ?? distances.get(`${site} ${one.site}`) ?? Number.MAX_VALUE;
  const [nearest] = coordinators.toSorted((a, b) => distance(a) - distance(b) || compareText(a.name, b.name));
  const present = coordinators.find(({ name }) => name === holder);
  if (present === undefined || nearest === undefined) return nearest;
  return distance(nearest) < nearerShare * distance(present) ? nearest : present;
}
