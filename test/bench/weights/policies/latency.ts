/** In proportion to capacity / RTT², which sends nearly everything to the own site. */
import { normalised } from '../matrix.ts';
import type { PolicyKind } from '../policy.ts';
import { knownCapacity, knownRttMs } from './known.ts';

export const latencyPolicy: PolicyKind = {
  name: 'latency',
  label: 'latency-proportional cap/rtt²',
  create: () => ({
    decide: (view) => {
      const capacity = knownCapacity(view);
      return knownRttMs(view).map((row) =>
        normalised(row.map((rttMs, site) => (capacity[site] ?? 0) / rttMs ** 2)),
      );
    },
  }),
};
