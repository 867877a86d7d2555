/** What needs an operator's attention, a line each; what is said of many alike, in one. */
import type { ApplicationReport, KnockState, PathReport } from '../domain/report.ts';
import { roles } from '../domain/role.ts';
import type {
  AgentStatus,
  Disagreement,
  ReturnPathStatus,
  ServiceStatus,
  Status,
  UnsupervisedServer,
} from '../domain/status.ts';
import { lastWordForMs } from '../plan/health.ts';
import { handoverText } from '../plan/rollout.ts';
import { age } from './age.ts';

/** `nowMs`: milliseconds since the epoch, for ages. */
export function attentionLines(status: Status, nowMs: number): string[] {
  const {
    agents,
    services,
    unsupervised,
    coordinator,
    troubles,
    handovers = [],
    disagreements = [],
    returnPaths = [],
  } = status;
  const explained = new Set(unsupervised.map(({ realServer }) => realServer));
  const quiet = agents.filter(
    ({ role, name, connected }) => !connected && !(role === 'realserver' && explained.has(name)),
  );
  return [
    ...troubles.map((trouble) => `coordinator ${coordinator}: ${trouble}`),
    ...heldLines(agents),
    ...quietLines(quiet, nowMs),
    ...agents.flatMap((agent) => ownLines(agent, nowMs)),
    ...troubleLines(agents),
    ...unsupervisedLines(unsupervised, nowMs),
    ...agents.flatMap((agent) => [...unansweredLines(agent, explained), ...knockLines(agent)]),
    ...disagreements.map((one) => disagreementLine(one, nowMs)),
    ...handovers.map(handoverText),
    ...returnPathLines(returnPaths),
    ...services.flatMap(emptyLine),
    ...services.flatMap(withdrawnLine),
  ];
}

/** So many are told one by one; of more, the first of them by name. */
const mostSingly = 5;

function named(names: readonly string[]): string {
  const shown = names.slice(0, mostSingly).join(', ');
  return names.length > mostSingly ? `${shown}, …` : shown;
}

/** `3 real servers`. */
function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function whoIs({ role, name }: AgentStatus): string {
  return `${role} ${name}`;
}

function heldLines(agents: readonly AgentStatus[]): string[] {
  return agents.flatMap((agent) =>
    agent.held === '' || !agent.connected
      ? []
      : [`${whoIs(agent)}: suspects itself, and holds weights and deletions: ${agent.held}`],
  );
}

function quietLines(quiet: readonly AgentStatus[], nowMs: number): string[] {
  if (quiet.length <= mostSingly) {
    return quiet.map(
      (agent) => `${whoIs(agent)}: not connected, last seen ${age(nowMs - agent.lastSeenMs)} ago`,
    );
  }
  const lastSeenMs = Math.max(...quiet.map((agent) => agent.lastSeenMs));
  const names = named(quiet.map(({ name }) => name));
  return [
    `${quiet.length} agents not connected: ${names}: the last of them seen ${age(nowMs - lastSeenMs)} ago`,
  ];
}

/** What it said may not be so any more. */
export function isOld({ reportAgeMs }: AgentStatus): boolean {
  return reportAgeMs !== undefined && reportAgeMs > lastWordForMs;
}

function ownLines(agent: AgentStatus, nowMs: number): string[] {
  const asOf = isOld(agent) ? ` (as it said ${age(agent.reportAgeMs ?? 0)} ago)` : '';
  return linesOf(agent, nowMs).map((line) => `${line}${asOf}`);
}

function linesOf(agent: AgentStatus, nowMs: number): string[] {
  const who = whoIs(agent);
  const lines: string[] = [];
  if (agent.refusal !== '') lines.push(`${who}: refuses version ${agent.wantedVersion}: ${agent.refusal}`);
  for (const { service, verdict, sinceMs, reason, failing } of agent.applications) {
    if (verdict !== 'unhealthy') {
      if (failing !== undefined)
        lines.push(`${who}: ${service} fails in part: ${failingText(failing, nowMs)}`);
      continue;
    }
    lines.push(
      `${who}: ${service} unhealthy for ${age(nowMs - sinceMs)}${reason === '' ? '' : `: ${reason}`}`,
    );
  }
  return [
    ...lines,
    ...(['down', 'gone'] as const).flatMap((state) => lostLines(agent, state, nowMs)),
    ...lostVipLines(agent),
    ...leftOutLine(agent),
  ];
}

