/** Long work that can be interrupted: it yields where somebody else may have a turn, and whoever drives it says whether they do. */

/** Yields often enough that no step takes more than a few milliseconds. All it works on stays as it was when it began. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** The result, without giving anybody a turn. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Short work, for whoever drives steps. */
export function* inOneStep<Result>(work: () => Result): Steps<Result> {
  yield;
  return work();
}
