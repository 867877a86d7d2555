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
  readonly troubles: readonly string[];
}

/** Characters of reasons and troubles in all: beyond this an answer would be too large to be sent, and nobody reads it. */
const textBudget = 4_000_000;
const leftOutText = 'left out: there is too much to tell';

export function statusOf(input: StatusInput): Status {
  const { world, revision, coordinator, startedMs } = input;
  const leftOut = new Map((world.leftOut ?? []).map(({ member, reason }) => [member, reason]));
  const members = [...world.directors, ...world.realServers, ...leftOut.keys()].toSorted(
    (a, b) => compareText(a.role, b.role) || compareBySiteAndName(a, b),
  );
  return {
    revision,
    coordinator,
    startedMs,
    troubles: input.troubles,
    agents: withinBudget(members.map((member) => agentStatus(member, leftOut.get(member), input))),
    services: serviceStatuses(input),
    drains: drainsOf(world, input.agents),
    unsupervised: input.unsupervised,
    latency: world.latency.toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
  };
}

function withinBudget(agents: readonly AgentStatus[]): readonly AgentStatus[] {
  let left = textBudget;
  const told = (text: string): string => {
    left -= text.length;
    return left >= 0 || text === '' ? text : leftOutText;
  };
  return agents.map((agent) => ({
    ...agent,
    refusal: told(agent.refusal),
    troubles: agent.troubles.map(told),
    applications: agent.applications.map((one) =>
      one.reason === '' ? one : { ...one, reason: told(one.reason) },
    ),
  }));
}

function agentStatus(
  member: Member,
  leftOut: string | undefined,
  { world, agents }: StatusInput,
): AgentStatus {
  const { role, name, site, address } = member;
  const record = agents.find(role, name);
  const declared = world.sites.some((one) => one.name === site);
  const undeclared = declared ? '' : `its site ${site} is not declared: apply a Site of that name`;
  const outside = leftOut === undefined ? undeclared : `it takes no part: ${leftOut}`;
  return {
    role,
    name,
    site,
    address,
    connected: record?.stream !== undefined,
    lastSeenMs: record?.lastSeenMs ?? 0,
    wantedVersion: record?.wanted?.version ?? 0,
    appliedVersion: record?.applied.version ?? 0,
    refusal: record?.refusal || outside,
    paths: record?.report.paths ?? [],
    destinations: record?.report.destinations ?? [],
    applications: record?.report.applications ?? [],
    load: record?.report.load,
    troubles: record?.report.troubles ?? [],
    held: record?.report.held ?? '',
  };
}
