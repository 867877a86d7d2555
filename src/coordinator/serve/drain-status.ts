/** How far the drains are that somebody ordered, by what the directors say is in their tables. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { DestinationReport } from '../../domain/report.ts';
import type { DrainStatus } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { byName } from '../../plan/order.ts';
import { isEligible } from '../../plan/placement-policy.ts';
import { selectedIn } from '../../plan/selecting.ts';
import { underOrders } from '../../plan/selection.ts';

const destinationsAStep = 5_000;

/**
 * The world's overrides are those in force. By service, then by real server. Yields between services, and between what directors say:
 * each report is gone through once, and nothing is made of what does not drain.
 */
export function* drainsOf(world: World, agents: Pick<AgentWords, 'find'>): Steps<DrainStatus[]> {
  const drains: Drain[] = [];
  const selected = selectedIn(world);
  yield;
  for (const service of byName(world.services)) {
    yield;
    const drained = (selected.get(service.name) ?? []).filter(
      (one) => !isEligible(underOrders(world, service, one)),
    );
    for (const { name } of byName(drained))
      drains.push({
        service: service.name,
        realServer: name,
        isTold: false,
        isPresent: false,
        connections: 0,
      });
  }
  if (drains.length === 0) return [];
  const known = new Map<string, Map<string, Drain>>();
  for (const drain of drains) {
    const own = known.get(drain.realServer);
    if (own === undefined) known.set(drain.realServer, new Map([[drain.service, drain]]));
    else own.set(drain.service, drain);
  }
  for (const { name } of world.directors) {
    const record = agents.find('director', name);
    if (record?.isConnected === true) yield* tell(known, record.report);
  }
  return drains.map(statusOf);
}

interface Drain extends Pick<DrainStatus, 'service' | 'realServer'> {
  isTold: boolean;
  /** In the table of one director at least. */
  isPresent: boolean;
  connections: number;
}

/** By real server, then by service. Nobody counts twice, however often a report names him. */
function* tell(
  known: ReadonlyMap<string, ReadonlyMap<string, Drain>>,
  { destinations }: Pick<AgentReport, 'destinations'>,
): Steps<void> {
  const told = new Map<Drain, DestinationReport>();
  for (const [index, destination] of destinations.entries()) {
    if (index % destinationsAStep === 0) yield;
    const drain = known.get(destination.realServer)?.get(destination.service);
    if (drain !== undefined) told.set(drain, destination);
  }
  for (const [drain, { weight, activeConnections }] of told) {
    drain.isTold = true;
    if (weight < 0) continue;
    drain.isPresent = true;
    drain.connections += activeConnections;
  }
}

function statusOf({ service, realServer, isTold, isPresent, connections }: Drain): DrainStatus {
  return { service, realServer, state: isPresent ? 'draining' : isTold ? 'drained' : 'unknown', connections };
}
