/** What part of its site's whole weight a real server has, before what is left over is given out. */
import { passes, type ZeroGate } from './hysteresis.ts';
import { product } from './scale.ts';
import type { SiteShare } from './shares.ts';
import type { Carrier } from './strength.ts';

/** `floor` + `remainder` / site strength. */
export interface Part {
  readonly name: string;
  readonly carrier: Carrier;
  readonly floor: number;
  readonly remainder: number;
  readonly hadWeight: boolean;
  readonly passesGate: boolean;
}

export interface RoundedPart extends Part {
  /** 1 where its remainder was rounded up. */
  readonly roundingUnits: number;
  /** What the hash added to the floor, or took away. */
  readonly apertureUnits: number;
}

export function partOf(
  share: SiteShare,
  siteWeight: number,
  gate: ZeroGate,
  carrier: Carrier,
  hadWeight: boolean,
): Part {
  const { floor, remainder } = dividedProduct(siteWeight, carrier.strength, share.strength);
  const passesGate = passes(gate, carrier.strength, hadWeight);
  return { name: carrier.name, carrier, floor, remainder, hadWeight, passesGate };
}

/** As doubles while the product stays below 2^53, where they are exact: much faster, and the ordinary case. */
function dividedProduct(a: number, b: number, divisor: number): Pick<Part, 'floor' | 'remainder'> {
  const dividend = a * b;
  if (Number.isSafeInteger(dividend)) {
    const remainder = dividend % divisor;
    return { floor: (dividend - remainder) / divisor, remainder };
  }
  const exact = product(a, b);
  return { floor: Number(exact / BigInt(divisor)), remainder: Number(exact % BigInt(divisor)) };
}

export function roundedWeight({ floor, roundingUnits, apertureUnits }: RoundedPart): number {
  return floor + roundingUnits + apertureUnits;
}
