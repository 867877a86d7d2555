/** How much a site can carry for a group of services, as a chain of figures that explains itself. */
import type { Override } from '../../domain/resource.ts';
import { capacityOf, unmeasuredCapacity } from '../estimate/capacity.ts';
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
  const { declaredMilli, measuredMilli, healthyMilli } = capacityOf(
    observed?.capacity ?? unmeasuredCapacity,
    {
      declaredConnections: orderedConnections(declared, orderAbout(overrides, realServer.name, service)),
      healthyShare: 1,
      carryOverConnections: 0,
    },
  );
  return { declaredMilli, measuredMilli: measuredMilli ?? healthyMilli };
}

function orderAbout(overrides: readonly Override[], name: string, service: string): Override | undefined {
  if (overrides.length === 0) return undefined;
  return governing(overrides, { kind: 'realServer', name }, service, beforeAll).governs;
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

export interface GroupCapacityInput {
  readonly group: ServiceGroup;
  readonly observed: ReadonlyMap<string, ObservedServer>;
  readonly overrides: readonly Override[];
}

export interface SiteCapacityInput {
  readonly site: string;
  /** Of the group, at this site. */
  readonly realServers: readonly PlannedRealServer[];
  readonly standing: Standing;
  readonly carryOverMilli: number;
}

/** Of one site after the other. */
export function siteCapacities({
  group,
  observed,
  overrides,
}: GroupCapacityInput): (input: SiteCapacityInput) => SiteCapacityChain {
  const names = new Set(group.services.map(({ name }) => name));
  const [service = ''] = names;
  return ({ site, realServers, standing, carryOverMilli }) => {
    const sums = { declaredMilli: 0, healthyMilli: 0, measuredMilli: 0 };
    let [members, healthyServers, isMeasured] = [0, 0, false];
    for (const realServer of realServers) {
      if (realServer.drain || !(realServer.weight > 0)) continue;
      const seen = observed.get(realServer.name);
      const { declaredMilli, measuredMilli } = serverCapacityMilli(realServer, seen, overrides, service);
      const left = leftPerMille(seen, names);
      const healthyMilli = part(declaredMilli, left);
      sums.declaredMilli += declaredMilli;
      sums.healthyMilli += healthyMilli;
      sums.measuredMilli += part(measuredMilli, left);
      members += 1;
      if (healthyMilli > 0) healthyServers += 1;
      if (seen?.capacity.measuredPpm !== undefined) isMeasured = true;
    }
    const chain = {
      declaredMilli: sums.declaredMilli,
      healthyMilli: sums.healthyMilli,
      measuredMilli: isMeasured ? sums.measuredMilli : undefined,
      carryOverMilli,
    };
    const left = Math.max(0, (chain.measuredMilli ?? chain.healthyMilli) - carryOverMilli);
    return {
      site,
      realServers: members,
      healthyServers,
      ...chain,
      capacityMilli: trustedMilli(standing.freshness, { ...chain, milliConnections: left }),
      standing,
    };
  };
}

/** What its hold-down leaves of it; one that carries several services is held down by the worst of them, as it is one machine. */
function leftPerMille(seen: ObservedServer | undefined, names: ReadonlySet<string>): number {
  let left = 0;
  let isFirst = true;
  for (const { service, isHealthy, holdDownPerMille } of seen?.services ?? []) {
    if (!isHealthy || !names.has(service)) continue;
    left = isFirst ? Math.min(1_000, holdDownPerMille) : Math.min(left, holdDownPerMille);
    isFirst = false;
  }
  return left;
}

function part(milli: number, perMille: number): number {
  return Math.floor((milli * perMille) / 1_000);
}
