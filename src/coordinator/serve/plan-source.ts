/** Where the operators' questions about weights get the plans from that they are about. */

import { CausewayError } from '../../domain/error.ts';
import type { Steps } from '../../domain/steps.ts';
import { tickMs } from '../../domain/tick.ts';
import type { OptimalInput } from '../../plan/optimal/flow-input.ts';
import type { LatestPlan, WeightChange } from '../../plan/optimal/latest-plans.ts';

export interface PlanSource {
  /** What a plan made now would start from. */
  input(): Steps<OptimalInput>;
  /** Undefined before the first plan. */
  latest(): LatestPlan | undefined;
  /** Of all services, since that time (milliseconds since the epoch), as far back as they are known. */
  changesSince(atMs: number): readonly WeightChange[];
}

/** The source with its latest plan; throws `unavailable` before the first. */
export function requirePlanned(
  source: PlanSource | undefined,
  upMs: number,
): { readonly source: PlanSource; readonly latest: LatestPlan } {
  const latest = source?.latest();
  if (source !== undefined && latest !== undefined) return { source, latest };
  const seconds = Math.max(0, Math.floor(upMs / 1_000));
  throw new CausewayError({
    code: 'unavailable',
    operation: 'read the plan',
    message: `no plan yet: the coordinator has been up ${seconds} s; a plan is made every ${tickMs / 1_000} s`,
  });
}
