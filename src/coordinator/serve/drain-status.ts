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
import { claims, directorsBySite, isDirectorDrained, underOrders } from '../../plan/selection.ts';

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
  const directors = yield* drainedDirectors(world, agents);
  if (drains.length === 0) return directors;
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
  return [...drains.map(statusOf), ...directors];
}

/** Each of its services by itself: they need not all be drained. Who moved to another director is forgotten when the kernel's time is over. */
function* drainedDirectors(world: World, agents: Pick<AgentWords, 'find'>): Steps<DrainStatus[]> {
  const drains: DrainStatus[] = [];
  for (const [site, directors] of directorsBySite(world)) {
    for (const director of directors) {
      const services = world.services.filter(
        (service) => claims(service, site) && isDirectorDrained(world, director, service.name),
      );
      if (services.length === 0) continue;
      const record = agents.find('director', director.name);
      const isTold = record?.isConnected === true;
      const connections = new Map<string, number>();
      for (const [index, one] of (isTold ? record.report.destinations : []).entries()) {
        if (index % destinationsAStep === 0) yield;
        connections.set(one.service, (connections.get(one.service) ?? 0) + one.activeConnections);
      }
      for (const { name: service } of byName(services)) {
        const count = connections.get(service) ?? 0;
        const state = !isTold ? 'unknown' : count > 0 ? 'draining' : 'drained';
        drains.push({ service, realServer: '', director: director.name, state, connections: count });
      }
      yield;
    }
  }
  return drains;
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
