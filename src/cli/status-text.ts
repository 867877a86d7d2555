/** The state of the whole as a page of text: what needs attention, agents, services, latency. */
import { named } from '../domain/named.ts';
import type { AgentStatus, ReturnPathStatus, ServiceStatus, Status } from '../domain/status.ts';
import { age } from './age.ts';
import { attentionLines, isOld } from './attention.ts';
import { singleLine, table } from './table.ts';

const shownNames = 3;

/** `nowMs`: milliseconds since the epoch, for ages. */
export function statusText(status: Status, nowMs: number): string {
  const { coordinator, revision, startedMs } = status;
  const parts = [`Coordinator ${coordinator}, up for ${age(nowMs - startedMs)}, revision ${revision}\n`];
  if (status.parts !== undefined) parts.push(partsLine(status.parts));
  const attention = attentionLines(status, nowMs);
  if (attention.length > 0)
    parts.push(`Needs attention:\n${attention.map((line) => `  ${singleLine(line)}\n`).join('')}`);
  parts.push(status.agents.length === 0 ? 'No agent has connected yet.\n' : agentTable(status.agents, nowMs));
  parts.push(status.services.length === 0 ? 'No service is declared.\n' : serviceTable(status));
  if (status.drains.length > 0) parts.push(drainTable(status));
  if (status.returnPaths !== undefined) parts.push(returnPathTable(status.returnPaths));
  if (status.latency.length > 0) parts.push(latencyTable(status));
  return parts.join('\n');
}

/** Whose word is shown of agents that are connected elsewhere, and how old it is. */
function partsLine(told: NonNullable<Status['parts']>): string {
  const each = told.map(({ coordinator, site, ageMs }) => `${site} by ${coordinator}, ${age(ageMs)} ago`);
  return `Also told: ${each.join('; ')}\n`;
}

function agentTable(agents: readonly AgentStatus[], nowMs: number): string {
  const rows = agents.map((agent) => [
    agent.name,
    agent.role,
    agent.site,
    agent.address,
    connectionOf(agent, nowMs),
    stateOf(agent),
    String(agent.wantedVersion),
    String(agent.appliedVersion),
  ]);
  return table(['agent', 'role', 'site', 'address', 'connection', 'state', 'wanted', 'applied'], rows);
}

/** A stream that stands while nothing comes through it says nothing of the present. */
function connectionOf(agent: AgentStatus, nowMs: number): string {
  if (!agent.connected) return `lost ${age(nowMs - agent.lastSeenMs)} ago`;
  return isOld(agent) ? `silent for ${age(agent.reportAgeMs ?? 0)}` : 'connected';
}

/** `failing`: it took the version over, but its kernel or host is not so. */
function stateOf({ refusal, fault, appliedVersion, wantedVersion }: AgentStatus): string {
  if (refusal !== '') return 'refused';
  if (fault !== undefined) return 'failing';
  return appliedVersion === wantedVersion ? 'applied' : 'pending';
}

function serviceTable(status: Status): string {
  // Datagrams above it are lost, and no host can tell their senders as TCP's are told.
  const isUdp = status.services.some(({ udpBytes }) => udpBytes !== undefined);
  const rows = status.services.map(
    ({ name, vips, ports, healthy, realServers, unsupervised, partly, old, udpBytes = {} }) => [
      name,
      vips.join(','),
      ports.join(','),
      `${healthy}/${realServers}${partly === undefined ? '' : ` (${partly} partly)`}${oldText(old)}`,
      unsupervised === 0 ? '' : String(unsupervised),
      ...(isUdp ? [[...new Set(Object.values(udpBytes))].join(', ')] : []),
    ],
  );
  const head = ['service', 'vips', 'ports', 'healthy', 'unsupervised'];
  return table(isUdp ? [...head, 'udp up to'] : head, rows);
}

function oldText(old: ServiceStatus['old']): string {
  return old === undefined ? '' : `, ${old.count} by words ${age(old.ageMs)} old`;
}

function drainTable({ drains }: Status): string {
  const rows = drains.map(({ service, realServer, director, state, connections }) => [
    director === undefined ? realServer : `director ${director}`,
    service,
    state,
    state === 'draining' ? String(connections) : '',
  ]);
  return table(['ordered drained', 'of service', 'state', 'connections'], rows);
}

/** Of many VIPs alike, one row. */
function returnPathTable(paths: readonly ReturnPathStatus[]): string {
  const alike = Map.groupBy(paths, ({ site, state, refutedAt, unheardBy }) =>
    JSON.stringify([site, state, refutedAt, unheardBy]),
  );
  const rows = [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { site, state, refutedAt, refuted } = first;
    const names = refutedAt.slice(0, shownNames).join(', ');
    const more = refuted > shownNames ? `, … (${refuted})` : '';
    return [[site, named(some.map(({ vip }) => vip)), state, `${names}${more}`]];
  });
  return table(['return path from', 'vips', 'state', 'not heard'], rows);
}

/** Median round trips in ms: from the row's site to the column's; with the loss where there is any. */
function latencyTable({ latency }: Status): string {
  const sites = [...new Set(latency.flatMap(({ from, to }) => [from, to]))].sort();
  const cells = new Map(
    latency.map(({ from, to, p50Us, loss }) => {
      const lost = loss > 0 ? ` (${(loss * 100).toFixed(1)}% lost)` : '';
      return [JSON.stringify([from, to]), `${(p50Us / 1000).toFixed(1)}${lost}`];
    }),
  );
  const rows = sites.map((from) => [from, ...sites.map((to) => cells.get(JSON.stringify([from, to])) ?? '')]);
  return table(['rtt p50, ms', ...sites], rows);
}