function failingText({ ends, count }: NonNullable<ApplicationReport['failing']>, nowMs: number): string {
  const shown = ends
    .slice(0, mostSingly)
    .map(
      ({ vip, port, protocol, sinceMs, reason }) =>
        `${port}/${protocol} at ${vip} for ${age(nowMs - sinceMs)}${reason === '' ? '' : ` (${reason})`}`,
    );
  const more = count - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** The host there lives: it is the VIP, or its family, that does not get through. */
function lostVipLines(agent: AgentStatus): string[] {
  const lost = agent.paths.flatMap(({ realServer, lostVips = [] }) =>
    lostVips.map((vip) => ({ realServer, vip })),
  );
  return [...Map.groupBy(lost, ({ vip }) => vip)].map(([vip, servers]) => {
    const names = named(servers.map(({ realServer }) => realServer));
    return `${whoIs(agent)}: ${vip} is not reached at ${counted(servers.length, 'real server')} whose other VIPs are: ${names}`;
  });
}

function lostLines(agent: AgentStatus, state: PathReport['state'], nowMs: number): string[] {
  const lost = agent.paths.filter((path) => path.state === state);
  const held = agent.held === '' ? '' : ' (held: its weights stay)';
  if (lost.length <= mostSingly) {
    return lost.map(
      ({ realServer, sinceMs }) =>
        `${whoIs(agent)}: path to ${realServer} ${state} for ${age(nowMs - sinceMs)}${held}`,
    );
  }
  const longestMs = Math.max(...lost.map(({ sinceMs }) => nowMs - sinceMs));
  const names = named(lost.map(({ realServer }) => realServer));
  return [
    `${whoIs(agent)}: paths to ${counted(lost.length, 'real server')} ${state}: ${names}: for ${age(longestMs)} at most${held}`,
  ];
}

function leftOutLine(agent: AgentStatus): string[] {
  const { pathsLeftOut = 0 } = agent;
  if (pathsLeftOut === 0) return [];
  return [`${whoIs(agent)}: ${counted(pathsLeftOut, 'more path')} in need of attention, not told here`];
}

/** What many hosts lack alike (a unit that is not installed) is one line. */
function troubleLines(agents: readonly AgentStatus[]): string[] {
  const told = agents
    .filter(({ connected }) => connected)
    .flatMap((agent) => agent.troubles.map((trouble) => ({ agent, trouble })));
  return [...Map.groupBy(told, ({ agent, trouble }) => `${agent.role} ${trouble}`).values()].flatMap(
    (alike) => {
      const [first] = alike;
      if (first === undefined) return [];
      if (alike.length <= mostSingly) return alike.map(({ agent, trouble }) => `${whoIs(agent)}: ${trouble}`);
      const who = roles[first.agent.role].title;
      const names = named(alike.map(({ agent }) => agent.name));
      return [`${counted(alike.length, who)} (${names}): ${first.trouble}`];
    },
  );
}

const reasonWords: Readonly<Record<UnsupervisedServer['reason'], string>> = {
  absent: 'no agent answers there; traffic goes on with the last verdicts',
  unanswering:
    'the agent there is connected here, but answers no director (is UDP 7483 let through?); traffic goes on with the last verdicts',
  unconnected: 'directors hear the agent there, but it is not connected here: load and settings stand still',
};

function unsupervisedLines(unsupervised: readonly UnsupervisedServer[], nowMs: number): string[] {
  return (['absent', 'unanswering', 'unconnected'] as const).flatMap((reason) => {
    const alike = unsupervised.filter((one) => one.reason === reason);
    if (alike.length === 0) return [];
    const since = alike.map(({ sinceMs }) => nowMs - sinceMs);
    const [least, most] = [age(Math.min(...since)), age(Math.max(...since))];
    const names = named(alike.map(({ realServer }) => realServer));
    const forHowLong = least === most ? `for ${most}` : `for ${least} to ${most}`;
    return [
      `${counted(alike.length, 'real server')} unsupervised ${forHowLong}: ${names}: ${reasonWords[reason]}`,
    ];
  });
}

/** Others hear them: then it is this director's way that takes no datagrams. */
function unansweredLines(agent: AgentStatus, explained: ReadonlySet<string>): string[] {
  const names = agent.paths
    .filter((path) => path.state === 'up' && path.agent === 'absent' && !explained.has(path.realServer))
    .map(({ realServer }) => realServer);
  if (names.length === 0) return [];
  return [
    `${whoIs(agent)}: ${counted(names.length, 'agent')} that others hear ${names.length === 1 ? 'does' : 'do'} not answer it: ${named(names)}: ` +
      'it goes by knocks and the last verdicts there (is UDP 7483 let through?)',
  ];
}

/** Where many VIPs of a site are refused alike, one line. */
function returnPathLines(paths: readonly ReturnPathStatus[]): string[] {
  const refuted = paths.filter(({ state }) => state === 'refuted' || state === 'partly');
  const alike = Map.groupBy(refuted, ({ site, refutedAt, unheardBy }) =>
    JSON.stringify([site, refutedAt, unheardBy]),
  );
  return [...alike.values()].flatMap((some) => {
    const [first] = some;
    if (first === undefined) return [];
    const { site, refutedAt, unheardBy } = first;
    const by =
      unheardBy.length === 0
        ? ''
        : `: ${named(unheardBy)} hear${unheardBy.length === 1 ? 's' : ''} the host itself, and nothing from there`;
    return [
      `site ${site}: what ${named(refutedAt)} send${refutedAt.length === 1 ? 's' : ''} from ${named(some.map(({ vip }) => vip))} does not get out${by} ` +
        '(a filter against foreign source addresses? docs/operating.md, return path)',
    ];
  });
}

const knockWords: Readonly<Record<Exclude<KnockState, 'works' | 'unknown'>, string>> = {
  unanswered: 'TCP 7483 and service ports through the tunnel are answered by nobody',
  proxied:
    'something on the way completes every TCP handshake, also to a closed port (7484): a knock proves nothing',
};

function knockLines(agent: AgentStatus): string[] {
  return (['unanswered', 'proxied'] as const).flatMap((knock) => {
    // Of a path that is down that is told already.
    const names = agent.paths
      .filter((path) => path.knock === knock && path.state === 'up')
      .map(({ realServer }) => realServer);
    if (names.length === 0) return [];
    return [
      `${counted(names.length, 'real server')}: ${named(names)}: ${knockWords[knock]}, so ${agent.name} decides by datagrams alone, slower (3 s)`,
    ];
  });
}

function disagreementLine(
  { service, site, directors, about, sinceMs, detail }: Disagreement,
  nowMs: number,
): string {
  const who = `service ${service}: directors ${directors.join(' and ')} of ${site}`;
  const since = `for ${age(nowMs - sinceMs)}`;
  if (about === 'order') {
    return `${who} have its real servers in another order ${since}: of connections that move from one to another, about one in 200 ends`;
  }
  const what =
    detail ??
    'their weights are the same, so it is scheduler, flags or settings: compare ipvsadm -Sn and sysctl net.ipv4.vs.sloppy_tcp there';
  return `${who} choose differently ${since}, so connections that move from one to another may end: ${what}`;
}

function withdrawnLine({ name, withdrawnAt }: ServiceStatus): string[] {
  if (withdrawnAt.length === 0) return [];
  return [`service ${name}: withdrawn at ${withdrawnAt.join(', ')}, where too little of it is usable`];
}

/** Declared before its servers, or by a mistake in its selector: nobody else would tell. */
function emptyLine({ name, realServers }: ServiceStatus): string[] {
  if (realServers > 0) return [];
  return [`service ${name}: no real server carries the labels of its selector: nobody serves it`];
}
