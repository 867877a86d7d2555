/** Which weights the directors of each site get, from the flows in force and what is known of each real server. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { DirectorMember } from '../../domain/member.ts';
import type { Service } from '../../domain/resource.ts';
import type { Steps } from '../../domain/steps.ts';
import type { PlannedWeights, RealServerWeights, World } from '../../domain/world.ts';
import { wayUnder } from '../forwarding.ts';
import { byName, compareBySiteAndName, placeOf } from '../order.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { selectedIn } from '../selecting.ts';
import { claims, directorsBySite, underOrders } from '../selection.ts';
import type { WeighedRealServer } from '../weights/input.ts';
import { decideWeights, type ServiceWeights } from '../weights/weights.ts';
import { flowsByService } from './next-flows.ts';
import { type Observation, type ObservedServer, observedByName } from './observation.ts';
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

/** In order of the services' names, each by site; those that have flows. A list, as one more of it is made with each event. */
export type PlacedServices = readonly {
  readonly service: string;
  readonly sites: readonly PlacedService[];
}[];

/** None of a service that has no place. */
export function sitesOf(placed: PlacedServices, service: string): readonly PlacedService[] {
  const found = placed[placeOf(placed, (one) => one.service, service)];
  return found?.service === service ? found.sites : [];
}

/** Yields between services. */
export function* serverWeights(input: ServerWeightsInput): Steps<PlacedServices> {
  const { world, observation, flows, previous, safety } = input;
  const observed = observedByName(observation.servers);
  const planned = flowsByService(flows);
  const rates = ratesOf(observation);
  const sites = directorsBySite(world);
  const optimal = world.services.filter(
    ({ placement, name }) => placement === 'optimal' && planned.has(name),
  );
  const selected = selectedIn(world);
  const placed: PlacedServices[number][] = [];
  for (const service of byName(optimal)) {
    yield;
    const inForce = Map.groupBy(planned.get(service.name)?.flows ?? [], ({ from }) => from);
    const members = (selected.get(service.name) ?? []).toSorted(compareBySiteAndName);
    const weighed = members.map((realServer) =>
      weighedBy(service, underOrders(world, service, realServer), observed.get(realServer.name), world),
    );
    const reached = reachedFrom(service, weighed);
    const ownRates = rates.get(service.name);
    const placedAt: PlacedService[] = [];
    // Where nothing flows nothing is decided: the directors' own order of tiers stands.
    for (const [site, own] of sites) {
      const outgoing = inForce.get(site);
      if (outgoing === undefined || !claims(service, site)) continue;
      placedAt.push({
        service: service.name,
        site,
        weights: decideWeights({
          directorSite: site,
          service: service.name,
          scheduler: service.scheduler,
          newConnectionsPerSecond: ownRates?.get(site),
          flows: outgoing.map(({ to, milli }) => ({ site: to, milliConnections: milli })),
          realServers: reached(own),
          isSilent: observation.silentSites?.has(site) === true,
          previous: previous.get(service.name)?.get(site),
          safety,
          failOpen: service.failOpen,
        }),
      });
    }
    placed.push({ service: service.name, sites: placedAt });
  }
  return placed;
}

/** What publishing needs of it. */
export function plannedWeightsOf(placed: PlacedServices): PlannedWeights {
  const services = new Map<string, ReadonlyMap<string, RealServerWeights>>();
  for (const { service, sites } of placed) {
    if (sites.length > 0)
      services.set(service, new Map(sites.map(({ site, weights }) => [site, weights.byName])));
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
