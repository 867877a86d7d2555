/** What one site's demand for one service may do: what is held where it is, what is free, and which ways are open. */
import type { SiteFlow } from '../../domain/flows.ts';
import { compareText } from '../order.ts';
import { apportion } from './apportion.ts';
import type { ServiceInput, SiteDemand } from './flow-plan.ts';
import { atDemand } from './guard.ts';

/** Amounts in thousandths of a connection, by site. */
export interface DemandRow {
  readonly service: string;
  readonly site: string;
  readonly demandMilli: number;
  /** All sites that serve or served, by name. */
  readonly sites: readonly string[];
  /** At today's demand; undefined before the first plan. */
  readonly before: ReadonlyMap<string, number> | undefined;
  /** Demand beyond that: it came up where all that serves is frozen. */
  readonly growthMilli: number;
  /** By an operator's order, whatever it costs. */
  readonly held: ReadonlyMap<string, number>;
  readonly freeMilli: number;
  /** Where the free demand may go. */
  readonly open: readonly string[];
}

/** A site that nobody asks still needs weights for whoever asks first. */
const leastDemandMilli = 1_000;

/** `frozen`: sites that may get no more than they have, not even along with the demand. */
export function demandRow(
  service: ServiceInput,
  { site, milli, reach }: SiteDemand,
  frozen: ReadonlySet<string>,
): DemandRow {
  // What stands on a way that leads nowhere any more, the directors share out over the others already.
  const isReached = (to: string) => reach?.includes(to) ?? true;
  const flows = (service.before ?? []).filter(
    (flow) => flow.from === site && flow.milli > 0 && isReached(flow.to),
  );
  const sites = [...new Set([...service.sites, ...flows.map(({ to }) => to)])].toSorted(compareText);
  const demandMilli = Math.max(leastDemandMilli, milli);
  const before = flows.length === 0 ? undefined : beforeAt(demandMilli, flows, sites, frozen);
  const held = heldBy(service, demandMilli, before, isReached);
  const freeMilli = demandMilli - sumOf(held);
  const growthMilli = before === undefined ? 0 : demandMilli - sumOf(before);
  const drained = new Set(service.orders.filter(({ kind }) => kind === 'drain').map((order) => order.site));
  const isOpen = (to: string) => !held.has(to) && !drained.has(to) && isReached(to);
  const open = service.sites.filter(isOpen).toSorted(compareText);
  const row = { service: service.name, site, demandMilli, sites, before, growthMilli, open };
  if (open.length > 0 || held.size === 0) return { ...row, held, freeMilli };
  // Everybody else is drained or dead: those that are held carry the rest as well, alike where they carry nothing yet.
  const amounts = [...held.values()];
  const isAnyUsed = amounts.some((amount) => amount > 0);
  const all = apportion(demandMilli, isAnyUsed ? amounts : amounts.map(() => 1));
  return { ...row, held: new Map([...held.keys()].map((to, index) => [to, all[index] ?? 0])), freeMilli: 0 };
}

/** The same proportions at today's demand, but that frozen sites take no part in its growth. */
function beforeAt(
  demandMilli: number,
  flows: readonly SiteFlow[],
  sites: readonly string[],
  frozen: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const amounts = new Map(flows.map((flow) => [flow.to, flow.milli]));
  const isGrowing = demandMilli > sumOf(amounts);
  const kept = new Map([...amounts].filter(([to]) => isGrowing && frozen.has(to)));
  const scaled = atDemand(
    demandMilli - sumOf(kept),
    sites.map((to) => (kept.has(to) ? 0 : (amounts.get(to) ?? 0))),
  );
  return new Map(sites.map((to, index) => [to, kept.get(to) ?? scaled[index] ?? 0]));
}

/** In the order of their names, until the demand is used up. */
function heldBy(
  service: ServiceInput,
  demandMilli: number,
  before: ReadonlyMap<string, number> | undefined,
  isReached: (site: string) => boolean,
): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  let left = demandMilli;
  for (const order of service.orders.toSorted((a, b) => compareText(a.site, b.site))) {
    const wanted = wantedBy(order, demandMilli, before);
    if (wanted === undefined || !service.sites.includes(order.site) || !isReached(order.site)) continue;
    const amount = Math.min(left, wanted);
    held.set(order.site, amount);
    left -= amount;
  }
  return held;
}

function wantedBy(
  order: ServiceInput['orders'][number],
  demandMilli: number,
  before: ReadonlyMap<string, number> | undefined,
): number | undefined {
  switch (order.kind) {
    case 'pin':
      return Math.floor((demandMilli * order.permille) / 1_000);
    case 'freeze':
      // Before the first plan there is nothing to be kept.
      return before === undefined ? undefined : (before.get(order.site) ?? 0);
    case 'drain':
    case 'cap':
    case 'bias':
      return undefined;
  }
}

function sumOf(amounts: ReadonlyMap<string, number>): number {
  return [...amounts.values()].reduce((sum, amount) => sum + amount, 0);
}
