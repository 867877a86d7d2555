/** What every way between sites costs, where a third of the pairs were never measured, or all of them. */
import type { LatencyEntry } from '../../../src/domain/report.ts';
import type { Steps } from '../../../src/domain/steps.ts';
import type { FlowPlan } from '../../../src/plan/flow/flow-plan.ts';
import { planFlows } from '../../../src/plan/flow/plan-flows.ts';
import { flowSituation, type OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import { breathing } from '../../../src/runtime/breathing.ts';
import { createRandom } from '../flow-fleet.ts';
import { fleetOf, wholeFleet } from './fleet.ts';
import { type LoopRow, measured } from './turns.ts';

const emptyObservation = { demands: [], servers: [], sites: [], active: [] };

/** A plan of flows: all sites declared, the real servers in all of them, directors in the first 50. */
async function over(count: number, measuredShare: number, isInhabited: boolean): Promise<LoopRow> {
  const { world } = fleetOf({ ...wholeFleet, services: 1 });
  const random = createRandom(count);
  const names = Array.from({ length: count }, (_, index) => `site-${String(index).padStart(4, '0')}`);
  const places = names.map(() => [random(), random()] as const);
  const latency = names.flatMap((from, a) =>
    measuredShare === 0
      ? []
      : names.flatMap((to, b): LatencyEntry[] => {
          if (a > b || random() > measuredShare) return [];
          const [p, q] = [places[a] ?? [0, 0], places[b] ?? [0, 0]];
          const us = 500 + Math.round(100_000 * Math.hypot(p[0] - q[0], p[1] - q[1]));
          return [{ from, to, p50Us: us, p90Us: us, loss: 0 }];
        }),
  );
  const inhabited = isInhabited ? names : names.slice(0, 50);
  const siteOf = (index: number): string => inhabited[index % inhabited.length] ?? '';
  const input = {
    world: {
      ...world,
      sites: names.map((name) => ({ kind: 'Site' as const, name, tunnel: 'ipip' as const })),
      directors: world.directors.map((one, index) => ({ ...one, site: siteOf(index) })),
      realServers: world.realServers.map((one, index) => ({ ...one, site: siteOf(index) })),
    },
    observation: emptyObservation,
    flows: [],
    leaps: {},
  };
  const what =
    measuredShare === 0 ? 'nothing measured' : `${Math.round(100 * measuredShare)} % of the pairs measured`;
  return measured(
    `paths over ${count} sites, ${inhabited.length} with real servers, ${what}: a plan of flows`,
    // A new list is a new measurement: nothing is remembered.
    () =>
      breathing(flowsOver({ ...input, world: { ...input.world, latency: [...latency] } }), {
        operation: 'bench',
      }),
    { times: 1 },
  );
}

function* flowsOver(input: OptimalInput): Steps<FlowPlan> {
  return yield* planFlows((yield* flowSituation(input)).input);
}

export async function paths(): Promise<LoopRow[]> {
  return [await over(400, 0.67, true), await over(5_000, 0, false), await over(5_000, 0, true)];
}
