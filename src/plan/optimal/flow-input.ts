/** What the flows are planned from: the world as operators and agents describe it, and what was observed. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { Override, Service } from '../../domain/resource.ts';
import type { World } from '../../domain/world.ts';
import { carryOverConnections } from '../estimate/carry-over.ts';
import { governing } from '../estimate/overrides.ts';
import type { Standing } from '../estimate/staleness.ts';
import type { FlowPlanInput, PoolInput, ServiceInput, SiteDemand, SiteOrder } from '../flow/flow-plan.ts';
import { byName, compareText } from '../order.ts';
import { claims, plannedRealServers, selects } from '../selection.ts';
import { type ServiceGroup, serviceGroups } from './groups.ts';
import type { Observation, ObservedServer } from './observation.ts';
import { type KnownPath, knownPaths } from './paths.ts';
import { type SiteCapacityChain, siteCapacity } from './site-capacity.ts';

export interface OptimalInput {
  /** Its overrides are those in force. */
  readonly world: World;
  readonly observation: Observation;
  /** In force now. */
  readonly flows: readonly ServiceFlows[];
  /** How many plans running were leaps, by service; 0 where absent. */
  readonly leaps: ReadonlyMap<string, number>;
}

/** The planner's input, with all that it was made of. */
export interface FlowSituation {
  readonly input: FlowPlanInput;
  readonly paths: readonly KnownPath[];
  /** One for each pool of the input. */
  readonly groups: readonly { readonly group: ServiceGroup; readonly chains: readonly SiteCapacityChain[] }[];
}

/** What nobody has said anything about yet: held as it is, and no more sent there. */
const unheard: Standing = {
  freshness: 'hold',
  ageMs: 0,
  onProbation: false,
  inflowMayGrow: true,
  flagged: false,
};

/** Services of policy `optimal` alone; the others need no flows. */
export function flowSituation({ world, observation, flows, leaps }: OptimalInput): FlowSituation {
  const services = world.services.filter(({ placement }) => placement === 'optimal');
  const observed = new Map(observation.servers.map((server) => [server.name, server]));
  const before = new Map(flows.map((one) => [one.service, one]));
  const sites = byName(world.sites).map(({ name }) => name);
  const paths = knownPaths(sites, world.latency);
  const groups = serviceGroups(services, plannedRealServers(world)).map((group) => ({
    group,
    chains: chainsOf({ world, observation, observed, before, group }),
  }));
  const pools = groups.map(
    ({ group, chains }): PoolInput => ({
      services: group.services.map((service) =>
        serviceInput({
          world,
          observation,
          observed,
          group,
          service,
          before: before.get(service.name),
          leaps: leaps.get(service.name) ?? 0,
        }),
      ),
      sites: chains.map(({ site, capacityMilli, standing }) => ({
        site,
        capacityMilli,
        inflowMayGrow: standing.inflowMayGrow,
      })),
    }),
  );
  return { input: { paths, pools }, paths, groups };
}

interface ChainParts {
  readonly world: World;
  readonly observation: Observation;
  readonly observed: ReadonlyMap<string, ObservedServer>;
  readonly before: ReadonlyMap<string, ServiceFlows>;
  readonly group: ServiceGroup;
}

function chainsOf(parts: ChainParts): SiteCapacityChain[] {
  const { world, observation, observed, group } = parts;
  const standings = new Map(observation.sites.map(({ site, standing }) => [site, standing]));
  const sites = [...new Set(group.realServers.map(({ site }) => site))].toSorted(compareText);
  return sites.map((site) =>
    siteCapacity({
      site,
      group,
      observed,
      overrides: world.overrides,
      standing: standings.get(site) ?? unheard,
      carryOverMilli: carryOverMilli(parts, site),
    }),
  );
}

