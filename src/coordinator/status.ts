/** What `causeway status` shows, from the members and what their agents last said. */
import type { Member } from '../domain/member.ts';
import type { Service } from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import type { AgentStatus, ServiceStatus, Status } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { byName, compareBySiteAndName, compareText } from '../plan/order.ts';
import { selects } from '../plan/selection.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { drainsOf } from './drain-status.ts';

export interface StatusInput {
  /** Its overrides are those in force. */
  readonly world: World;
  readonly agents: Pick<AgentRecords, 'find'>;
  readonly revision: number;
  readonly coordinator: string;
  readonly startedMs: number;
}

export function statusOf(input: StatusInput): Status {
  const { world, revision, coordinator, startedMs } = input;
  const members = [
    ...world.directors.toSorted(compareBySiteAndName),
    ...world.realServers.toSorted(compareBySiteAndName),
  ];
  const up = pathsUp(input);
  return {
    revision,
    coordinator,
    startedMs,
    agents: members.map((member) => agentStatus(member, input)),
    services: byName(world.services).map((service) => serviceStatus(service, input, up)),
    drains: drainsOf(world, input.agents),
    latency: world.latency.toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
  };
}

function agentStatus(member: Member, { world, agents }: StatusInput): AgentStatus {
  const { role, name, site, address } = member;
  const record = agents.find(role, name);
  const declared = world.sites.some((one) => one.name === site);
  const undeclared = declared ? '' : `its site ${site} is not declared: apply a Site of that name`;
  return {
    role,
    name,
    site,
    address,
    connected: record?.stream !== undefined,
    lastSeenMs: record?.lastSeenMs ?? 0,
    wantedVersion: record?.wanted?.version ?? 0,
    appliedVersion: record?.applied.version ?? 0,
    refusal: record?.refusal || undeclared,
    paths: record?.report.paths ?? [],
    destinations: record?.report.destinations ?? [],
    applications: record?.report.applications ?? [],
    load: record?.report.load,
    troubles: record?.report.troubles ?? [],
    held: record?.report.held ?? '',
  };
}

interface Paths {
  /** Some connected director reaches it. */
  readonly up: ReadonlySet<string>;
  /** Some connected director says anything about it. */
  readonly judged: ReadonlySet<string>;
}

function pathsUp({ world, agents }: StatusInput): Paths {
  const up = new Set<string>();
  const judged = new Set<string>();
  for (const { name } of world.directors) {
    const record = agents.find('director', name);
    if (record?.stream === undefined) continue;
    for (const { realServer, state } of record.report.paths) {
      if (state !== 'unknown') judged.add(realServer);
      if (state === 'up') up.add(realServer);
    }
  }
  return { up, judged };
}

function serviceStatus(service: Service, { world, agents }: StatusInput, paths: Paths): ServiceStatus {
  const selected = world.realServers.filter((realServer) => selects(service, realServer));
  const healthy = selected.filter(({ name }) =>
    isHealthy(agents.find('realserver', name), name, service, paths),
  );
  return {
    name: service.name,
    vips: service.vips,
    ports: service.ports.map(portText),
    realServers: selected.length,
    healthy: healthy.length,
    withdrawnAt: [...(world.withdrawals.get(service.name)?.keys() ?? [])].toSorted(compareText),
  };
}

/** Its own check passes and a director reaches it; where no director has a say, that it is connected must do. */
function isHealthy(record: AgentRecord | undefined, name: string, service: Service, paths: Paths): boolean {
  const own = record?.report.applications.find((application) => application.service === service.name);
  if (own?.verdict !== 'healthy') return false;
  return paths.judged.has(name) ? paths.up.has(name) : record?.stream !== undefined;
}
