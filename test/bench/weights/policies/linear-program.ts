/** The optimum of what was reported last, at once: no damping, no estimators. */
import { leastRtt } from '../linear-program.ts';
import { normalised } from '../matrix.ts';
import type { PolicyKind } from '../policy.ts';
import { knownDemand, knownRttMs, measuredCapacity } from './known.ts';

export const linearProgramPolicy: PolicyKind = {
  name: 'linear-program',
  label: 'LP undamped',
  create: () => ({
    decide: (view) =>
      leastRtt({
        demand: knownDemand(view),
        capacity: measuredCapacity(view),
        rttMs: knownRttMs(view),
      }).map(normalised),
  }),
};
