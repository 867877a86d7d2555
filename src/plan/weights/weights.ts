/** Which weight each real server of a service gets at one director site, why, and whether that is worth a write. */
import { compareBySiteAndName } from '../order.ts';
import type { Aperture } from './aperture.ts';
import { largestWeightFor } from './cycle.ts';
import type { Exclusion, WeightTerm } from './explain-terms.ts';
import { gcdUnits } from './gcd.ts';
import { previousWeight, type WeighedRealServer, type WeightInput } from './input.ts';
import { roundedWeight } from './part.ts';
import { type RoundedSite, roundSite } from './round.ts';
import { largestWeights, scaleOf } from './scale.ts';
import { type Basis, sharesOf } from './shares.ts';
import { carrierOf } from './strength.ts';
import { decideWrite, type WriteDecision } from './suppression.ts';
import { termsOfSite } from './terms-of-site.ts';

export interface ServerWeight {
  readonly name: string;
  readonly site: string;
  /** The one to have: the previous one where the decision is to keep all. */
  readonly weight: number;
  readonly terms: readonly WeightTerm[];
}

export interface ServiceWeights {
  readonly decision: WriteDecision;
  readonly basis: Basis;
  /** One for each real server given, by site and name. */
  readonly servers: readonly ServerWeight[];
  /** Of the new weights, written or not; by site. */
  readonly apertures: readonly Aperture[];
}

/**
 * Server ideal = site share × strength / strengths of the site, the largest scaled to the scheduler's range. Whole numbers
 * throughout, and every ratio compared crosswise, so that every machine decides the same. `wrr` must not be written at any
 * time: see burst.ts.
 */
export function decideWeights(input: WeightInput): ServiceWeights {
  const shares = sharesOf(input);
  const carriers = shares.sites.reduce((sum, site) => sum + site.carriers.length, 0);
  const scale = scaleOf(shares.sites, largestWeightFor(input, carriers));
  const sites = scale === undefined ? [] : shares.sites.map((share) => roundSite(input, share, scale));
  const realServers = input.realServers.toSorted(compareBySiteAndName);
  const rounded = wholeWeights(realServers, sites);
  const pinned =
    input.scheduler === 'mh' ? gcdUnits(sites, rounded, largestWeights.mh) : new Map<string, number>();
  const weights = new Map([...rounded].map(([name, weight]) => [name, weight + (pinned.get(name) ?? 0)]));
  const decision = decideWrite(input, sites, weights);
  const terms = new Map(
    scale === undefined ? [] : sites.flatMap((site) => [...termsOfSite(shares, scale, site)]),
  );
  const servers = realServers.map((server): ServerWeight => {
    const { name, site } = server;
    const decided = weights.get(name) ?? 0;
    const weight = decision.kind === 'keep-all' ? (previousWeight(input, name) ?? 0) : decided;
    const own = terms.get(name) ?? [{ kind: 'excluded', reason: exclusionOf(server, shares.basis) }];
    return { name, site, weight, terms: [...own, ...serviceTerms(pinned.get(name), weight, decided)] };
  });
  const apertures = sites.flatMap(({ aperture }) => aperture ?? []);
  return { decision, basis: shares.basis, servers, apertures };
}

function wholeWeights(
  realServers: readonly WeighedRealServer[],
  sites: readonly RoundedSite[],
): ReadonlyMap<string, number> {
  const carrying = new Map(
    sites.flatMap(({ parts }) => parts.map((part) => [part.name, roundedWeight(part)])),
  );
  return new Map(realServers.map(({ name }) => [name, carrying.get(name) ?? 0]));
}

function serviceTerms(gcdPin: number | undefined, weight: number, decided: number): WeightTerm[] {
  return [
    ...(gcdPin === undefined ? [] : [{ kind: 'gcd', units: gcdPin } as const]),
    ...(weight === decided ? [] : [{ kind: 'suppression', previous: weight, suppressed: decided } as const]),
  ];
}

/** The first that holds, the operator's word before what was measured. */
function exclusionOf(server: WeighedRealServer, basis: Basis): Exclusion {
  if (!server.isEligible) return 'ineligible';
  if (server.isDrained) return 'drained';
  if (server.health === 'unhealthy' && !basis.unhealthy) return 'unhealthy';
  return carrierOf(server, basis.multipliers) === undefined ? 'held-down' : 'no-flow';
}
