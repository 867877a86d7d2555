/** The state of the whole as a page of text: what needs attention, agents, services, latency. */
import type { AgentStatus, Status } from '../domain/status.ts';
import { age } from './age.ts';
import { attentionLines } from './attention.ts';
import { singleLine, table } from './table.ts';

/** `nowMs`: milliseconds since the epoch, for ages. */
export function statusText(status: Status, nowMs: number): string {
  const { coordinator, revision, startedMs } = status;
  const parts = [`Coordinator ${coordinator}, up for ${age(nowMs - startedMs)}, revision ${revision}\n`];
  const attention = attentionLines(status, nowMs);
  if (attention.length > 0)
    parts.push(`Needs attention:\n${attention.map((line) => `  ${singleLine(line)}\n`).join('')}`);
  parts.push(status.agents.length === 0 ? 'No agent has connected yet.\n' : agentTable(status.agents, nowMs));
  parts.push(status.services.length === 0 ? 'No service is declared.\n' : serviceTable(status));
  if (status.drains.length > 0) parts.push(drainTable(status));
  if (status.latency.length > 0) parts.push(latencyTable(status));
  return parts.join('\n');
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
  const rows = status.services.map(({ name, vips, ports, healthy, realServers, unsupervised }) => [
    name,
    vips.join(','),
    ports.join(','),
    `${healthy}/${realServers}`,
    unsupervised === 0 ? '' : String(unsupervised),
  ]);
  return table(['service', 'vips', 'ports', 'healthy', 'unsupervised'], rows);
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
