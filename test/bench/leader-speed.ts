/** How long does the flow leader take for a full tick, from what was observed to every weight? */
import type { ServiceFlows } from '../../src/domain/flows.ts';
import type { PlannedWeights } from '../../src/domain/world.ts';
import { planFlows } from '../../src/plan/flow/plan-flows.ts';
import { flowSituation } from '../../src/plan/optimal/flow-input.ts';
import { publishedFlows } from '../../src/plan/optimal/next-flows.ts';
import { plannedWeightsOf, serverWeights } from '../../src/plan/optimal/server-weights.ts';
import { createRandom } from './flow-fleet.ts';
import { createLeaderFleet } from './leader-fleet.ts';

export interface LeaderSpeed {
  /** Median, and the slowest: an event plans everything as well. */
  readonly fullTickMs: number;
  readonly slowestTickMs: number;
  readonly rssMb: number;
}

const ticks = 5;
const seed = 7;

/** 50 sites, 500 services on their own real servers, 24,000 of these; demand that changes by up to 5 % a tick. */
export function measureLeader(): LeaderSpeed {
  const { world, observation } = createLeaderFleet({ groups: 500, loadPercent: 60, seed });
  const random = createRandom(seed);
  let flows: readonly ServiceFlows[] = [];
  let previous: PlannedWeights = new Map();
  const took = Array.from({ length: ticks }, () => {
    const seen = observation(random);
    const begin = performance.now();
    const plan = planFlows(flowSituation({ world, observation: seen, flows, leaps: new Map() }).input);
    flows = plan.services.map(publishedFlows);
    previous = plannedWeightsOf(serverWeights({ world, observation: seen, flows, previous, safety: false }));
    return Math.round(performance.now() - begin);
  }).toSorted((a, b) => a - b);
  return {
    fullTickMs: took[ticks >> 1] ?? 0,
    slowestTickMs: took.at(-1) ?? 0,
    rssMb: Math.round(process.memoryUsage().rss / 1e6),
  };
}
