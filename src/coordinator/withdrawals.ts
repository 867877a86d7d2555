/** At which sites the VIPs of a service are withdrawn, from what the agents report of health and ways. */
import type { ServiceWithdrawals, Withdrawals, World } from '../domain/world.ts';
import { siteReaches } from '../plan/estimate/site-reach.ts';
import { nextClaims, type SiteClaim } from '../plan/estimate/withdrawal.ts';
import type { Observation } from '../plan/optimal/observation.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { lostPaths, pathsByName } from './path-states.ts';
import { witnesses } from './witnesses.ts';

export interface WithdrawalChange {
  readonly service: string;
  readonly site: string;
  readonly isWithdrawn: boolean;
  readonly reachableConnections: number;
  readonly usableConnections: number;
}

export interface WithdrawalKeeper {
  /** With every tick, of all services; what has changed. Times in ms, one monotonic and one since the epoch. */
  judge(world: World, observation: Observation, monotonicMs: number, nowMs: number): WithdrawalChange[];
  /** As judged last; empty before. */
  current(): Withdrawals;
}

export function createWithdrawals(agents: Pick<AgentRecords, 'connected'>): WithdrawalKeeper {
  /** By service; those that several sites claim. */
  let claims: ReadonlyMap<string, readonly SiteClaim[]> = new Map();
  let current: Withdrawals = new Map();
  let cutOff: CutOff = new Map();

  return {
    judge(world, observation, monotonicMs, nowMs) {
      cutOff = cutOffFrom(world, witnesses(agents, monotonicMs), cutOff);
      const reaches = siteReaches({ world, failed: failedBy(observation), cutOff });
      const before = claims;
      claims = new Map(
        [...reaches].map(([service, sites]) => [
          service,
          nextClaims(before.get(service) ?? [], sites, monotonicMs),
        ]),
      );
      current = withdrawnOf(claims, nowMs - monotonicMs);
      return changesBetween(before, claims);
    },
    current: () => current,
  };
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

/** By site of directors. */
type CutOff = ReadonlyMap<string, ReadonlySet<string>>;

const nobody: ReadonlySet<string> = new Set();

/**
 * A way that any of the site's directors sees up is enough. What nobody there has a word on (its directors' agents begin anew, or
 * suspect themselves) stays as it was.
 */
function cutOffFrom(
  { directors, realServers }: World,
  words: readonly AgentRecord[],
  before: CutOff,
): CutOff {
  const siteOf = new Map(directors.map(({ name, site }) => [name, site]));
  const bySite = Map.groupBy(words, ({ name }) => siteOf.get(name) ?? '');
  const members = new Set(realServers.map(({ name }) => name));
  const cutOff = (site: string) => cutOffFromAll(bySite.get(site) ?? [], before.get(site) ?? nobody, members);
  return new Map([...new Set(siteOf.values())].map((site) => [site, cutOff(site)]));
}

function cutOffFromAll(
  words: readonly AgentRecord[],
  before: ReadonlySet<string>,
  members: ReadonlySet<string>,
): ReadonlySet<string> {
  const isUp = (name: string) => words.some(({ report }) => pathsByName(report).get(name)?.state === 'up');
  const lost = new Set([...words.flatMap(({ report }) => [...lostPaths(report)]), ...before]);
  return lost.size === 0 ? nobody : new Set([...lost].filter((name) => members.has(name) && !isUp(name)));
}

function withdrawnOf(
  claims: ReadonlyMap<string, readonly SiteClaim[]>,
  epochMs: number,
): ReadonlyMap<string, ServiceWithdrawals> {
  return new Map(
    [...claims].flatMap(([service, sites]): [string, ServiceWithdrawals][] => {
      const withdrawn = sites.filter(({ isWithdrawn }) => isWithdrawn);
      if (withdrawn.length === 0) return [];
      const figures = withdrawn.map(({ site, changedMs = 0, reachableConnections, usableConnections }) => {
        return [site, { sinceMs: epochMs + changedMs, reachableConnections, usableConnections }] as const;
      });
      return [[service, new Map(figures)]];
    }),
  );
}

function changesBetween(
  before: ReadonlyMap<string, readonly SiteClaim[]>,
  after: ReadonlyMap<string, readonly SiteClaim[]>,
): WithdrawalChange[] {
  return [...after].flatMap(([service, claims]) => {
    const was = new Set(
      before.get(service)?.flatMap(({ site, isWithdrawn }) => (isWithdrawn ? [site] : [])) ?? [],
    );
    return claims
      .filter(({ site, isWithdrawn }) => was.has(site) !== isWithdrawn)
      .map(({ site, isWithdrawn, reachableConnections, usableConnections }) => {
        return { service, site, isWithdrawn, reachableConnections, usableConnections };
      });
  });
}
