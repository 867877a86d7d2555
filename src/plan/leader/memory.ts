/** A leader's memory as it is kept for the next one, and as that one takes it up. */
import type { KeptClaim, KeptMemory, SiteWeights } from '../../domain/leader-memory.ts';
import type { PlannedWeights, RealServerWeights } from '../../domain/world.ts';
import type { SiteClaim } from '../estimate/withdrawal.ts';
import { compareText } from '../order.ts';
import { serverNames, WeightList } from '../weights/weight-list.ts';
import { type LeaderMemory, nothingYet } from './step.ts';

/** In one order, so that two are the same when their texts are. `epochMs`: what the monotonic clock's 0 is since the epoch. */
export function keptMemory({ leaps, orders, withdrawals }: LeaderMemory, epochMs: number): KeptMemory {
  return {
    leaps: ordered(Object.entries(leaps).filter(([, count]) => count > 0)),
    orders,
    claims: ordered(
      Object.entries(withdrawals.claims).map(
        ([service, claims]) => [service, claims.map((claim) => keptClaim(claim, epochMs))] as const,
      ),
    ),
    cutOff: ordered(
      Object.entries(withdrawals.cutOff)
        .filter(([, names]) => names.length > 0)
        .map(([site, names]) => [site, names.toSorted(compareText)]),
    ),
  };
}

/** Flows are kept beside it, and are not part of this. */
export function memoryOf(
  kept: KeptMemory | undefined,
  weights: readonly SiteWeights[],
  epochMs: number,
): LeaderMemory {
  if (kept === undefined) return nothingYet;
  const claims = Object.fromEntries(
    Object.entries(kept.claims).map(([service, sites]) => [
      service,
      sites.map(
        ({ changedAtMs, ...claim }): SiteClaim => ({
          ...claim,
          changedMs: changedAtMs === undefined ? undefined : changedAtMs - epochMs,
        }),
      ),
    ]),
  );
  return {
    ...nothingYet,
    weights: plannedWeights(weights),
    leaps: kept.leaps,
    orders: kept.orders,
    withdrawals: { claims, cutOff: kept.cutOff },
  };
}

export function plannedWeights(kept: readonly SiteWeights[]): PlannedWeights {
  const planned = new Map<string, Map<string, WeightList>>();
  for (const { service, site, weights } of kept) {
    const own = planned.get(service) ?? new Map<string, WeightList>();
    planned.set(service, own.set(site, listOf(weights, own.values().next().value)));
  }
  return planned;
}

/** The sites of a service have the same real servers: their names stand once. */
function listOf(weights: SiteWeights['weights'], other: WeightList | undefined): WeightList {
  const names = Object.keys(weights);
  const isSame =
    other?.servers.names.length === names.length &&
    names.every((name, place) => name === other.servers.names[place]);
  const servers = isSame && other !== undefined ? other.servers : serverNames(names);
  return new WeightList(servers, Object.values(weights));
}

/** What is kept no longer as it is planned: to be written, and to be deleted. */
export function changedWeights(
  kept: PlannedWeights,
  planned: PlannedWeights,
): {
  readonly changed: readonly SiteWeights[];
  readonly gone: readonly Pick<SiteWeights, 'service' | 'site'>[];
} {
  const changed: SiteWeights[] = [];
  for (const [service, sites] of planned) {
    const known = kept.get(service);
    if (known === sites) continue;
    for (const [site, weights] of sites) {
      const before = known?.get(site);
      if (before === undefined || !isSame(before, weights))
        changed.push({ service, site, weights: Object.fromEntries(weights) });
    }
  }
  const gone: Pick<SiteWeights, 'service' | 'site'>[] = [];
  for (const [service, sites] of kept) {
    const left = planned.get(service);
    if (left === sites) continue;
    for (const site of sites.keys()) if (left?.has(site) !== true) gone.push({ service, site });
  }
  return { changed, gone };
}

function isSame(a: RealServerWeights, b: RealServerWeights): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [name, weight] of a) if (b.get(name) !== weight) return false;
  return true;
}

function keptClaim({ changedMs, ...claim }: SiteClaim, epochMs: number): KeptClaim {
  const { site, isWithdrawn, reachableConnections, usableConnections } = claim;
  return {
    site,
    isWithdrawn,
    ...(changedMs === undefined ? {} : { changedAtMs: Math.round(epochMs + changedMs) }),
    reachableConnections,
    usableConnections,
  };
}

function ordered<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}
