/** The state of the whole as a page of text: what needs attention, agents, services, latency. */
import type { AgentStatus, ServiceStatus, Status } from '../domain/status.ts';
import { age } from './age.ts';
import { singleLine, table } from './table.ts';

/** `nowMs`: milliseconds since the epoch, for ages. */
export function statusText(status: Status, nowMs: number): string {
  const { coordinator, revision, startedMs } = status;
  const parts = [`Coordinator ${coordinator}, up for ${age(nowMs - startedMs)}, revision ${revision}\n`];
  const attention = [
    ...status.agents.flatMap((agent) => attentionOf(agent, nowMs)),
    ...status.services.flatMap(withdrawnLine),
  ];
  if (attention.length > 0)
    parts.push(`Needs attention:\n${attention.map((line) => `  ${singleLine(line)}\n`).join('')}`);
  parts.push(status.agents.length === 0 ? 'No agent has connected yet.\n' : agentTable(status.agents, nowMs));
  parts.push(status.services.length === 0 ? 'No service is declared.\n' : serviceTable(status));
  if (status.drains.length > 0) parts.push(drainTable(status));
  if (status.latency.length > 0) parts.push(latencyTable(status));
  return parts.join('\n');
}

function attentionOf(agent: AgentStatus, nowMs: number): string[] {
  const who = `${agent.role} ${agent.name}`;
  const lines: string[] = [];
  if (!agent.connected) lines.push(`${who}: not connected, last seen ${age(nowMs - agent.lastSeenMs)} ago`);
  if (agent.refusal !== '') lines.push(`${who}: refuses version ${agent.wantedVersion}: ${agent.refusal}`);
  for (const { service, verdict, sinceMs, reason } of agent.applications) {
    if (verdict !== 'unhealthy') continue;
    lines.push(
      `${who}: ${service} unhealthy for ${age(nowMs - sinceMs)}${reason === '' ? '' : `: ${reason}`}`,
    );
  }
  for (const { realServer, state, sinceMs } of agent.paths) {
    if (state === 'down' || state === 'gone')
      lines.push(`${who}: path to ${realServer} ${state} for ${age(nowMs - sinceMs)}`);
  }
  return lines;
}

function withdrawnLine({ name, withdrawnAt }: ServiceStatus): string[] {
  if (withdrawnAt.length === 0) return [];
  return [`service ${name}: withdrawn at ${withdrawnAt.join(', ')}, where too little of it is usable`];
}

function agentTable(agents: readonly AgentStatus[], nowMs: number): string {
  const rows = agents.map((agent) => [
    agent.name,
    agent.role,
    agent.site,
    agent.address,
    agent.connected ? 'connected' : `lost ${age(nowMs - agent.lastSeenMs)} ago`,
    agent.refusal !== '' ? 'refused' : agent.appliedVersion === agent.wantedVersion ? 'applied' : 'pending',
    String(agent.wantedVersion),
    String(agent.appliedVersion),
  ]);
  return table(['agent', 'role', 'site', 'address', 'connection', 'state', 'wanted', 'applied'], rows);
}

function serviceTable(status: Status): string {
  const rows = status.services.map(({ name, vips, ports, healthy, realServers }) => [
    name,
    vips.join(','),
    ports.join(','),
    `${healthy}/${realServers}`,
  ]);
  return table(['service', 'vips', 'ports', 'healthy'], rows);
}

function drainTable({ drains }: Status): string {
  const rows = drains.map(({ service, realServer, state, connections }) => [
    realServer,
    service,
    state,
    state === 'draining' ? String(connections) : '',
  ]);
  return table(['ordered drained', 'of service', 'state', 'connections'], rows);
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
