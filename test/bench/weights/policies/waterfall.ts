/** The shortest ways first, each site until it is full: what spills goes to the nearest that has room. */

import { fillTo } from '../linear-program.ts';
import { normalised } from '../matrix.ts';
import type { PolicyKind, PolicyView } from '../policy.ts';
import { knownCapacity, knownDemand, knownRttMs, measuredCapacity } from './known.ts';

export const waterfallPolicy = waterfall('waterfall', 'waterfall, declared capacity', knownCapacity);
export const measuredWaterfallPolicy = waterfall(
  'waterfall-measured',
  'waterfall + measured capacity',
  measuredCapacity,
);

function waterfall(name: string, label: string, capacityOf: (view: PolicyView) => number[]): PolicyKind {
  return {
    name,
    label,
    create: () => ({
      decide: (view) => {
        const capacity = capacityOf(view);
        const room = capacity.map((connections) => connections * fillTo);
        const left = knownDemand(view);
        const flows = left.map(() => room.map(() => 0));
        for (const { city, site } of shortestFirst(knownRttMs(view))) {
          const taken = Math.min(left[city] ?? 0, room[site] ?? 0);
          left[city] = (left[city] ?? 0) - taken;
          room[site] = (room[site] ?? 0) - taken;
          const row = flows[city];
          if (row !== undefined) row[site] = taken;
        }
        // What fits nowhere is shared out by capacity.
        const everywhere = normalised(capacity);
        return flows.map((row, city) =>
          normalised(row.map((flow, site) => flow + (left[city] ?? 0) * (everywhere[site] ?? 0))),
        );
      },
    }),
  };
}

function shortestFirst(rttMs: readonly (readonly number[])[]): { city: number; site: number; rtt: number }[] {
  return rttMs
    .flatMap((row, city) => row.map((rtt, site) => ({ city, site, rtt })))
    .toSorted((a, b) => a.rtt - b.rtt);
}
