/** What follows from a value that never changes need be worked out only once. */
import type { Steps } from '../domain/steps.ts';

/** For as long as somebody holds the value. `compute` depends on nothing else. */
export function remembered<Value extends object, Result>(
  compute: (value: Value) => Result,
): (value: Value) => Result {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found.result;
    const result = compute(value);
    known.set(value, { result });
    return result;
  };
}

/**
 * The same of a value that is put together anew time after time from parts that stay: for as long as somebody holds all of them.
 * `compute` depends on nothing but these parts.
 */
export function rememberedBy<Value, Result>(
  partsOf: (value: Value) => readonly [object, ...object[]],
  compute: (value: Value) => Result,
): (value: Value) => Result {
  const known: Known<Result> = { below: new WeakMap() };
  return (value) => {
    const at = placeOf(known, partsOf(value));
    at.result ??= { of: compute(value) };
    return at.result.of;
  };
}

/** The same of what is worked out in steps. */
export function rememberedStepsBy<Value, Result>(
  partsOf: (value: Value) => readonly [object, ...object[]],
  compute: (value: Value) => Steps<Result>,
): (value: Value) => Steps<Result> {
  const known: Known<Result> = { below: new WeakMap() };
  return function* (value) {
    const at = placeOf(known, partsOf(value));
    at.result ??= { of: yield* compute(value) };
    return at.result.of;
  };
}

interface Known<Result> {
  readonly below: WeakMap<object, Known<Result>>;
  result?: { readonly of: Result };
}

function placeOf<Result>(known: Known<Result>, parts: readonly object[]): Known<Result> {
  let at = known;
  for (const part of parts) {
    const known = at.below.get(part);
    const next: Known<Result> = known ?? { below: new WeakMap() };
    if (known === undefined) at.below.set(part, next);
    at = next;
  }
  return at;
}

/** As `remembered`, of what is worked out in steps. */
export function rememberedSteps<Value extends object, Result>(
  compute: (value: Value) => Steps<Result>,
): (value: Value) => Steps<Result> {
  const known = new WeakMap<Value, { readonly result: Result }>();
  return function* (value) {
    const found = known.get(value);
    if (found !== undefined) return found.result;
    const result = yield* compute(value);
    known.set(value, { result });
    return result;
  };
}
