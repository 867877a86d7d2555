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
  /** At today's demand, nothing where absent; undefined before the first plan. */
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

const nothingHeld: ReadonlyMap<string, number> = new Map();

/** By site. `frozen`: sites that may get no more than they have, not even along with the demand. */
export function demandRows(service: ServiceInput, frozen: ReadonlySet<string>): readonly DemandRow[] {
  const flowing = (service.before ?? []).filter(({ milli }) => milli > 0);
  const flows = Map.groupBy(flowing, ({ from }) => from);
  const shared: Shared = {
    service,
    sites: new Set(service.sites.toSorted(compareText)),
    drained: new Set(service.orders.filter(({ kind }) => kind === 'drain').map(({ site }) => site)),
    orders: service.orders.toSorted((a, b) => compareText(a.site, b.site)),
    frozen,
  };
  const sites = [...shared.sites];
  return service.demands
    .toSorted((a, b) => compareText(a.site, b.site))
    .map((demand) => demandRow(shared, sites, demand, flows.get(demand.site) ?? []));
}

/** What is the same for all rows of a service. */
interface Shared {
  readonly service: ServiceInput;
  /** That serve, by name. */
  readonly sites: ReadonlySet<string>;
  readonly drained: ReadonlySet<string>;
  /** By site. */
  readonly orders: ServiceInput['orders'];
  readonly frozen: ReadonlySet<string>;
}

/** One list of sites for all rows that have the same: there are many rows. */
function demandRow(
  shared: Shared,
  serving: readonly string[],
  { site, milli, reach }: SiteDemand,
  standing: readonly SiteFlow[],
): DemandRow {
  // What stands on a way that leads nowhere any more, the directors share out over the others already.
  const isReached = (to: string) => reach?.includes(to) ?? true;
  const flows = reach === undefined ? standing : standing.filter(({ to }) => isReached(to));
  const isServing = flows.every(({ to }) => shared.sites.has(to));
  const sites = isServing
    ? serving
    : [...new Set([...serving, ...flows.map(({ to }) => to)])].toSorted(compareText);
  const demandMilli = Math.max(leastDemandMilli, milli);
  const before = flows.length === 0 ? undefined : beforeAt(demandMilli, flows, shared.frozen);
  const held = heldBy(shared, demandMilli, before, isReached);
  const freeMilli = held.size === 0 ? demandMilli : demandMilli - sumOf(held);
  const growthMilli = before === undefined ? 0 : demandMilli - sumOf(before);
  const isOpen = (to: string) => !held.has(to) && !shared.drained.has(to) && isReached(to);
  const isAllOpen = shared.orders.length === 0 && reach === undefined;
  const open = isAllOpen ? serving : serving.filter(isOpen);
  const row = { service: shared.service.name, site, demandMilli, sites, before, growthMilli, open };
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
  frozen: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const amounts = new Map<string, number>();
  for (const { to, milli } of flows) amounts.set(to, milli);
  const sites = [...amounts.keys()].sort(compareText);
  const isGrowing = frozen.size > 0 && demandMilli > sumOf(amounts);
  const isKept = (to: string): boolean => isGrowing && frozen.has(to);
  const keptMilli = sites.reduce((sum, to) => sum + (isKept(to) ? (amounts.get(to) ?? 0) : 0), 0);
  const scaled = atDemand(
    demandMilli - keptMilli,
    sites.map((to) => (isKept(to) ? 0 : (amounts.get(to) ?? 0))),
  );
  const before = new Map<string, number>();
  for (const [index, to] of sites.entries())
    before.set(to, (isKept(to) ? amounts.get(to) : scaled[index]) ?? 0);
  return before;
}

/** In the order of their names, until the demand is used up. */
function heldBy(
  { orders, sites }: Shared,
  demandMilli: number,
  before: ReadonlyMap<string, number> | undefined,
  isReached: (site: string) => boolean,
): ReadonlyMap<string, number> {
  if (orders.length === 0) return nothingHeld;
  const held = new Map<string, number>();
  let left = demandMilli;
  for (const order of orders) {
    const wanted = wantedBy(order, demandMilli, before);
    if (wanted === undefined || !sites.has(order.site) || !isReached(order.site)) continue;
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
  let sum = 0;
  for (const amount of amounts.values()) sum += amount;
  return sum;
}
