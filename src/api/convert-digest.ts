/** Digests between coordinators: on the wire by agent, with the report that it sent. */
import { emptyReport } from '../domain/agent-message.ts';
import type { AgentStanding, SiteDigest } from '../domain/digest.ts';
import { agentRoles } from '../domain/role.ts';
import { reportFromWire, reportToWire, sayable } from './convert-report.ts';
import { createWordReader, unsigned } from './convert-words.ts';
import type { AgentDigest as WireAgent } from './gen/causeway/v1/AgentDigest.ts';
import type { RttSample as WireSample } from './gen/causeway/v1/RttSample.ts';
import type { SiteDigest__Output, SiteDigest as WireDigest } from './gen/causeway/v1/SiteDigest.ts';

/** One message is some MB at most: a director tells of every real server, a real server of itself. */
const weightOf = { director: 100, realserver: 1 } as const;
const weightAMessage = 1_000;

/** In parts, each small enough for one message; made one by one, as they are sent. */
export function* digestToWire(digest: SiteDigest): Generator<WireDigest> {
  const { coordinator, site, takenAtMs, publishedRevision } = digest;
  const head = { coordinator, site, takenAtMs: unsigned(takenAtMs), publishedRevision };
  const reports = reportsOf(digest);
  let agents: WireAgent[] = [];
  let weight = 0;
  let first = true;
  for (const agent of digest.agents) {
    if (weight > 0 && weight + weightOf[agent.role] > weightAMessage) {
      yield { ...head, agents, rtt: [], first, last: false };
      first = false;
      agents = [];
      weight = 0;
    }
    agents.push(agentToWire(agent, reports));
    weight += weightOf[agent.role];
  }
  const rtt = digest.rtt.map(
    (one): WireSample => ({
      ...one,
      p50Us: unsigned(one.p50Us),
      p90Us: unsigned(one.p90Us),
      answered: unsigned(one.answered),
    }),
  );
  yield { ...head, agents, rtt, first, last: true };
}

/** Of all parts of one. Throws `invalid` for words that it does not know. */
export function digestFromWire(parts: readonly SiteDigest__Output[]): SiteDigest {
  const words = createWordReader();
  const agents = parts.flatMap((part) => part.agents);
  const read = agents.map((wire) => {
    const role = words.word('agents.role', wire.role, agentRoles);
    return { wire, role, report: wire.report ? reportFromWire(wire.report, words) : emptyReport };
  });
  words.refuseProblems('read digest of', parts[0]?.site);
  const directors = read.filter(({ role }) => role === 'director');
  return {
    coordinator: parts[0]?.coordinator ?? '',
    site: parts[0]?.site ?? '',
    takenAtMs: parts[0]?.takenAtMs ?? 0,
    publishedRevision: parts[0]?.publishedRevision ?? 0,
    agents: read.map(({ wire, role, report }) => ({
      role,
      name: wire.name,
      isConnected: wire.connected,
      lastSeenMs: wire.lastSeenMs,
      reportAgeMs: wire.reportAgeMs,
      wantedVersion: wire.wantedVersion,
      applied: {
        version: wire.appliedVersion,
        checksum: wire.appliedChecksum,
        revision: wire.appliedRevision,
      },
      refusal: wire.refusal,
      troubles: report.troubles,
      held: report.held,
      ...(report.fault === undefined ? {} : { fault: report.fault }),
      ...(report.idleVips === undefined ? {} : { idleVips: report.idleVips }),
      ...(report.examination === undefined ? {} : { examination: report.examination }),
    })),
    demands: directors.map(({ wire, report }) => ({
      director: wire.name,
      destinations: report.destinations,
    })),
    servers: read
      .filter(({ role }) => role === 'realserver')
      .map(({ wire, report: { applications, load } }) => ({ realServer: wire.name, applications, load })),
    paths: directors.map(({ wire, report }) => ({ director: wire.name, paths: report.paths })),
    rtt: parts.flatMap((part) => part.rtt),
  };
}

interface Reports {
  readonly destinations: ReadonlyMap<string, SiteDigest['demands'][number]['destinations']>;
  readonly paths: ReadonlyMap<string, SiteDigest['paths'][number]['paths']>;
  readonly servers: ReadonlyMap<string, SiteDigest['servers'][number]>;
}

function reportsOf({ demands, paths, servers }: SiteDigest): Reports {
  return {
    destinations: new Map(demands.map((one) => [one.director, one.destinations])),
    paths: new Map(paths.map((one) => [one.director, one.paths])),
    servers: new Map(servers.map((one) => [one.realServer, one])),
  };
}

function agentToWire(agent: AgentStanding, reports: Reports): WireAgent {
  const { role, name, isConnected, lastSeenMs, reportAgeMs, wantedVersion, applied, refusal } = agent;
  const { troubles, held, fault, idleVips, examination } = agent;
  const server = role === 'realserver' ? reports.servers.get(name) : undefined;
  return {
    role,
    name,
    connected: isConnected,
    lastSeenMs: unsigned(lastSeenMs),
    ...(reportAgeMs === undefined ? {} : { reportAgeMs: unsigned(reportAgeMs) }),
    ...(wantedVersion === undefined ? {} : { wantedVersion }),
    appliedVersion: applied.version,
    appliedChecksum: applied.checksum,
    appliedRevision: applied.revision ?? 0,
    refusal: sayable(refusal),
    report: reportToWire({
      ...emptyReport,
      troubles,
      held,
      ...(fault === undefined ? {} : { fault }),
      ...(idleVips === undefined ? {} : { idleVips }),
      ...(examination === undefined ? {} : { examination }),
      ...(role === 'director'
        ? { destinations: reports.destinations.get(name) ?? [], paths: reports.paths.get(name) ?? [] }
        : { applications: server?.applications ?? [], load: server?.load }),
    }),
  };
}
