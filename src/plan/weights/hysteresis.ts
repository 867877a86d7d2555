/** When a real server crosses between no weight and some, so that one that hovers there does not flap. */
import { type Fraction, reaches } from './scale.ts';

/** One that has no weight gets on at an ideal of 0.75; one that has goes off below 0.4. */
const on: Fraction = { numerator: 3n, denominator: 4n };
const stay: Fraction = { numerator: 2n, denominator: 5n };

/** A site's weight before rounding, and what it is shared out by. */
export interface ZeroGate {
  readonly nearly: number;
  readonly exact: () => Fraction;
  readonly siteStrength: number;
}

/** Whether its ideal, site weight × strength / site strength, reaches the threshold. */
export function passes(
  { nearly, exact, siteStrength }: ZeroGate,
  strength: number,
  hadWeight: boolean,
): boolean {
  return reaches(nearly, exact, strength, siteStrength, hadWeight ? stay : on);
}
