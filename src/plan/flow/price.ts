/** What one more connection at a site costs by how full the site is: a price in steps, each dearer than the one before. */

/** From the end of the step before up to `upToMilli` connections (thousandths) a unit costs `priceUs`. */
export interface PriceStep {
  readonly upToMilli: number;
  readonly priceUs: number;
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

/**
 * The steps of a site of this capacity (thousandths of a connection, an integer); the last has no end. A site without capacity
 * is all overload. Beyond an operator's cap everything is dearer than any overload elsewhere.
 */
export function priceSteps(capacityMilli: number, capMilli?: number): readonly PriceStep[] {
  const steps = stepsOf(capacityMilli);
  if (capMilli === undefined) return steps;
  const below = steps.filter(({ upToMilli }) => upToMilli < capMilli);
  const last = steps[below.length];
  return [
    ...below,
    ...(last === undefined ? [] : [{ upToMilli: capMilli, priceUs: last.priceUs }]),
    { upToMilli: Number.POSITIVE_INFINITY, priceUs: dearestPriceUs },
  ];
}

function stepsOf(capacityMilli: number): readonly PriceStep[] {
  const at = (percent: number): number => Math.floor((capacityMilli * percent) / 100);
  const regular = regularSteps.map(([percent, priceUs]) => ({ upToMilli: at(percent), priceUs }));
  const overload = Array.from({ length: overloadSteps }, (_, index) => ({
    upToMilli:
      index === overloadSteps - 1 ? Number.POSITIVE_INFINITY : at(100 + (index + 1) * overloadStepPercent),
    priceUs: overloadPriceUs * 2 ** index,
  }));
  return [...regular, ...overload];
}

/** What the next unit costs where `loadMilli` are there already, µs. */
export function priceAt(priceList: readonly PriceStep[], loadMilli: number): number {
  return priceList.find(({ upToMilli }) => loadMilli < upToMilli)?.priceUs ?? dearestPriceUs;
}
