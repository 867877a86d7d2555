/** What explanations are made from. */
import type { OptimalInput } from '../plan/optimal/flow-input.ts';
import type { LatestPlan, WeightChange } from '../plan/optimal/latest.ts';

export interface PlanSource {
  /** What a plan made now would start from. */
  input(): OptimalInput;
  latest(): LatestPlan | undefined;
  changesSince(atMs: number): readonly WeightChange[];
}
