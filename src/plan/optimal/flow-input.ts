/** What the flows are planned from: the world as operators and agents describe it, and what was observed. */
import type { ServiceFlows, SiteFlow } from '../../domain/flows.ts';
import type { Override, Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { governing } from '../estimate/overrides.ts';
import type { Standing } from '../estimate/staleness.ts';
import type { FlowPlanInput, PoolInput, ServiceInput, SiteDemand, SiteOrder } from '../flow/flow-plan.ts';
import { byName, compareText } from '../order.ts';
import { selecting } from '../selecting.ts';
import { claims, directorsBySite } from '../selection.ts';
import { type CarryOver, carryOver, type ObservedDemands } from './carried-over.ts';
import { groupSteps, membersBySite, type ServiceGroup } from './groups.ts';
import { flowsByService } from './next-flows.ts';
import { type Observation, type ObservedDemand, type ObservedServer, observedByName } from './observation.ts';
import { type KnownPaths, knownPathsSteps } from './paths.ts';
import { type SiteCapacityChain, siteCapacities } from './site-capacity.ts';

export interface OptimalInput {
  /** Its overrides are those in force. */
  readonly world: World;
  readonly observation: Observation;
  /** In force now. */
  readonly flows: readonly ServiceFlows[];
  /** How many ticks of late were leaps, by service; 0 where absent. */
  readonly leaps: Readonly<Record<string, number>>;
  /** What is to be planned; absent: all that there is. */
  readonly groups?: readonly ServiceGroup[];
}

/** The planner's input, with all that it was made of. */
export interface FlowSituation {
  readonly input: FlowPlanInput;
  readonly paths: KnownPaths;
  /** One for each pool of the input. */
  readonly groups: readonly GroupSituation[];
}

export interface GroupSituation {
  readonly group: ServiceGroup;
  readonly chains: readonly SiteCapacityChain[];
  /** What was heard of its services. */
  readonly demands: readonly ObservedDemand[];
}

/** What nobody has said anything about yet: held as it is, and no more sent there. */
const unheard: Standing = {
  freshness: 'hold',
  ageMs: 0,
  onProbation: false,
  inflowMayGrow: true,
  flagged: false,
};

/** Services of policy `optimal` alone; the others need no flows. Yields between groups. */
export function* flowSituation(input: OptimalInput): Steps<FlowSituation> {
  const { world, observation, leaps } = input;
  const before = flowsByService(input.flows);
  const sites = byName(world.sites).map(({ name }) => name);
  const paths = yield* knownPathsSteps(sites, world.latency);
  yield;
  const demands = demandsByService(observation.demands);
  const known: Known = {
    overrides: Map.groupBy(world.overrides, ({ subject }) => subject.kind),
    observed: observedByName(observation.servers),
    standings: new Map(observation.sites.map(({ site, standing }) => [site, standing])),
    demands,
    carryOverMilli: carryOver({ services: world.services, active: observation.active, demands, before }),
    sites: world.sites.map(({ name }) => name),
    directorSites: directorsBySite(world).map(([site]) => site),
    before,
    leaps,
  };
  yield;
  const groups: GroupSituation[] = [];
  const pools: PoolInput[] = [];
  const planned = input.groups ?? (yield* groupSteps(world));
  for (const group of planned) {
    yield;
    const chains = chainsOf(known, group);
    yield;
    groups.push({
      group,
      chains,
      demands: group.services.flatMap(({ name }) => [...(demands.get(name)?.values() ?? [])]),
    });
    pools.push({
      services: serviceInputs(known, group),
      sites: chains.map(({ site, capacityMilli, standing }) => ({
        site,
        capacityMilli,
        inflowMayGrow: standing.inflowMayGrow,
      })),
    });
  }
  return { input: { paths, pools }, paths, groups };
}

/** World and observation, by what is looked up in them. */
interface Known {
  readonly overrides: ReadonlyMap<Override['subject']['kind'], readonly Override[]>;
  readonly observed: ReadonlyMap<string, ObservedServer>;
  readonly standings: ReadonlyMap<string, Standing>;
  /** By service, then by site: the first of each. */
  readonly demands: ObservedDemands;
  readonly carryOverMilli: CarryOver;
  /** Declared, in the order they are; and those of them with directors, by name. */
  readonly sites: readonly string[];
  readonly directorSites: readonly string[];
  readonly before: ReadonlyMap<string, ServiceFlows>;
  readonly leaps: Readonly<Record<string, number>>;
}

function demandsByService(demands: readonly ObservedDemand[]): ObservedDemands {
  const services = new Map<string, Map<string, ObservedDemand>>();
  for (const demand of demands) {
    const sites = services.get(demand.service) ?? new Map<string, ObservedDemand>();
    services.set(demand.service, sites);
    if (!sites.has(demand.site)) sites.set(demand.site, demand);
  }
  return services;
}

function chainsOf(known: Known, group: ServiceGroup): SiteCapacityChain[] {
  const overrides = known.overrides.get('realServer') ?? [];
  const capacityAt = siteCapacities({ group, observed: known.observed, overrides });
  const carryOverAt = known.carryOverMilli(group);
  return membersBySite(group).map(([site, realServers]) =>
    capacityAt({
      site,
      realServers,
      standing: known.standings.get(site) ?? unheard,
      carryOverMilli: carryOverAt(site),
    }),
  );
}

function serviceInputs(known: Known, group: ServiceGroup): ServiceInput[] {
  const { observed, leaps } = known;
  const carrying = new Map(group.services.map(({ name }) => [name, new Set<string>()]));
  const selectingServices = selecting(group.services);
  for (const realServer of group.realServers) {
    const { drain, weight, site } = realServer;
    if (drain || !(weight > 0)) continue;
    const carried = observed.get(realServer.name)?.services ?? [];
    for (const { name } of selectingServices(realServer)) {
      if (carried.some((one) => one.service === name && isCarrier(one))) carrying.get(name)?.add(site);
    }
  }
  return group.services.map((service) => {
    const { name } = service;
    const before = known.before.get(name)?.flows;
    return {
      name,
      sites: [...(carrying.get(name) ?? [])].toSorted(compareText),
      demands: demandsOf(known, service, before ?? []),
      before,
      orders: ordersOf(known, name),
      leaps: leaps[name] ?? 0,
    };
  });
}

function isCarrier({
  isHealthy,
  holdDownPerMille,
}: {
  isHealthy: boolean;
  holdDownPerMille: number;
}): boolean {
  return isHealthy && holdDownPerMille > 0;
}

/** Missing is never zero: of a site that was never heard what its flows carry, and no less where it was heard in part. */
function demandsOf(known: Known, service: Service, before: readonly SiteFlow[]): SiteDemand[] {
  const seen = known.demands.get(service.name);
  const flowing = new Map<string, number>();
  for (const { from, milli } of before) flowing.set(from, (flowing.get(from) ?? 0) + milli);
  // Neither leaves its site: `direct` needs a shared link, and replies under `masquerade` find no director elsewhere.
  const isOwnSiteOnly = service.forwarding === 'direct' || service.forwarding === 'masquerade';
  return known.directorSites
    .filter((site) => claims(service, site))
    .map((site) => ({
      site,
      milli: demandMilli(seen?.get(site), flowing.get(site) ?? 0),
      ...(isOwnSiteOnly ? { reach: [site] } : {}),
    }));
}

function demandMilli(seen: ObservedDemand | undefined, flowing: number): number {
  if (seen === undefined) return flowing;
  const { milliConnections } = seen.demand;
  return seen.isPart === true ? Math.max(milliConnections, flowing) : milliConnections;
}

function ordersOf({ overrides, sites }: Known, service: string): SiteOrder[] {
  const about = overrides.get('site') ?? [];
  return about.length === 0 ? [] : sites.flatMap((site) => orderOf(about, site, service));
}

function orderOf(overrides: readonly Override[], site: string, service: string): SiteOrder[] {
  const { governs } = governing(overrides, { kind: 'site', name: site }, service, Number.NEGATIVE_INFINITY);
  if (governs === undefined) return [];
  const { order } = governs;
  switch (order.kind) {
    case 'freeze':
    case 'drain':
      return [{ kind: order.kind, site }];
    case 'pin':
      return [{ kind: 'pin', site, permille: order.sharePermille }];
    case 'cap':
      return [{ kind: 'cap', site, milli: 1_000 * order.connections }];
    case 'bias':
      return [{ kind: 'bias', site, biasUs: 1_000 * order.biasMs }];
  }
}
