/** Which flows are worth publishing: what a plan changed by more than noise. */
import type { ServiceFlows, SiteFlow } from '../../domain/flows.ts';
import type { ServicePlan } from '../flow/flow-plan.ts';

/** Of a site's demand: less moves no weight of the scheduler's hundred. */
const leastShare = 0.005;

/** A service's flows as they are published: by from and to, without those of 0. */
export function publishedFlows({ name, touched }: ServicePlan): ServiceFlows {
  const used = touched.filter(({ milli }) => milli > 0);
  return { service: name, flows: used.map(({ from, to, milli }) => ({ from, to, milli })) };
}

/** Whether a way begins or ends, or gets another share of its site's demand; that demand alone grows changes nothing. */
export function differs(before: ServiceFlows | undefined, after: ServiceFlows): boolean {
  if (before === undefined) return true;
  const was = shares(before.flows);
  const is = shares(after.flows);
  return [...new Set([...was.keys(), ...is.keys()])].some((way) => {
    const [from, to] = [was.get(way) ?? 0, is.get(way) ?? 0];
    return Math.abs(to - from) > leastShare || (to === 0) !== (from === 0);
  });
}

function shares(flows: readonly SiteFlow[]): ReadonlyMap<string, number> {
  const totals = new Map<string, number>();
  for (const { from, milli } of flows) totals.set(from, (totals.get(from) ?? 0) + milli);
  return new Map(flows.map(({ from, to, milli }) => [`${from} ${to}`, milli / (totals.get(from) ?? milli)]));
}
