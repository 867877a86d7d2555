/** Everybody's traffic to every site, in proportion to what it is declared to carry. */
import { normalised } from '../matrix.ts';
import type { PolicyKind } from '../policy.ts';
import { knownCapacity } from './known.ts';

export const staticPolicy: PolicyKind = {
  name: 'static',
  label: 'static ∝ capacity',
  create: () => ({
    decide: (view) => {
      const row = normalised(knownCapacity(view));
      return row.map(() => row);
    },
  }),
};
