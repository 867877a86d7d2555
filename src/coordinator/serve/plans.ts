/** What a change would cause on every agent, and whether it would be taken; nothing is written. */
import type { AdminHandlers, Asking, PlanResult } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import type { PlannedWeights, Withdrawals } from '../../domain/world.ts';
import { planOperations } from '../../plan/agent-plan.ts';
import { breathing } from '../../runtime/breathing.ts';
import type { Store } from '../../store/store.ts';
import type { StoreView } from '../view/store-view.ts';
import { inForceAt, worldOf, worldWith, worldWithout } from '../view/world-of-store.ts';
import { askedBy, judgement } from './apply.ts';
import type { KnownAgents } from './known-agents.ts';
import { askedByRemoval, refuseAbsent } from './remove.ts';
import { beyondCaller, beyondLimit, pastOf, touchedBy, type Wanted } from './wanted.ts';

export interface PlanOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: KnownAgents;
  readonly clock: Clock;
  /** As planned last. */
  weights(): PlannedWeights | undefined;
  /** As judged last; absent where nobody plans. */
  withdrawals?(): Withdrawals;
}

export function createPlanHandlers(
  options: PlanOptions,
): Pick<AdminHandlers, 'plan' | 'planRemoval' | 'planRollback'> {
  const { view, agents, clock, weights, withdrawals } = options;
  const isConnected = (name: string): boolean => agents.find('director', name)?.isConnected === true;

  async function planned(
    wanted: Wanted,
    { strict = false, caller, signal }: Asking & { readonly strict?: boolean },
  ): Promise<PlanResult> {
    const nowMs = clock.nowMs();
    const { removals } = wanted;
    const judged = await breathing(
      judgement(view, wanted.resources, { strict, nowMs, without: removals, isConnected }),
      {
        operation: 'plan',
        signal,
      },
    );
    const { problems, warnings, outcomes } = judged;
    if (problems.length > 0) return { problems, warnings, outcomes: [], agents: [] };
    const resources = judged.resources.filter((_, index) => outcomes[index] !== 'over');
    const declared = worldOf(view, { weights: weights(), withdrawals: withdrawals?.() });
    const next = worldWith(worldWithout(declared, removals), resources);
    const asked = [...askedBy(resources, outcomes), ...removals.flatMap(askedByRemoval)];
    const steps = planOperations(inForceAt(declared, nowMs), inForceAt(next, nowMs), asked);
    const denial = beyondCaller(view, caller, touchedBy(view, { resources, removals }, outcomes));
    const refusal = denial ?? beyondLimit({ view, agents }, { resources, removals }, false);
    const result = { problems, warnings, outcomes, ...(refusal === undefined ? {} : { refusal }) };
    return { ...result, agents: await breathing(steps, { operation: 'plan', signal }) };
  }

  return {
    plan: (resources, asking) => planned({ resources, removals: [] }, asking),
    async planRemoval(ids, asking) {
      for (const id of ids) refuseAbsent(view, id);
      return planned({ resources: [], removals: ids }, asking);
    },
    async planRollback(to, asking) {
      const wanted = (await pastOf(options, to, 'plan'))();
      return { ...wanted, ...(await planned(wanted, asking)) };
    },
  };
}
