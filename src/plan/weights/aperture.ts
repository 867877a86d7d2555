/** Which real servers of a site carry where its share is too small for all of them. */
import { rendezvousOrder } from './hash.ts';
import type { WeightInput } from './input.ts';
import type { Part, RoundedPart } from './part.ts';

/** The record of a site of which only some real servers carry. */
export interface Aperture {
  readonly site: string;
  /** Real servers with a weight, and all that may carry. */
  readonly kept: number;
  readonly of: number;
  /** By the hash, in its order. */
  readonly chosen: readonly string[];
}

/**
 * `count` of the parts get 1 each, the others 0: first those that stay by hysteresis, the largest first, then in the order of
 * the hash. As many as the site's share is worth, not one alone: one alone would get the share of all.
 */
export function spreadByHash(
  input: WeightInput,
  site: string,
  parts: readonly Part[],
  count: number,
): { readonly parts: readonly RoundedPart[]; readonly aperture: Aperture } {
  const staying = parts
    .filter(({ passesGate }) => passesGate)
    .toSorted((a, b) => b.carrier.strength - a.carrier.strength)
    .slice(0, count);
  const others = parts.filter(({ passesGate }) => !passesGate);
  const chosen = rendezvousOrder(input.directorSite, input.service, others)
    .slice(0, count - staying.length)
    .map(({ name }) => name);
  const kept = new Set([...staying.map(({ name }) => name), ...chosen]);
  return {
    parts: parts.map((part) => ({
      ...part,
      roundingUnits: 0,
      apertureUnits: (kept.has(part.name) ? 1 : 0) - part.floor,
    })),
    aperture: { site, kept: kept.size, of: parts.length, chosen },
  };
}
