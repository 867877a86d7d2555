/** Whether a whole weight is still a correct rounding of a share. */
import { type Fraction, product } from './scale.ts';

/** Less than one off its share (strength / site strength) of its site's weight; compared crosswise. */
export function isRounding(
  weight: number,
  siteWeight: number,
  strength: number,
  siteStrength: number,
): boolean {
  return isWithinOne(weight, { numerator: product(siteWeight, strength), denominator: BigInt(siteStrength) });
}

export function isWithinOne(weight: number, exact: Fraction): boolean {
  const off = BigInt(weight) * exact.denominator - exact.numerator;
  return off < exact.denominator && -off < exact.denominator;
}
