/** A digest by its agents: of each, in one piece, how it stands and what it reported. */
import { type AgentReport, emptyReport } from './agent-message.ts';
import type { AgentStanding, SiteDigest } from './digest.ts';

export interface DigestAgent
  extends Omit<
    AgentStanding,
    'troubles' | 'held' | 'fault' | 'idleVips' | 'choices' | 'returnPaths' | 'examination'
  > {
  readonly report: AgentReport;
}

export type DigestHead = Pick<SiteDigest, 'coordinator' | 'site' | 'takenAtMs' | 'publishedRevision'>;

export interface DigestByAgents {
  readonly head: DigestHead;
  readonly agents: readonly DigestAgent[];
  readonly rtt: SiteDigest['rtt'];
  readonly collected?: SiteDigest['collected'];
}

export function byAgents(digest: SiteDigest): DigestByAgents {
  const { coordinator, site, takenAtMs, publishedRevision, rtt, collected } = digest;
  return {
    head: { coordinator, site, takenAtMs, publishedRevision },
    agents: agentsOf(digest),
    rtt,
    ...(collected === undefined ? {} : { collected }),
  };
}

export function agentsOf(
  digest: Pick<SiteDigest, 'agents' | 'demands' | 'servers' | 'paths'>,
): DigestAgent[] {
  const demands = new Map(digest.demands.map((one) => [one.director, one.destinations]));
  const paths = new Map(digest.paths.map((one) => [one.director, one.paths]));
  const servers = new Map(digest.servers.map((one) => [one.realServer, one]));
  return digest.agents.map(
    ({ troubles, held, fault, idleVips, choices, returnPaths, examination, ...standing }) => {
      const { role, name } = standing;
      const server = role === 'realserver' ? servers.get(name) : undefined;
      return {
        ...standing,
        report: {
          ...emptyReport,
          troubles,
          held,
          ...(fault === undefined ? {} : { fault }),
          ...(idleVips === undefined ? {} : { idleVips }),
          ...(choices === undefined ? {} : { choices }),
          ...(returnPaths === undefined ? {} : { returnPaths }),
          ...(examination === undefined ? {} : { examination }),
          ...(role === 'director'
            ? { destinations: demands.get(name) ?? [], paths: paths.get(name) ?? [] }
            : { applications: server?.applications ?? [], load: server?.load }),
        },
      };
    },
  );
}

/** In the order of the agents. Who has measured nothing stands among the agents alone. */
export function digestOfAgents({ head, agents, rtt, collected }: DigestByAgents): SiteDigest {
  const directors = agents.filter(({ role }) => role === 'director');
  return {
    ...head,
    agents: agents.map(standing),
    demands: directors
      .filter(({ report }) => report.destinations.length > 0)
      .map(({ name, report }) => ({ director: name, destinations: report.destinations })),
    servers: agents
      .filter(({ role, report }) => role === 'realserver' && hasOwnWord(report))
      .map(({ name, report }) => ({
        realServer: name,
        applications: report.applications,
        load: report.load,
      })),
    paths: directors
      .filter(({ report }) => report.paths.length > 0)
      .map(({ name, report }) => ({ director: name, paths: report.paths })),
    rtt,
    ...(collected === undefined ? {} : { collected }),
  };
}

function standing({ report, ...agent }: DigestAgent): AgentStanding {
  const { troubles, held, fault, idleVips, choices, returnPaths, examination } = report;
  return {
    ...agent,
    troubles,
    held,
    ...(fault === undefined ? {} : { fault }),
    ...(idleVips === undefined ? {} : { idleVips }),
    ...(choices === undefined ? {} : { choices }),
    ...(returnPaths === undefined ? {} : { returnPaths }),
    ...(examination === undefined ? {} : { examination }),
  };
}

function hasOwnWord({ applications, load }: AgentReport): boolean {
  return applications.length > 0 || load !== undefined;
}
