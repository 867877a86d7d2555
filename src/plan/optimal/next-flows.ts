/** Which flows are worth publishing: what a plan changed by more than noise. */
import type { ServiceFlows, SiteFlow } from '../../domain/flows.ts';
import type { ServicePlan } from '../flow/flow-plan.ts';
import { compareText, placeOf } from '../order.ts';
import { remembered } from '../remembered.ts';

/** Of a site's demand: less moves no weight of the scheduler's hundred. */
const leastShare = 0.005;

/** Looked up by every part of a step, which mostly changes few of them. */
export const flowsByService = remembered(
  (flows: readonly ServiceFlows[]): ReadonlyMap<string, ServiceFlows> =>
    new Map(flows.map((one) => [one.service, one])),
);

/** By service, once these are published and those services' are over; the same value where there are none. */
export function flowsInForce(
  known: readonly ServiceFlows[],
  published: readonly ServiceFlows[],
  over: readonly string[],
): readonly ServiceFlows[] {
  if (over.length === 0 && isByService(known))
    return published.length === 0 ? known : withThese(known, published);
  const flows = new Map(flowsByService(known));
  for (const one of published) flows.set(one.service, one);
  for (const service of over) flows.delete(service);
  return [...flows.values()].sort((a, b) => compareText(a.service, b.service));
}

function withThese(known: readonly ServiceFlows[], published: readonly ServiceFlows[]): ServiceFlows[] {
  const flows = [...known];
  for (const one of published) {
    const place = placeOf(flows, ({ service }) => service, one.service);
    flows.splice(place, flows[place]?.service === one.service ? 1 : 0, one);
  }
  return flows;
}

/** Of these services alone. */
export function flowsOf(
  flows: readonly ServiceFlows[],
  services: readonly { readonly name: string }[],
): readonly ServiceFlows[] {
  const names = new Set(services.map(({ name }) => name));
  return flows.filter(({ service }) => names.has(service));
}

function isByService(flows: readonly ServiceFlows[]): boolean {
  return flows.every(({ service }, index) => index === 0 || (flows[index - 1]?.service ?? '') < service);
}

/** A service's flows as they are published: by from and to, without those of 0. */
export function publishedFlows({ name, touched }: ServicePlan): ServiceFlows {
  const used = touched.filter(({ milli }) => milli > 0);
  return { service: name, flows: used.map(({ from, to, milli }) => ({ from, to, milli })) };
}

/** Whether a way begins or ends, or gets another share of its site's demand; that demand alone grows changes nothing. */
export function differs(before: ServiceFlows | undefined, after: ServiceFlows): boolean {
  if (before === undefined) return true;
  const [was, is] = [shares(before.flows), shares(after.flows)];
  const isAligned =
    before.flows.length === after.flows.length &&
    before.flows.every(({ from, to }, way) => {
      const other = after.flows[way];
      return from === other?.from && to === other.to;
    });
  if (isAligned) return was.some((share, way) => isOther(share, is[way] ?? 0));
  const [byWayBefore, byWay] = [byWays(before.flows, was), byWays(after.flows, is)];
  return [...new Set([...byWayBefore.keys(), ...byWay.keys()])].some((way) =>
    isOther(byWayBefore.get(way) ?? 0, byWay.get(way) ?? 0),
  );
}

function isOther(before: number, after: number): boolean {
  return Math.abs(after - before) > leastShare || (after === 0) !== (before === 0);
}

/** Of the demand of the site that each comes from. */
function shares(flows: readonly SiteFlow[]): number[] {
  const totals = new Map<string, number>();
  for (const { from, milli } of flows) totals.set(from, (totals.get(from) ?? 0) + milli);
  return flows.map(({ from, milli }) => milli / (totals.get(from) ?? milli));
}

function byWays(flows: readonly SiteFlow[], shares: readonly number[]): ReadonlyMap<string, number> {
  return new Map(flows.map(({ from, to }, way) => [`${from} ${to}`, shares[way] ?? 0]));
}
