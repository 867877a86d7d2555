/** Envoy's rule: the nearest site takes everything while 1.4 times its healthy share covers it, the next takes the rest. */
import type { PolicyKind } from '../policy.ts';
import { knownRttMs } from './known.ts';

const overprovisioning = 1.4;

export const priorityPolicy: PolicyKind = {
  name: 'priority',
  label: 'priority, overprovisioning 1.4',
  create: () => ({
    decide: (view) =>
      knownRttMs(view).map((row) => {
        const shares = row.map(() => 0);
        let left = 1;
        for (const { site } of nearestFirst(row)) {
          const healthy = view.isUp[site] === true ? 1 : 0;
          const taken = Math.min(left, overprovisioning * healthy);
          shares[site] = taken;
          left -= taken;
        }
        return shares;
      }),
  }),
};

function nearestFirst(rttMs: readonly number[]): { site: number; rtt: number }[] {
  return rttMs.map((rtt, site) => ({ site, rtt })).toSorted((a, b) => a.rtt - b.rtt);
}