/**
 * Connections that the site carries beside what is planned: of services that share its real servers without being planned here,
 * and those that stay from an earlier plan. The latter for all ways together: what one site's directors have too much there makes
 * up for what others have too little. Counted on ways that the plan has left alone, they left the sites of the simulated WAN
 * overloaded three times as long.
 */
function carryOverMilli({ world, observation, before, group }: ChainParts, site: string): number {
  const planned = new Set(group.services.map(({ name }) => name));
  const members = group.realServers.filter((realServer) => realServer.site === site);
  const sharing = new Set(
    world.services
      .filter(({ name }) => !planned.has(name))
      .filter((service) => members.some((realServer) => selects(service, realServer)))
      .map(({ name }) => name),
  );
  const active = (services: ReadonlySet<string>): number =>
    observation.active
      .filter((one) => one.to === site && services.has(one.service))
      .reduce((sum, { connections }) => sum + connections, 0);
  const flowing = group.services.filter(({ name }) => before.has(name));
  const plannedMilli = flowing.reduce(
    (sum, { name }) => sum + flowsAtDemand(observation, before.get(name), site),
    0,
  );
  const stayed = carryOverConnections(active(new Set(flowing.map(({ name }) => name))), plannedMilli);
  return Math.round(1_000 * (active(sharing) + stayed));
}

/** What a service's flows bring to a site at today's demand. */
function flowsAtDemand(observation: Observation, flows: ServiceFlows | undefined, site: string): number {
  const totals = new Map<string, number>();
  for (const { from, milli } of flows?.flows ?? []) totals.set(from, (totals.get(from) ?? 0) + milli);
  return (flows?.flows ?? [])
    .filter(({ to }) => to === site)
    .reduce((sum, { from, milli }) => {
      const demand = observation.demands.find((one) => one.service === flows?.service && one.site === from);
      const total = totals.get(from) ?? milli;
      return sum + (milli / total) * (demand?.demand.milliConnections ?? total);
    }, 0);
}

interface ServiceParts {
  readonly world: World;
  readonly observation: Observation;
  readonly observed: ReadonlyMap<string, ObservedServer>;
  readonly group: ServiceGroup;
  readonly service: Service;
  readonly before: ServiceFlows | undefined;
  readonly leaps: number;
}

function serviceInput({
  world,
  observation,
  observed,
  group,
  service,
  before,
  leaps,
}: ServiceParts): ServiceInput {
  const carries = ({ name }: { name: string }) =>
    observed.get(name)?.services.some((one) => one.service === service.name && isCarrier(one)) ?? false;
  const able = group.realServers.filter(
    (one) => selects(service, one) && !one.drain && one.weight > 0 && carries(one),
  );
  const directorSites = [...new Set(world.directors.map(({ site }) => site))].toSorted(compareText);
  const declared = new Set(world.sites.map(({ name }) => name));
  const claiming = directorSites.filter((site) => declared.has(site) && claims(service, site));
  return {
    name: service.name,
    sites: [...new Set(able.map(({ site }) => site))].toSorted(compareText),
    demands: claiming.map((site) => demandOf(observation, service, site, before)),
    before: before?.flows,
    orders: world.sites.flatMap(({ name }) => orderOf(world.overrides, name, service.name)),
    leaps,
  };
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

/** Missing is never zero: of a site that was never heard, what its flows carry. */
function demandOf(
  observation: Observation,
  service: Service,
  site: string,
  before: ServiceFlows | undefined,
): SiteDemand {
  const seen = observation.demands.find((one) => one.service === service.name && one.site === site);
  const flowing = (before?.flows ?? []).filter(({ from }) => from === site);
  const milli = seen?.demand.milliConnections ?? flowing.reduce((sum, flow) => sum + flow.milli, 0);
  // Neither leaves its site: `direct` needs a shared link, and replies under `masquerade` find no director elsewhere.
  const isOwnSiteOnly = service.forwarding === 'direct' || service.forwarding === 'masquerade';
  return { site, milli, ...(isOwnSiteOnly ? { reach: [site] } : {}) };
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
