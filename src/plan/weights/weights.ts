/** Which weight each real server of a service gets at one director site, why, and whether that is worth a write. */

import { schedulerFacts } from '../../domain/ipvs-table.ts';
import { compareBySiteAndName } from '../order.ts';
import { remembered } from '../remembered.ts';
import type { Aperture } from './aperture.ts';
import { largestWeightFor } from './cycle.ts';
import type { Exclusion, WeightTerm } from './explain-terms.ts';
import { gcdUnits } from './gcd.ts';
import { previousWeight, type WeighedRealServer, type WeightInput } from './input.ts';
import { roundedWeight } from './part.ts';
import { type RoundedSite, roundSite } from './round.ts';
import { type Scale, scaleOf } from './scale.ts';
import { type Basis, type Shares, sharesOf } from './shares.ts';
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
  /** The weight to have of each real server given, by site and name; the previous map itself where it says the same. */
  readonly byName: ReadonlyMap<string, number>;
  /** The same with its reasons; made when it is read. */
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
  const realServers = bySiteAndName(input.realServers);
  const shares = sharesOf(input, realServers);
  const carriers = shares.sites.reduce((sum, site) => sum + site.carriers.length, 0);
  const scale = scaleOf(shares.sites, largestWeightFor(input, carriers));
  const sites = scale === undefined ? [] : shares.sites.map((share) => roundSite(input, share, scale));
  const rounded = carryingWeights(sites);
  const { dividesByGcd, largestWeight } = schedulerFacts[input.scheduler];
  const pinned = dividesByGcd ? gcdUnits(sites, rounded, largestWeight) : nothingPinned;
  const decided =
    pinned.size === 0
      ? rounded
      : new Map([...rounded].map(([name, weight]) => [name, weight + (pinned.get(name) ?? 0)]));
  const decision = decideWrite(input, sites, decided);
  const weightOf = (name: string): number =>
    (decision.kind === 'keep-all' ? previousWeight(input, name) : decided.get(name)) ?? 0;
  const parts: ServerParts = { realServers, shares, scale, sites, pinned, decided, weightOf };
  let servers: readonly ServerWeight[] | undefined;
  return {
    decision,
    basis: shares.basis,
    byName: weightsByName(realServers, weightOf, input.previous),
    get servers() {
      servers ??= explainedServers(parts);
      return servers;
    },
    apertures: sites.flatMap(({ aperture }) => aperture ?? []),
  };
}

const nothingPinned: ReadonlyMap<string, number> = new Map();

/** The directors of all sites mostly get the same list. */
const bySiteAndName = remembered((realServers: readonly WeighedRealServer[]) =>
  realServers.toSorted(compareBySiteAndName),
);

/** Of those that may carry, by site and name; all others get 0. */
function carryingWeights(sites: readonly RoundedSite[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const { parts } of sites) for (const part of parts) weights.set(part.name, roundedWeight(part));
  return weights;
}

function weightsByName(
  realServers: readonly WeighedRealServer[],
  weightOf: (name: string) => number,
  previous: ReadonlyMap<string, number> | undefined,
): ReadonlyMap<string, number> {
  if (previous?.size === realServers.length) {
    let index = 0;
    for (const [name, weight] of previous) {
      if (realServers[index]?.name !== name || weightOf(name) !== weight) break;
      index += 1;
    }
    if (index === realServers.length) return previous;
  }
  return new Map(realServers.map(({ name }) => [name, weightOf(name)]));
}

interface ServerParts {
  readonly realServers: readonly WeighedRealServer[];
  readonly shares: Shares;
  readonly scale: Scale | undefined;
  readonly sites: readonly RoundedSite[];
  readonly pinned: ReadonlyMap<string, number>;
  readonly decided: ReadonlyMap<string, number>;
  readonly weightOf: (name: string) => number;
}

function explainedServers(parts: ServerParts): readonly ServerWeight[] {
  const { realServers, shares, scale, sites, pinned, decided, weightOf } = parts;
  const terms = new Map(
    scale === undefined ? [] : sites.flatMap((site) => [...termsOfSite(shares, scale, site)]),
  );
  return realServers.map((server): ServerWeight => {
    const { name, site } = server;
    const weight = weightOf(name);
    const own = terms.get(name) ?? [{ kind: 'excluded', reason: exclusionOf(server, shares.basis) }];
    const service = serviceTerms(pinned.get(name), weight, decided.get(name) ?? 0);
    return { name, site, weight, terms: [...own, ...service] };
  });
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
