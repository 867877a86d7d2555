/** What the leader planned last, as the store has it: for everybody who does not lead. */
import type { PlannedWeights, Withdrawals } from '../../domain/world.ts';
import { memoryOf, plannedWeights } from '../../plan/leader/memory.ts';
import { withdrawalsOf } from '../../plan/leader/withdrawals.ts';
import { remembered } from '../../plan/remembered.ts';
import type { StoreView } from './store-view.ts';

export interface KeptPlans {
  /** Undefined where nothing was ever planned, or nothing of it is kept. */
  weights(): PlannedWeights | undefined;
  withdrawals(): Withdrawals;
}

export function keptPlans(view: Pick<StoreView, 'weights' | 'leaderMemory'>): KeptPlans {
  const weightsIn = remembered(plannedWeights);
  return {
    weights: () => (view.leaderMemory() === undefined ? undefined : weightsIn(view.weights())),
    withdrawals: () => withdrawalsOf(memoryOf(view.leaderMemory(), [], 0).withdrawals, 0),
  };
}
