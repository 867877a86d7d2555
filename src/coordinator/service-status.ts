/** How a service stands: how many of its real servers are well, unsupervised, and where its VIPs are withdrawn. */
import type { AgentReport } from '../domain/agent-message.ts';
import type { AppVerdict } from '../domain/probe.ts';
import type { Service } from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import type { ServiceStatus, UnsupervisedServer } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { byName, compareText } from '../plan/order.ts';
import { selects } from '../plan/selection.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { applicationSeen } from './application-seen.ts';
import { carryingDestinations, lostPaths, pathsByName } from './path-states.ts';
import { currentForMs, lastWords, witnesses } from './witnesses.ts';

export interface ServiceStatusInput {
  readonly world: World;
  readonly agents: Pick<AgentRecords, 'find' | 'connected'>;
  readonly unsupervised: readonly UnsupervisedServer[];
  readonly monotonicMs: number;
}

export function serviceStatuses(input: ServiceStatusInput): ServiceStatus[] {
  const { world, agents, monotonicMs } = input;
  const now = witnesses(agents, monotonicMs).map(({ report }) => report);
  const last = lastWords(world.directors, agents, monotonicMs).map(({ report }) => report);
  const names = new Set(input.unsupervised.map(({ realServer }) => realServer));
  const isHealthy = (service: string, realServer: string): boolean => {
    const own = ownWord(agents.find('realserver', realServer), service, monotonicMs);
    const path = wayTo(realServer, now) ?? wayTo(realServer, last);
    // Where no director has a say, that it is connected must do.
    if (path === undefined) return own.isConnected && isServing(own.verdict);
    return path === 'up' && isWell(service, realServer, own, last);
  };
  return byName(world.services).map((service) => serviceStatus(service, world, isHealthy, names));
}

function serviceStatus(
  service: Service,
  world: World,
  isHealthy: (service: string, realServer: string) => boolean,
  unsupervised: ReadonlySet<string>,
): ServiceStatus {
  const selected = world.realServers.filter((realServer) => selects(service, realServer));
  return {
    name: service.name,
    vips: service.vips,
    ports: service.ports.map(portText),
    realServers: selected.length,
    healthy: selected.filter(({ name }) => isHealthy(service.name, name)).length,
    withdrawnAt: [...(world.withdrawals.get(service.name)?.keys() ?? [])].toSorted(compareText),
    unsupervised: selected.filter(({ name }) => unsupervised.has(name)).length,
  };
}

interface OwnWord {
  readonly isConnected: boolean;
  readonly isCurrent: boolean;
  /** The last it has said, however old. */
  readonly verdict: AppVerdict;
}

function ownWord(record: AgentRecord | undefined, service: string, nowMs: number): OwnWord {
  const isConnected = record?.stream !== undefined;
  const found = record?.report.applications.find((one) => one.service === service);
  const isCurrent = isConnected && nowMs - record.reportedAtMs <= currentForMs;
  return { isConnected, isCurrent, verdict: found?.verdict ?? 'unknown' };
}

/** One director that reaches it is enough; undefined where none has a say. */
function wayTo(realServer: string, reports: readonly AgentReport[]): 'up' | 'lost' | undefined {
  if (reports.some((report) => pathsByName(report).get(realServer)?.state === 'up')) return 'up';
  return reports.some((report) => lostPaths(report).has(realServer)) ? 'lost' : undefined;
}

/**
 * By its own check, while its agent is heard; then by what directors find there, or have found; then by its own last verdict,
 * which stands; and where this coordinator has never heard one, by whether a director's kernel sends there.
 */
function isWell(service: string, realServer: string, own: OwnWord, reports: readonly AgentReport[]): boolean {
  if (own.isCurrent && own.verdict !== 'unknown') return isServing(own.verdict);
  const seen = applicationSeen(reports, service, realServer, true);
  if (seen !== 'unknown') return seen === 'healthy';
  if (own.verdict !== 'unknown') return isServing(own.verdict);
  return reports.some((report) => carryingDestinations(report).has(`${service} ${realServer}`));
}

function isServing(verdict: AppVerdict): boolean {
  return verdict === 'healthy' || verdict === 'unchecked';
}
