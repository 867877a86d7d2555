/** What `causeway status` shows, from the members and what their agents last said. */
import type { Member } from '../domain/member.ts';
import type { AgentStatus, Status, UnsupervisedServer } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { compareBySiteAndName, compareText } from '../plan/order.ts';
import type { AgentRecords } from './agent-record.ts';
import { drainsOf } from './drain-status.ts';
import { serviceStatuses } from './service-status.ts';

export interface StatusInput {
  /** Its overrides are those in force. */
  readonly world: World;
  readonly agents: Pick<AgentRecords, 'find' | 'connected'>;
  readonly unsupervised: readonly UnsupervisedServer[];
  readonly monotonicMs: number;
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
  return {
    revision,
    coordinator,
    startedMs,
    agents: members.map((member) => agentStatus(member, input)),
    services: serviceStatuses(input),
    drains: drainsOf(world, input.agents),
    unsupervised: input.unsupervised,
    latency: world.latency.toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
  };
}

function agentStatus(member: Member, { world, agents, monotonicMs }: StatusInput): AgentStatus {
  const { role, name, site, address } = member;
  const record = agents.find(role, name);
  const reportedAtMs = Number.isFinite(record?.reportedAtMs) ? record?.reportedAtMs : undefined;
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
    ...(record?.report.fault === undefined ? {} : { fault: record.report.fault }),
    ...(reportedAtMs === undefined ? {} : { reportAgeMs: Math.max(0, monotonicMs - reportedAtMs) }),
  };
}
