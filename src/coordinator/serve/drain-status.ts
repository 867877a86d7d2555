/** How far the drains are that somebody ordered, by what the directors say is in their tables. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { DestinationReport } from '../../domain/report.ts';
import type { DrainStatus } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { byName } from '../../plan/order.ts';
import { isEligible } from '../../plan/placement-policy.ts';
import { rememberedSteps } from '../../plan/remembered.ts';
import { selectedIn } from '../../plan/selecting.ts';
import { underOrders } from '../../plan/selection.ts';

const destinationsAStep = 1_000;

/** The world's overrides are those in force. Yields between services. */
export function* drainsOf(world: World, agents: Pick<AgentWords, 'find'>): Steps<DrainStatus[]> {
  const reports = world.directors.flatMap(({ name }) => {
    const record = agents.find('director', name);
    return record?.isConnected === true ? [record.report] : [];
  });
  const drains: DrainStatus[] = [];
  const selected = selectedIn(world);
  yield;
  for (const service of byName(world.services)) {
    yield;
    const drained = (selected.get(service.name) ?? []).filter(
      (one) => !isEligible(underOrders(world, service, one)),
    );
    if (drained.length === 0) continue;
    const told: ByRealServer[] = [];
    for (const report of reports) {
      const own = (yield* destinationsOf(report)).get(service.name);
      if (own !== undefined) told.push(own);
    }
    for (const { name } of byName(drained)) drains.push(drainOf(service.name, name, told));
  }
  return drains;
}

/** What a director has told of one service. */
type ByRealServer = ReadonlyMap<string, DestinationReport>;

function drainOf(service: string, realServer: string, reports: readonly ByRealServer[]): DrainStatus {
  const told = reports.flatMap((report) => report.get(realServer) ?? []);
  const present = told.filter(({ weight }) => weight >= 0);
  const connections = present.reduce((sum, { activeConnections }) => sum + activeConnections, 0);
  const state = present.length > 0 ? 'draining' : told.length > 0 ? 'drained' : 'unknown';
  return { service, realServer, state, connections };
}

/** By service, then by real server. Only where something drains are reports looked up like this. */
const destinationsOf = rememberedSteps(function* ({
  destinations,
}: AgentReport): Steps<ReadonlyMap<string, ByRealServer>> {
  const found = new Map<string, Map<string, DestinationReport>>();
  for (const [index, destination] of destinations.entries()) {
    if (index % destinationsAStep === 0) yield;
    const own = found.get(destination.service);
    if (own === undefined) found.set(destination.service, new Map([[destination.realServer, destination]]));
    else own.set(destination.realServer, destination);
  }
  return found;
});
