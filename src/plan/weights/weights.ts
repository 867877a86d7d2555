/** Which weight each real server of a service gets at one director site, why, and whether that is worth a write. */

import { schedulerFacts } from '../../domain/ipvs-table.ts';
import type { Aperture } from './aperture.ts';
import { appliedWeight, type Before, beforeOf } from './before.ts';
import { type Candidates, candidatesOf } from './candidates.ts';
import { largestWeightFor } from './cycle.ts';
import type { Exclusion, WeightTerm } from './explain-terms.ts';
import { gcdUnits } from './gcd.ts';
import type { WeighedRealServer, WeightInput } from './input.ts';
import { roundedWeight } from './part.ts';
import { type RoundedSite, roundSite } from './round.ts';
import { type Scale, scaleOf } from './scale.ts';
import { type Basis, type Shares, sharesOf } from './shares.ts';
import { carrierOf } from './strength.ts';
import { decideWrite, type WriteDecision } from './suppression.ts';
import { termsOfSite } from './terms-of-site.ts';
import { WeightList } from './weight-list.ts';

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
  /** The weight to have of each real server given, by site and name; the previous one itself where it is such a list and says the same. */
  readonly byName: WeightList;
  /** The same with its reasons; worked out again when it is read, as hardly any ever is. */
  readonly servers: readonly ServerWeight[];
  /** Of the new weights, written or not; by site. */
  readonly apertures: readonly Aperture[];
}

/**
 * Server ideal = site share × strength / strengths of the site, the largest scaled to the scheduler's range. Whole numbers
 * throughout, and every ratio compared as if crosswise, so that every machine decides the same. `wrr` must not be written at any
 * time: see burst.ts.
 */
export function decideWeights(input: WeightInput): ServiceWeights {
  return new DecidedWeights(input, settled(input));
}

/** Each event at a real server leaves one for each site of directors: an object with its own getter would take ten times the memory. */
class DecidedWeights implements ServiceWeights {
  readonly decision: WriteDecision;
  readonly basis: Basis;
  readonly byName: WeightList;
  readonly apertures: readonly Aperture[];
  readonly #input: WeightInput;
  #servers: readonly ServerWeight[] | undefined;

  constructor(input: WeightInput, made: Settled) {
    this.decision = made.decision;
    this.basis = made.shares.basis;
    this.byName = weightsToHave(input, made);
    this.apertures = aperturesOf(made.sites);
    this.#input = input;
  }

  get servers(): readonly ServerWeight[] {
    this.#servers ??= explainedServers(settled(this.#input));
    return this.#servers;
  }
}

interface Settled {
  readonly candidates: Candidates;
  readonly before: Before | undefined;
  readonly shares: Shares;
  readonly scale: Scale | undefined;
  readonly sites: readonly RoundedSite[];
  /** Units by name. */
  readonly pinned: ReadonlyMap<string, number>;
  /** By place; −1 of those that may not carry. */
  readonly decided: readonly number[];
  readonly decision: WriteDecision;
}

function settled(input: WeightInput): Settled {
  const candidates = candidatesOf(input);
  const { servers } = candidates;
  const before = input.previous === undefined ? undefined : beforeOf(input.previous, servers);
  const shares = sharesOf(input, candidates);
  const carriers = shares.sites.reduce((sum, site) => sum + site.carriers.length, 0);
  const scale = scaleOf(shares.sites, largestWeightFor(input, before, carriers));
  const sites =
    scale === undefined ? [] : shares.sites.map((share) => roundSite(input, before, share, scale));
  const pinned = pinnedUnits(input, sites);
  const decided = servers.names.map(() => -1);
  for (const { parts } of sites) {
    for (const part of parts)
      decided[part.carrier.place] =
        roundedWeight(part) + (pinned.size === 0 ? 0 : (pinned.get(part.name) ?? 0));
  }
  const decision = decideWrite(input, before, sites, { servers, weights: decided });
  return { candidates, before, shares, scale, sites, pinned, decided, decision };
}

const nothingPinned: ReadonlyMap<string, number> = new Map();
const noApertures: readonly Aperture[] = [];

function pinnedUnits({ scheduler }: WeightInput, sites: readonly RoundedSite[]): ReadonlyMap<string, number> {
  const { dividesByGcd, largestWeight } = schedulerFacts[scheduler];
  if (!dividesByGcd) return nothingPinned;
  const weights = new Map(
    sites.flatMap(({ parts }) => parts.map((part) => [part.name, roundedWeight(part)] as const)),
  );
  return gcdUnits(sites, weights, largestWeight);
}

function aperturesOf(sites: readonly RoundedSite[]): readonly Aperture[] {
  const found = sites.flatMap(({ aperture }) => aperture ?? noApertures);
  return found.length === 0 ? noApertures : found;
}

function weightsToHave(
  { previous }: WeightInput,
  { candidates, before, decided, decision }: Settled,
): WeightList {
  const { servers } = candidates;
  const isKept = decision.kind === 'keep-all' || decision.kind === 'unchanged';
  if (isKept && previous instanceof WeightList && previous.servers === servers) return previous;
  return new WeightList(
    servers,
    decided.map((weight, place) =>
      decision.kind === 'keep-all' ? appliedWeight(before, place) : Math.max(0, weight),
    ),
  );
}

function explainedServers({
  candidates,
  before,
  shares,
  scale,
  sites,
  pinned,
  decided,
  decision,
}: Settled): readonly ServerWeight[] {
  const terms = new Map(
    scale === undefined ? [] : sites.flatMap((site) => [...termsOfSite(shares, scale, site)]),
  );
  return candidates.realServers.map((server, place): ServerWeight => {
    const { name, site } = server;
    const wanted = Math.max(0, decided[place] ?? 0);
    const weight = decision.kind === 'keep-all' ? appliedWeight(before, place) : wanted;
    const own = terms.get(name) ?? [{ kind: 'excluded', reason: exclusionOf(server, place, shares.basis) }];
    const service = serviceTerms(pinned.get(name), weight, wanted);
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
function exclusionOf(server: WeighedRealServer, place: number, basis: Basis): Exclusion {
  if (!server.isEligible) return 'ineligible';
  if (server.isDrained) return 'drained';
  if (server.health === 'unhealthy' && !basis.unhealthy) return 'unhealthy';
  return carrierOf(server, place, basis.multipliers) === undefined ? 'held-down' : 'no-flow';
}
