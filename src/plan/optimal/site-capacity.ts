/** How much a site can carry for a group of services, as a chain of figures that explains itself. */
import type { Override } from '../../domain/resource.ts';
import { capacityOf } from '../estimate/capacity.ts';
import { governing } from '../estimate/overrides.ts';
import { type Standing, trustedMilli } from '../estimate/staleness.ts';
import type { PlannedRealServer } from '../placement-policy.ts';
import type { ServiceGroup } from './groups.ts';
import type { ObservedServer } from './observation.ts';

/** Thousandths of a connection, from what is declared to what is planned with. */
export interface SiteCapacityChain {
  readonly site: string;
  readonly realServers: number;
  readonly healthyServers: number;
  readonly declaredMilli: number;
  /** Of the healthy ones, flapping ones by what their hold-down leaves. */
  readonly healthyMilli: number;
  /** By load and utilisation; undefined where nobody was measured. */
  readonly measuredMilli: number | undefined;
  /** Connections that stay though the plan no longer wants them there, and those of other services. */
  readonly carryOverMilli: number;
  readonly capacityMilli: number;
  readonly standing: Standing;
}

/** A real server's own figure: what it is built for, its policy's weight, an operator's cap or pin, what was measured. */
export function serverCapacityMilli(
  realServer: PlannedRealServer,
  observed: ObservedServer | undefined,
  overrides: readonly Override[],
  service: string,
): { readonly declaredMilli: number; readonly measuredMilli: number } {
  const declared = (realServer.capacity * realServer.weight) / ordinaryWeight;
  const { governs } = governing(overrides, { kind: 'realServer', name: realServer.name }, service, beforeAll);
  const ordered = orderedConnections(declared, governs);
  const { declaredMilli, measuredMilli, healthyMilli } = capacityOf(
    observed?.capacity ?? { measuredPpm: undefined, atMs: undefined },
    { declaredConnections: ordered, healthyShare: 1, carryOverConnections: 0 },
  );
  return { declaredMilli, measuredMilli: measuredMilli ?? healthyMilli };
}

/** 100 is the ordinary server. */
const ordinaryWeight = 100;
/** The overrides given are all in force. */
const beforeAll = Number.NEGATIVE_INFINITY;

function orderedConnections(declared: number, override: Override | undefined): number {
  switch (override?.order.kind) {
    case 'drain':
      return 0;
    case 'pin':
      return (declared * override.order.sharePermille) / 1_000;
    case 'cap':
      return Math.min(declared, override.order.connections);
    default:
      return declared;
  }
}

export interface SiteCapacityInput {
  readonly site: string;
  readonly group: ServiceGroup;
  /** Of the group, at this site. */
  readonly realServers: readonly PlannedRealServer[];
  readonly observed: ReadonlyMap<string, ObservedServer>;
  readonly overrides: readonly Override[];
  readonly standing: Standing;
  readonly carryOverMilli: number;
}

export function siteCapacity(input: SiteCapacityInput): SiteCapacityChain {
  const { site, group, realServers, observed, overrides, standing, carryOverMilli } = input;
  const members = realServers.filter((one) => !one.drain && one.weight > 0);
  const names = new Set(group.services.map(({ name }) => name));
  const [service = ''] = names;
  const figures = members.map((realServer) => {
    const seen = observed.get(realServer.name);
    const healthy = (seen?.services ?? []).filter(
      ({ service, isHealthy }) => isHealthy && names.has(service),
    );
    const { declaredMilli, measuredMilli } = serverCapacityMilli(realServer, seen, overrides, service);
    // One that carries several services is held down by the worst of them, as it is one machine.
    const holdDown = Math.min(1_000, ...healthy.map(({ holdDownPerMille }) => holdDownPerMille));
    const part = (milli: number) => (healthy.length === 0 ? 0 : Math.floor((milli * holdDown) / 1_000));
    const isMeasured = seen?.capacity.measuredPpm !== undefined;
    return {
      declaredMilli,
      healthyMilli: part(declaredMilli),
      measuredMilli: part(measuredMilli),
      isMeasured,
    };
  });
  const sum = (of: (figure: (typeof figures)[number]) => number) =>
    figures.reduce((total, figure) => total + of(figure), 0);
  const chain = {
    declaredMilli: sum((figure) => figure.declaredMilli),
    healthyMilli: sum((figure) => figure.healthyMilli),
    measuredMilli: figures.some(({ isMeasured }) => isMeasured)
      ? sum((figure) => figure.measuredMilli)
      : undefined,
    carryOverMilli,
  };
  const left = Math.max(0, (chain.measuredMilli ?? chain.healthyMilli) - carryOverMilli);
  return {
    site,
    realServers: members.length,
    healthyServers: figures.filter(({ healthyMilli }) => healthyMilli > 0).length,
    ...chain,
    capacityMilli: trustedMilli(standing.freshness, { ...chain, milliConnections: left }),
    standing,
  };
}
