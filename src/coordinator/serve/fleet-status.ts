/** What `causeway status` shows, from the members and what their agents last said. */
import type { Member } from '../../domain/member.ts';
import type { PathReport } from '../../domain/report.ts';
import type { AgentStatus, Status, UnsupervisedServer } from '../../domain/status.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { lackOfRanges } from '../../plan/check-ranges.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { createFindingsBudget } from '../../plan/observe/findings-budget.ts';
import { returnPathStatuses } from '../../plan/observe/return-path-status.ts';
import { returnPathWords } from '../../plan/observe/witnesses.ts';
import { byName, compareText } from '../../plan/order.ts';
import { siteNames } from '../../plan/world-index.ts';
import { drainsOf } from './drain-status.ts';
import { serviceStatuses } from './service-status.ts';

export interface StatusInput {
  /** Its overrides are those in force. */
  readonly world: World;
  /** As they are now: they do not change while the status is made. */
  readonly agents: AgentWords;
  readonly unsupervised: readonly UnsupervisedServer[];
  readonly monotonicMs: number;
  readonly revision: number;
  readonly coordinator: string;
  readonly startedMs: number;
  readonly troubles: readonly string[];
  /** Only what needs attention is told of paths and applications, and nothing of destinations. */
  readonly isSummary: boolean;
  /** What agents found on their hosts is told as well. */
  readonly withExaminations?: boolean;
}

/** Of more paths and destinations than this nobody is told one by one: their number grows with directors times real servers. */
const mostDetails = 200_000;
/** Of one director. */
const mostPaths = 1_000;
const agentsAStep = 100;
/** Characters of reasons and troubles in all: beyond this an answer would be too large to be sent, and nobody reads it. */
const textBudget = 4_000_000;
const leftOutText = 'left out: there is too much to tell';

/** Yields between agents and services. */
export function* statusOf(input: StatusInput): Steps<Status> {
  const { world, agents, revision, coordinator, startedMs } = input;
  const leftOut = new Map((world.leftOut ?? []).map(({ member, reason }) => [member, reason]));
  yield;
  const members = yield* sortedMembers([...world.directors, ...world.realServers, ...leftOut.keys()]);
  const isSummary = input.isSummary || detailsOf(input) > mostDetails;
  const explained = new Set(input.unsupervised.map(({ realServer }) => realServer));
  const statuses: AgentStatus[] = [];
  const withinBudget = createBudget(textBudget);
  for (const [index, member] of members.entries()) {
    const status = withinBudget(agentStatus(member, leftOut.get(member), input));
    statuses.push(isSummary ? summarised(status, explained) : status);
    if (index % agentsAStep === 0) yield;
  }
  const services = yield* serviceStatuses(input);
  const drains = yield* drainsOf(world, agents);
  const returnPaths = yield* returnPathStatuses(world, returnPathWords(agents, input.monotonicMs));
  return {
    revision,
    coordinator,
    startedMs,
    troubles: input.troubles,
    agents: statuses,
    services,
    drains,
    unsupervised: input.unsupervised,
    latency: world.latency.toSorted((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
    returnPaths,
    isSummary,
  };
}

/** By role, site and name; site by site, as sorting all of them takes as long as a slice. */
function* sortedMembers(members: readonly Member[]): Steps<Member[]> {
  const sorted: Member[] = [];
  const groups = [...Map.groupBy(members, ({ role, site }) => `${role} ${site}`)];
  yield;
  for (const [, own] of groups.toSorted(([, [a]], [, [b]]) => compareRoleAndSite(a, b))) {
    for (const member of byName(own)) sorted.push(member);
    yield;
  }
  return sorted;
}

function compareRoleAndSite(a: Member | undefined, b: Member | undefined): number {
  return compareText(a?.role ?? '', b?.role ?? '') || compareText(a?.site ?? '', b?.site ?? '');
}

/** Texts as they are until so many characters are spent; of findings so many for what fails, and for what else. */
function createBudget(characters: number): (agent: AgentStatus) => AgentStatus {
  let left = characters;
  const found = createFindingsBudget(characters);
  const told = (text: string): string => {
    left -= text.length;
    return left >= 0 || text === '' ? text : leftOutText;
  };
  return (agent) => ({
    ...agent,
    refusal: told(agent.refusal),
    troubles: agent.troubles.map(told),
    ...(agent.examination === undefined ? {} : { examination: found(agent.examination) }),
    applications: agent.applications.map((one) =>
      one.reason === '' ? one : { ...one, reason: told(one.reason) },
    ),
  });
}

function detailsOf({ world, agents }: StatusInput): number {
  return world.directors.reduce((sum, { name }) => {
    const report = agents.find('director', name)?.report;
    return sum + (report?.paths.length ?? 0) + (report?.destinations.length ?? 0);
  }, 0);
}

function summarised(status: AgentStatus, explained: ReadonlySet<string>): AgentStatus {
  const paths = status.paths.filter((path) => needsAttention(path, explained));
  return {
    ...status,
    paths: paths.slice(0, mostPaths),
    pathsLeftOut: Math.max(0, paths.length - mostPaths),
    destinations: [],
    applications: status.applications.filter(
      ({ verdict, failing }) => verdict === 'unhealthy' || failing !== undefined,
    ),
  };
}

/** An absent agent that the list of the unsupervised explains is told there. */
function needsAttention(
  { realServer, state, agent, knock, lostVips }: PathReport,
  explained: ReadonlySet<string>,
) {
  if (state !== 'up') return state !== 'unknown';
  if (lostVips !== undefined) return true;
  if (knock === 'unanswered' || knock === 'proxied') return true;
  return agent === 'absent' && !explained.has(realServer);
}

function agentStatus(
  member: Member,
  leftOut: string | undefined,
  { world, agents, monotonicMs, withExaminations = false }: StatusInput,
): AgentStatus {
  const { role, name, site, address } = member;
  const record = agents.find(role, name);
  const examination = record?.report.examination;
  const reportedAtMs = Number.isFinite(record?.reportedAtMs) ? record?.reportedAtMs : undefined;
  const declared = siteNames(world).has(site);
  const undeclared = declared ? '' : `its site ${site} is not declared: apply a Site of that name`;
  const lack = lackOfRanges(world, member);
  const outside = leftOut === undefined ? undeclared : `it takes no part: ${leftOut}`;
  return {
    role,
    name,
    site,
    address,
    connected: record?.isConnected === true,
    lastSeenMs: record?.lastSeenMs ?? 0,
    wantedVersion: record?.wanted?.version ?? 0,
    appliedVersion: record?.applied.version ?? 0,
    refusal: record?.refusal || outside,
    paths: record?.report.paths ?? [],
    pathsLeftOut: 0,
    destinations: record?.report.destinations ?? [],
    applications: record?.report.applications ?? [],
    load: record?.report.load,
    troubles: [...(record?.report.troubles ?? []), ...(lack === undefined ? [] : [lack])],
    held: record?.report.held ?? '',
    ...(record?.report.fault === undefined ? {} : { fault: record.report.fault }),
    ...(withExaminations && examination !== undefined ? { examination } : {}),
    ...(reportedAtMs === undefined ? {} : { reportAgeMs: Math.max(0, monotonicMs - reportedAtMs) }),
  };
}
