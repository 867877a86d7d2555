/** Why a real server has the weight it has: terms from which alone the weight can be computed again, exactly. */

import { exactSiteWeight, floored, product } from './scale.ts';
import type { Basis } from './shares.ts';
import { strengthOf } from './strength.ts';

export type Exclusion = 'ineligible' | 'drained' | 'unhealthy' | 'held-down' | 'no-flow';

/** Whole numbers, below 2^53: they print and travel as they are. Flows and capacities are milli-connections. */
export type WeightTerm =
  /** It gets nothing, whatever its site gets. */
  | { readonly kind: 'excluded'; readonly reason: Exclusion }
  /** The site's flow, of all flows that lead to a carrier. Without flows, both are strengths: see `basis`. */
  | { readonly kind: 'site-share'; readonly flow: number; readonly of: number; readonly basis: Basis }
  /** Of the service's largest real server: what it gets, flow and strength of its site, its own strength. */
  | {
      readonly kind: 'scale';
      readonly largestWeight: number;
      readonly flow: number;
      readonly siteStrength: number;
      readonly strength: number;
    }
  | { readonly kind: 'server-share'; readonly capacity: number; readonly ofSiteStrength: number }
  | { readonly kind: 'slow-start'; readonly perMille: number }
  | { readonly kind: 'hold-down'; readonly perMille: number }
  /** Remainder: of the site strength. Units: what rounding added to the site's floor, and to its own. */
  | {
      readonly kind: 'rounding';
      readonly siteUnits: number;
      readonly remainder: number;
      readonly units: number;
    }
  /** Its site carries with some of its real servers only. */
  | { readonly kind: 'aperture'; readonly kept: number; readonly of: number; readonly units: number }
  /** `mh` alone. */
  | { readonly kind: 'gcd'; readonly units: number }
  /** The previous weight stays, because the service's new ones are not worth a write. */
  | { readonly kind: 'suppression'; readonly previous: number; readonly suppressed: number };

export function weightFromTerms(terms: readonly WeightTerm[]): number {
  const suppression = find(terms, 'suppression');
  if (suppression !== undefined) return suppression.previous;
  const siteShare = find(terms, 'site-share');
  const scale = find(terms, 'scale');
  const serverShare = find(terms, 'server-share');
  if (siteShare === undefined || scale === undefined || serverShare === undefined) return 0;
  const strength = strengthOf(
    serverShare.capacity,
    find(terms, 'slow-start')?.perMille ?? 0,
    find(terms, 'hold-down')?.perMille ?? 0,
  );
  const rounding = find(terms, 'rounding');
  const siteWeight = floored(exactSiteWeight(siteShare.flow, scale)) + (rounding?.siteUnits ?? 0);
  const floor = Number(product(siteWeight, strength) / BigInt(serverShare.ofSiteStrength));
  const apertureUnits = find(terms, 'aperture')?.units ?? 0;
  const gcdUnits = find(terms, 'gcd')?.units ?? 0;
  return floor + (rounding?.units ?? 0) + apertureUnits + gcdUnits;
}

function find<K extends WeightTerm['kind']>(
  terms: readonly WeightTerm[],
  kind: K,
): Extract<WeightTerm, { kind: K }> | undefined {
  return terms.find((term): term is Extract<WeightTerm, { kind: K }> => term.kind === kind);
}
