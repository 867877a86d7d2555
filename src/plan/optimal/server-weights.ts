/** Which weights the directors of each site get, from the flows in force and what is known of each real server. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { DirectorMember } from '../../domain/member.ts';
import type { Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights, RealServerWeights, World } from '../../domain/world.ts';
import { wayUnder } from '../forwarding.ts';
import { byName, compareBySiteAndName, compareText } from '../order.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { selectedIn } from '../selecting.ts';
import { claims, underOrders } from '../selection.ts';
import type { WeighedRealServer } from '../weights/input.ts';
import { decideWeights, type ServiceWeights } from '../weights/weights.ts';
import type { Observation, ObservedServer } from './observation.ts';
import { serverCapacityMilli } from './site-capacity.ts';

export interface ServerWeightsInput {
  readonly world: World;
  readonly observation: Observation;
  readonly flows: readonly ServiceFlows[];
  /** What the directors were told last. */
  readonly previous: PlannedWeights;
  /** Nothing is kept back for being too small. */
  readonly safety: boolean;
}

/** The weights of one service at the directors of one site. */
export interface PlacedService {
  readonly service: string;
  readonly site: string;
  readonly weights: ServiceWeights;
}

/** By service and site; of services that have flows. Yields between services. */
export function* serverWeights(input: ServerWeightsInput): Steps<readonly PlacedService[]> {
  const { world, observation, flows, previous, safety } = input;
  const observed = new Map(observation.servers.map((server) => [server.name, server]));
  const planned = new Map(flows.map((one) => [one.service, one]));
  const rates = ratesOf(observation);
  const declared = new Set(world.sites.map(({ name }) => name));
  const directors = Map.groupBy(
    world.directors.filter(({ site }) => declared.has(site)),
    ({ site }) => site,
  );
  const sites = [...directors].toSorted(([a], [b]) => compareText(a, b));
  const optimal = world.services.filter(
    ({ placement, name }) => placement === 'optimal' && planned.has(name),
  );
  const selected = selectedIn(world);
  const placed: PlacedService[] = [];
  for (const service of byName(optimal)) {
    yield;
    const inForce = Map.groupBy(planned.get(service.name)?.flows ?? [], ({ from }) => from);
    const members = (selected.get(service.name) ?? []).toSorted(compareBySiteAndName);
    const weighed = members.map((realServer) =>
      weighedBy(service, underOrders(world, service, realServer), observed.get(realServer.name), world),
    );
    const reached = reachedFrom(service, weighed);
    const ownRates = rates.get(service.name);
    // Where nothing flows nothing is decided: the directors' own order of tiers stands.
    for (const [site, own] of sites) {
      if (!claims(service, site) || !inForce.has(site)) continue;
      placed.push({
        service: service.name,
        site,
        weights: decideWeights({
          directorSite: site,
          service: service.name,
          scheduler: service.scheduler,
          newConnectionsPerSecond: ownRates?.get(site),
          flows: (inForce.get(site) ?? []).map(({ to, milli }) => ({ site: to, milliConnections: milli })),
          realServers: reached(own),
          isSilent: observation.silentSites?.has(site) === true,
          ...previousOf(previous, service.name, site),
          safety,
          failOpen: service.failOpen,
        }),
      });
    }
  }
  return placed;
}

/** What publishing needs of it. */
export function plannedWeightsOf(placed: readonly PlacedService[]): PlannedWeights {
  const services = new Map<string, Map<string, RealServerWeights>>();
  for (const { service, site, weights } of placed) {
    const sites = services.get(service) ?? new Map<string, RealServerWeights>();
    services.set(service, sites.set(site, weights.byName));
  }
  return services;
}

/** By service, then by site: new connections a second. */
function ratesOf({ demands }: Observation): ReadonlyMap<string, ReadonlyMap<string, number | undefined>> {
  const rates = new Map<string, Map<string, number | undefined>>();
  for (const { service, site, newPerSecond } of demands) {
    const own = rates.get(service);
    if (own === undefined) rates.set(service, new Map([[site, newPerSecond]]));
    else own.set(site, newPerSecond);
  }
  return rates;
}

interface Weighed {
  readonly realServer: PlannedRealServer;
  readonly weight: WeighedRealServer;
}

/** One list for all sites where the way does not depend on the director: a tunnel leads everywhere. */
function reachedFrom(
  service: Service,
  weighed: readonly Weighed[],
): (directors: readonly DirectorMember[]) => readonly WeighedRealServer[] {
  const all = weighed.map(({ weight }) => weight);
  if (service.forwarding === 'auto' || service.forwarding === 'tunnel') return () => all;
  return (directors) =>
    weighed.map(({ realServer, weight }) => ({
      ...weight,
      isEligible: directors.some((one) => wayUnder(service.forwarding, one, realServer) !== undefined),
    }));
}

function weighedBy(
  service: Service,
  realServer: PlannedRealServer,
  observed: ObservedServer | undefined,
  world: World,
): Weighed {
  const { name, site } = realServer;
  const seen = observed?.services.find((one) => one.service === service.name);
  const { measuredMilli } = serverCapacityMilli(realServer, observed, world.overrides, service.name);
  return {
    realServer,
    weight: {
      name,
      site,
      capacityMilliConnections: measuredMilli,
      slowStartPerMille: seen?.slowStartPerMille ?? 1_000,
      holdDownPerMille: seen?.holdDownPerMille ?? 1_000,
      health: seen?.isConfirmedDown === true ? 'unhealthy' : 'healthy',
      isDrained: realServer.drain || realServer.weight === 0,
      isEligible: true,
    },
  };
}

function previousOf(previous: PlannedWeights, service: string, site: string) {
  const weights = previous.get(service)?.get(site);
  return weights === undefined ? {} : { previous: weights };
}
