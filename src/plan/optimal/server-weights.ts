/** Which weights the directors of each site get, from the flows in force and what is known of each real server. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { DirectorMember } from '../../domain/member.ts';
import type { Service } from '../../domain/resource.ts';
import { type PlannedWeights, plannedWeightsKey, type World } from '../../domain/world.ts';
import { wayUnder } from '../forwarding.ts';
import { byName, compareText } from '../order.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import { claims, plannedRealServers, selects, underOrders } from '../selection.ts';
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

/** By service and site; of services that have flows. */
export function serverWeights(input: ServerWeightsInput): readonly PlacedService[] {
  const { world, observation, flows, previous, safety } = input;
  const observed = new Map(observation.servers.map((server) => [server.name, server]));
  const planned = new Map(flows.map((one) => [one.service, one]));
  const rates = new Map(
    observation.demands.map(({ service, site, newPerSecond }) => [`${service} ${site}`, newPerSecond]),
  );
  const declared = new Set(world.sites.map(({ name }) => name));
  const directors = Map.groupBy(
    world.directors.filter(({ site }) => declared.has(site)),
    ({ site }) => site,
  );
  const sites = [...directors].toSorted(([a], [b]) => compareText(a, b));
  const realServers = plannedRealServers(world);
  return byName(world.services).flatMap((service): PlacedService[] => {
    const inForce = planned.get(service.name);
    if (service.placement !== 'optimal' || inForce === undefined) return [];
    const weighed = realServers
      .filter((realServer) => selects(service, realServer))
      .map((realServer) => underOrders(world, service, realServer))
      .map((realServer) => weighedBy(service, realServer, observed.get(realServer.name), world));
    // Where nothing flows nothing is decided: the directors' own order of tiers stands.
    const flowing = new Set(inForce.flows.map(({ from }) => from));
    return sites
      .filter(([site]) => claims(service, site) && flowing.has(site))
      .map(([site, members]) => ({
        service: service.name,
        site,
        weights: decideWeights({
          directorSite: site,
          service: service.name,
          scheduler: service.scheduler,
          newConnectionsPerSecond: rates.get(`${service.name} ${site}`),
          flows: inForce.flows
            .filter(({ from }) => from === site)
            .map(({ to, milli }) => ({ site: to, milliConnections: milli })),
          realServers: weighed.map(({ realServer, weight }) => ({
            ...weight,
            isEligible: isReached(service, members, realServer),
          })),
          ...previousOf(previous, service.name, site),
          safety,
          failOpen: service.failOpen,
        }),
      }));
  });
}

/** What publishing needs of it. */
export function plannedWeightsOf(placed: readonly PlacedService[]): PlannedWeights {
  return new Map(
    placed.map(({ service, site, weights }) => [
      plannedWeightsKey(service, site),
      new Map(weights.servers.map(({ name, weight }) => [name, weight])),
    ]),
  );
}

function weighedBy(
  service: Service,
  realServer: PlannedRealServer,
  observed: ObservedServer | undefined,
  world: World,
): { readonly realServer: PlannedRealServer; readonly weight: Omit<WeighedRealServer, 'isEligible'> } {
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
    },
  };
}

function isReached(service: Service, directors: readonly DirectorMember[], to: PlannedRealServer): boolean {
  return directors.some((director) => wayUnder(service.forwarding, director, to) !== undefined);
}

function previousOf(previous: PlannedWeights, service: string, site: string) {
  const weights = previous.get(plannedWeightsKey(service, site));
  return weights === undefined ? {} : { previous: weights };
}
