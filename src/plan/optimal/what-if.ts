/** Where demand would go if something changed: the planner's own answer, without doing anything. */
import { CausewayError } from '../../domain/error.ts';
import type { WhatIf, WhatIfChange, WhatIfFlow, WhatIfSite } from '../../domain/question.ts';
import type { Steps } from '../../domain/steps.ts';
import type { FlowPlan } from '../flow/flow-plan.ts';
import { compareText } from '../order.ts';
import { type FlowSituation, flowSituation, type OptimalInput } from './flow-input.ts';
import { settleByPool } from './settle.ts';
import { findKnown } from './unknown-name.ts';
import { supposed, withDemand } from './what-if-change.ts';

const tickSeconds = 5;

/**
 * Both sides are where it ends from the flows in force, so that only what the changes did differs. All services without one.
 * Yields between pools, each of which takes milliseconds: of 500 services the whole answer takes seconds.
 * Throws `not-found` with the alternatives, `invalid`, and `refused` for a service that is not planned by flows.
 */
export function* whatIfByPool(
  input: OptimalInput,
  changes: readonly WhatIfChange[],
  service?: string | undefined,
): Steps<WhatIf> {
  requirePlanned(input, service);
  const isAbout = (name: string) => service === undefined || name === service;
  const today = poolsAbout(yield* flowSituation(input), isAbout);
  const then = poolsAbout(yield* flowSituation(changes.reduce(supposed, input)), isAbout);
  const before = yield* settleByPool(today.input);
  const after = yield* settleByPool(withDemand(then.input, changes));
  yield;
  const flows = yield* flowsOf(before.plan, after.plan, isAbout);
  const sites: WhatIfSite[] = [];
  // No supposition changes who shares real servers: the pools are the same before and after.
  for (const [pool, { group }] of then.groups.entries()) {
    const names = group.services.map(({ name }) => name);
    sites.push(...sitesOf(names, before.plan.pools[pool], after.plan.pools[pool]));
    yield;
  }
  const movedMilli = yield* movedOf(flows);
  return {
    flows,
    sites,
    movedMilli,
    demandMilli: sumOf(flows.map(({ afterMilli }) => afterMilli)),
    ticks: after.ticks,
    waitTicks: after.waitTicks,
    seconds: tickSeconds * (after.ticks + after.waitTicks),
    settled: after.settled,
  };
}

/** What shares no real server with the one that was asked for need not be planned. */
function poolsAbout(
  { input, groups }: FlowSituation,
  isAbout: (service: string) => boolean,
): Pick<FlowSituation, 'input' | 'groups'> {
  const isAsked = groups.map(({ group }) => group.services.some(({ name }) => isAbout(name)));
  return {
    input: { ...input, pools: input.pools.filter((_, pool) => isAsked[pool]) },
    groups: groups.filter((_, pool) => isAsked[pool]),
  };
}

function requirePlanned({ world }: OptimalInput, name: string | undefined): void {
  const refused = (message: string) => new CausewayError({ code: 'refused', operation: 'suppose', message });
  if (name === undefined) {
    if (world.services.some(({ placement }) => placement === 'optimal')) return;
    throw refused('no service has the placement optimal: the others follow no demand');
  }
  const { placement } = findKnown('suppose', 'service', name, world.services);
  if (placement === 'optimal') return;
  throw refused(`${name} is placed by policy ${placement}, which follows no demand: expected optimal`);
}

/** By service, site of demand and site of service. Yields between services. */
function* flowsOf(
  before: FlowPlan,
  after: FlowPlan,
  isAbout: (service: string) => boolean,
): Steps<WhatIfFlow[]> {
  const [was, is] = [before, after].map(
    ({ services }) => new Map(services.map(({ name, touched }) => [name, touched])),
  );
  const names = new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])]);
  const flows: WhatIfFlow[] = [];
  for (const service of [...names].filter(isAbout).toSorted(compareText)) {
    const ways = new Map<string, Omit<WhatIfFlow, 'service'>>();
    for (const { from, to, milli } of was?.get(service) ?? [])
      if (milli > 0) ways.set(`${from} ${to}`, { from, to, beforeMilli: milli, afterMilli: 0 });
    for (const { from, to, milli } of is?.get(service) ?? []) {
      const beforeMilli = ways.get(`${from} ${to}`)?.beforeMilli ?? 0;
      if (milli > 0) ways.set(`${from} ${to}`, { from, to, beforeMilli, afterMilli: milli });
    }
    const sorted = [...ways.values()].toSorted(
      (a, b) => compareText(a.from, b.from) || compareText(a.to, b.to),
    );
    for (const way of sorted) flows.push({ service, ...way });
    yield;
  }
  return flows;
}

/** Beyond what would go there if each way had the same share of its site's demand as before. */
function* movedOf(flows: readonly WhatIfFlow[]): Steps<number> {
  let moved = 0;
  for (const own of Map.groupBy(flows, ({ service, from }) => `${service} ${from}`).values()) {
    yield;
    const was = sumOf(own.map(({ beforeMilli }) => beforeMilli));
    const is = sumOf(own.map(({ afterMilli }) => afterMilli));
    const growth = was > 0 ? is / was : 0;
    for (const { beforeMilli, afterMilli } of own)
      moved += Math.round(Math.max(0, afterMilli - beforeMilli * growth));
  }
  return moved;
}

type PoolPlan = FlowPlan['pools'][number];

function sitesOf(
  services: readonly string[],
  before: PoolPlan | undefined = [],
  after: PoolPlan | undefined = [],
): WhatIfSite[] {
  const use = (plan: PoolPlan, name: string) => {
    const { loadMilli = 0, capacityMilli = 0 } = plan.find(({ site }) => site === name) ?? {};
    return { loadMilli, capacityMilli };
  };
  const sites = [...new Set([...before, ...after].map(({ site }) => site))].toSorted(compareText);
  return sites.map((site) => ({ site, services, before: use(before, site), after: use(after, site) }));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
