/** Where flows end if nothing changes any more, and after how many plans. */
import type { Steps } from '../../domain/steps.ts';
import type { FlowPlan, FlowPlanInput } from '../flow/flow-plan.ts';
import { planFlows } from '../flow/plan-flows.ts';
import { leapsToBelieve } from '../flow/service-plan.ts';
import { byName } from '../order.ts';

export interface Settled {
  readonly plan: FlowPlan;
  /** Plans that moved something. */
  readonly ticks: number;
  /** Plans that a leap is not believed yet; nothing but what is unsafe moves meanwhile. */
  readonly waitTicks: number;
  readonly settled: boolean;
}

/** At ten points a plan all traffic of a service has moved five times over. */
const mostTicks = 50;

/** Pools do not concern each other: each ends by itself. Yields between plans. */
export function* settleByPool({ pools, ...input }: FlowPlanInput): Steps<Settled> {
  const ended: Settled[] = [];
  for (const pool of pools) {
    ended.push(yield* settle({ ...input, pools: [pool] }));
  }
  return {
    plan: {
      services: byName(ended.flatMap(({ plan }) => plan.services)),
      pools: ended.flatMap(({ plan }) => plan.pools),
    },
    ticks: Math.max(0, ...ended.map(({ ticks }) => ticks)),
    waitTicks: Math.max(0, ...ended.map(({ waitTicks }) => waitTicks)),
    settled: ended.every(({ settled }) => settled),
  };
}

/** Capacities stay: what is carried over ends with time, but nobody knows when. */
function* settle(input: FlowPlanInput): Steps<Settled> {
  const waitTicks = yield* waitFor(input);
  let current = mapped(input, () => ({ leaps: leapsToBelieve }));
  for (let ticks = 0; ; ticks += 1) {
    const plan = yield* planFlows(current);
    const settled = isStill(plan);
    if (settled || ticks === mostTicks) return { plan, ticks, waitTicks, settled };
    const before = new Map(
      plan.services.map(({ name, touched }) => [
        name,
        touched.filter(({ milli }) => milli > 0).map(({ from, to, milli }) => ({ from, to, milli })),
      ]),
    );
    current = mapped(current, ({ name }) => ({ before: before.get(name) }));
  }
}

function* waitFor(input: FlowPlanInput): Steps<number> {
  const leaps = new Map(
    input.pools.flatMap(({ services }) => services.map((service) => [service.name, service.leaps])),
  );
  const { services: planned } = yield* planFlows(input);
  const refused = planned.filter(({ refusal }) => refusal !== undefined);
  return Math.max(0, ...refused.map(({ name }) => leapsToBelieve - (leaps.get(name) ?? 0)));
}

function isStill({ services }: FlowPlan): boolean {
  return services.every(({ touched }) => touched.every(({ milli, beforeMilli }) => milli === beforeMilli));
}

type Service = FlowPlanInput['pools'][number]['services'][number];

function mapped(
  input: FlowPlanInput,
  change: (service: Service) => Partial<Pick<Service, 'before' | 'leaps'>>,
): FlowPlanInput {
  const pools = input.pools.map((pool) => ({
    ...pool,
    services: pool.services.map((service) => ({ ...service, ...change(service) })),
  }));
  return { ...input, pools };
}
