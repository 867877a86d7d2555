/** What one more connection at a site costs by how full the site is: a price in steps, each dearer than the one before. */

/** Step by step: from the end of the step before up to `upToMilli` connections (thousandths) a unit costs `priceUs`. */
export interface PriceSteps {
  readonly upToMilli: readonly number[];
  readonly priceUs: readonly number[];
}

/** Parts per hundred of the capacity. Below 70 % a site is free; what is beyond 100 % is overload, and doubles every 15 %. */
const regularSteps: readonly (readonly [upToPercent: number, priceUs: number])[] = [
  [70, 0],
  [80, 2_000],
  [85, 15_000],
  [92, 500_000],
  [100, 2_000_000],
];
const overloadPriceUs = 20_000_000;
const overloadStepPercent = 15;
/** 20 s doubled six times; from there the price stays, and capacity never ends: demand goes somewhere. */
const overloadSteps = 7;

const dearestOverloadUs = overloadPriceUs * 2 ** (overloadSteps - 1);
/** Dearest price there is, µs, that of what an operator capped: what the bounds of the solver's arithmetic rest on. */
const dearestPriceUs = 2 * dearestOverloadUs;

/** The same for all sites. */
const pricesUs: readonly number[] = [
  ...regularSteps.map(([, priceUs]) => priceUs),
  ...Array.from({ length: overloadSteps }, (_, step) => overloadPriceUs * 2 ** step),
];

/**
 * The steps of a site of this capacity (thousandths of a connection, an integer); the last has no end. A site without capacity
 * is all overload. Beyond an operator's cap everything is dearer than any overload elsewhere.
 */
export function priceSteps(capacityMilli: number, capMilli?: number): PriceSteps {
  const upToMilli = endsOf(capacityMilli);
  if (capMilli === undefined) return { upToMilli, priceUs: pricesUs };
  const below = upToMilli.filter((end) => end < capMilli);
  const last = pricesUs.slice(below.length, below.length + 1);
  return {
    upToMilli: [...below, ...last.map(() => capMilli), Number.POSITIVE_INFINITY],
    priceUs: [...pricesUs.slice(0, below.length), ...last, dearestPriceUs],
  };
}

function endsOf(capacityMilli: number): number[] {
  const ends: number[] = [];
  for (const [percent] of regularSteps) ends.push(Math.floor((capacityMilli * percent) / 100));
  for (let step = 1; step < overloadSteps; step += 1)
    ends.push(Math.floor((capacityMilli * (100 + step * overloadStepPercent)) / 100));
  ends.push(Number.POSITIVE_INFINITY);
  return ends;
}

/** What the next unit costs where `loadMilli` are there already, µs. */
export function priceAt({ upToMilli, priceUs }: PriceSteps, loadMilli: number): number {
  return priceUs[upToMilli.findIndex((end) => loadMilli < end)] ?? dearestPriceUs;
}
