/** How far the drains are that somebody ordered, by what the directors say is in their tables. */
import type { DestinationReport } from '../domain/report.ts';
import type { DrainStatus } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { byName, compareText } from '../plan/order.ts';
import { isEligible } from '../plan/placement-policy.ts';
import { plannedRealServers, selects, underOrders } from '../plan/selection.ts';
import type { AgentRecords } from './agent-record.ts';

/** The world's overrides are those in force. */
export function drainsOf(world: World, agents: Pick<AgentRecords, 'find'>): DrainStatus[] {
  const realServers = plannedRealServers(world);
  return byName(world.services).flatMap((service) =>
    realServers
      .filter((one) => selects(service, one) && !isEligible(underOrders(world, service, one)))
      .map(({ name }) => drainOf(service.name, name, reportsOf(world, agents, service.name, name)))
      .toSorted((a, b) => compareText(a.realServer, b.realServer)),
  );
}

function drainOf(service: string, realServer: string, reports: readonly DestinationReport[]): DrainStatus {
  const present = reports.filter(({ weight }) => weight >= 0);
  const connections = present.reduce((sum, { activeConnections }) => sum + activeConnections, 0);
  const state = present.length > 0 ? 'draining' : reports.length > 0 ? 'drained' : 'unknown';
  return { service, realServer, state, connections };
}

/** Of connected directors. */
function reportsOf(
  { directors }: World,
  agents: Pick<AgentRecords, 'find'>,
  service: string,
  realServer: string,
): DestinationReport[] {
  return directors.flatMap(({ name }) => {
    const record = agents.find('director', name);
    if (record?.stream === undefined) return [];
    return record.report.destinations.filter(
      (one) => one.service === service && one.realServer === realServer,
    );
  });
}
