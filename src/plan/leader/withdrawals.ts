/** At which sites the VIPs of a service are withdrawn, from what the agents report of health and ways. */
import type { PathReport } from '../../domain/report.ts';
import type { ServiceWithdrawals, Withdrawals, World } from '../../domain/world.ts';
import { siteReaches } from '../estimate/site-reach.ts';
import { nextClaims, type SiteClaim } from '../estimate/withdrawal.ts';
import { namesOf } from '../observe/keep-only.ts';
import type { Observation } from '../optimal/observation.ts';

export interface WithdrawalChange {
  readonly service: string;
  readonly site: string;
  readonly isWithdrawn: boolean;
  readonly reachableConnections: number;
  readonly usableConnections: number;
}

/** What a director says of its ways. */
export interface WayWord {
  readonly director: string;
  readonly paths: readonly Pick<PathReport, 'realServer' | 'state'>[];
  /** Names of the real servers to which it has lost the way; few. */
  readonly lost: ReadonlySet<string>;
}

/** What one judgement leaves to the next: plain values. */
export interface WithdrawalMemory {
  /** By service; those that several sites claim. Times are monotonic. */
  readonly claims: Readonly<Record<string, readonly SiteClaim[]>>;
  /** By site of directors: names of the real servers to which all ways that they know of are down. */
  readonly cutOff: Readonly<Record<string, readonly string[]>>;
}

export const nothingWithdrawn: WithdrawalMemory = { claims: {}, cutOff: {} };

/** Of all services; `words`: of the directors that speak of the present and do not suspect themselves. */
export function nextWithdrawals(
  memory: WithdrawalMemory,
  world: World,
  observation: Observation,
  words: readonly WayWord[],
  monotonicMs: number,
): { readonly memory: WithdrawalMemory; readonly changes: readonly WithdrawalChange[] } {
  const cutOff = cutOffFrom(world, words, memory.cutOff);
  const reaches = siteReaches({
    world,
    failed: failedBy(observation),
    cutOff: new Map(Object.entries(cutOff).map(([site, names]) => [site, new Set(names)])),
  });
  const claims = Object.fromEntries(
    [...reaches].map(([service, sites]) => {
      const before = memory.claims[service] ?? [];
      return [service, held(before, nextClaims(before, sites, monotonicMs), observation.silentSites)];
    }),
  );
  return { memory: { claims, cutOff }, changes: changesBetween(memory.claims, claims) };
}

/** Sites of which nobody speaks stay as they were; what is seen of them from outside tells what they are worth to the others. */
function held(
  before: readonly SiteClaim[],
  next: readonly SiteClaim[],
  silent: ReadonlySet<string> = new Set(),
): readonly SiteClaim[] {
  if (silent.size === 0) return next;
  const known = new Map(before.map((claim) => [claim.site, claim]));
  return next.map((claim) => (silent.has(claim.site) ? (known.get(claim.site) ?? claim) : claim));
}

/** `epochMs`: what the monotonic clock's 0 is since the epoch. */
export function withdrawalsOf({ claims }: WithdrawalMemory, epochMs: number): Withdrawals {
  return new Map(
    Object.entries(claims).flatMap(([service, sites]): [string, ServiceWithdrawals][] => {
      const withdrawn = sites.filter(({ isWithdrawn }) => isWithdrawn);
      if (withdrawn.length === 0) return [];
      const figures = withdrawn.map(({ site, changedMs = 0, reachableConnections, usableConnections }) => {
        return [site, { sinceMs: epochMs + changedMs, reachableConnections, usableConnections }] as const;
      });
      return [[service, new Map(figures)]];
    }),
  );
}

/** In panic what counts as healthy is kept, though it was confirmed to have failed. */
function failedBy({ servers }: Observation): ReadonlyMap<string, ReadonlySet<string>> {
  const failed = new Map<string, Set<string>>();
  for (const { name, services } of servers) {
    for (const { service, isConfirmedDown, isHealthy } of services) {
      if (!isConfirmedDown || isHealthy) continue;
      const names = failed.get(service);
      if (names === undefined) failed.set(service, new Set([name]));
      else names.add(name);
    }
  }
  return failed;
}

/**
 * A way that any of the site's directors sees up is enough. What nobody there has a word on (its directors' agents begin anew, or
 * suspect themselves) stays as it was.
 */
function cutOffFrom(
  { directors, realServers }: World,
  words: readonly WayWord[],
  before: WithdrawalMemory['cutOff'],
): WithdrawalMemory['cutOff'] {
  const siteOf = new Map(directors.map(({ name, site }) => [name, site]));
  const bySite = Map.groupBy(words, ({ director }) => siteOf.get(director) ?? '');
  const members = namesOf(realServers);
  return Object.fromEntries(
    [...new Set(siteOf.values())].map((site) => [
      site,
      cutOffFromAll(bySite.get(site) ?? [], before[site] ?? [], members),
    ]),
  );
}

function cutOffFromAll(
  words: readonly WayWord[],
  before: readonly string[],
  members: ReadonlySet<string>,
): readonly string[] {
  const lost = new Set([...words.flatMap((word) => [...word.lost]), ...before]);
  if (lost.size === 0) return [];
  const up = new Set(
    words.flatMap(({ paths }) =>
      paths.flatMap(({ realServer, state }) => (state === 'up' && lost.has(realServer) ? realServer : [])),
    ),
  );
  return [...lost].filter((name) => members.has(name) && !up.has(name));
}

function changesBetween(
  before: WithdrawalMemory['claims'],
  after: WithdrawalMemory['claims'],
): WithdrawalChange[] {
  return Object.entries(after).flatMap(([service, claims]) => {
    const was = new Set(
      before[service]?.flatMap(({ site, isWithdrawn }) => (isWithdrawn ? [site] : [])) ?? [],
    );
    return claims
      .filter(({ site, isWithdrawn }) => was.has(site) !== isWithdrawn)
      .map(({ site, isWithdrawn, reachableConnections, usableConnections }) => {
        return { service, site, isWithdrawn, reachableConnections, usableConnections };
      });
  });
}
