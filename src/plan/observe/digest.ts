/** What a site's agents have said, as one value; and what was said, out of such a value. */
import { emptyReport } from '../../domain/agent-message.ts';
import type { AgentStanding, RttSample, SiteDigest } from '../../domain/digest.ts';
import { compareText } from '../order.ts';
import type { AgentWord } from './agent-word.ts';
import { createFindingsBudget } from './findings-budget.ts';

export interface Taken {
  readonly coordinator: string;
  readonly site: string;
  /** The moment, since the epoch and on the clock that the words' reports are timed by. */
  readonly takenAtMs: number;
  readonly monotonicMs: number;
  readonly publishedRevision: number;
}

/** Characters: whoever decides goes by none of it, and it is told again and again. */
const findingsOfSite = 500_000;

/** In one order, whatever the order of the words. */
export function digestOf(
  { coordinator, site, takenAtMs, monotonicMs, publishedRevision }: Taken,
  words: readonly AgentWord[],
  rtt: readonly RttSample[],
): SiteDigest {
  const ordered = words.toSorted(byRoleAndName);
  const withinBudget = createFindingsBudget(findingsOfSite);
  const directors = ordered.filter(({ role }) => role === 'director');
  return {
    coordinator,
    site,
    takenAtMs,
    publishedRevision,
    agents: ordered.map((word) => standing(word, monotonicMs, withinBudget)),
    demands: directors
      .filter(({ report }) => report.destinations.length > 0)
      .map(({ name, report }) => ({ director: name, destinations: report.destinations })),
    servers: ordered
      .filter(({ role, report }) => role === 'realserver' && hasOwnWord(report))
      .map(({ name, report }) => ({
        realServer: name,
        applications: report.applications,
        load: report.load,
      })),
    paths: directors
      .filter(({ report }) => report.paths.length > 0)
      .map(({ name, report }) => ({ director: name, paths: report.paths })),
    rtt: rtt.toSorted(compareSamples),
  };
}

/** `ageMs`: since the digest was taken; `monotonicMs`: now, on the clock that reports will be timed by. */
export function wordsOf(
  digest: Pick<SiteDigest, 'agents' | 'demands' | 'servers' | 'paths'>,
  ageMs: number,
  monotonicMs: number,
): AgentWord[] {
  const demands = new Map(digest.demands.map((one) => [one.director, one.destinations]));
  const paths = new Map(digest.paths.map((one) => [one.director, one.paths]));
  const servers = new Map(digest.servers.map((one) => [one.realServer, one]));
  return digest.agents.map(({ role, name, reportAgeMs, wantedVersion, ...said }) => {
    const { isConnected, lastSeenMs, applied, refusal, troubles, held, fault, idleVips, examination } = said;
    const common = {
      ...emptyReport,
      troubles,
      held,
      ...(fault === undefined ? {} : { fault }),
      ...(idleVips === undefined ? {} : { idleVips }),
      ...(examination === undefined ? {} : { examination }),
    };
    const server = servers.get(name);
    return {
      role,
      name,
      isConnected,
      report:
        role === 'director'
          ? { ...common, destinations: demands.get(name) ?? [], paths: paths.get(name) ?? [] }
          : { ...common, applications: server?.applications ?? [], load: server?.load },
      reportedAtMs: reportAgeMs === undefined ? Number.NEGATIVE_INFINITY : monotonicMs - ageMs - reportAgeMs,
      lastSeenMs,
      wanted: wantedVersion === undefined ? undefined : { version: wantedVersion },
      applied,
      refusal,
    };
  });
}

function standing(
  word: AgentWord,
  monotonicMs: number,
  withinBudget: ReturnType<typeof createFindingsBudget>,
): AgentStanding {
  const { role, name, isConnected, lastSeenMs, reportedAtMs, wanted, applied, refusal, report } = word;
  const { troubles, held, fault, idleVips, examination } = report;
  return {
    role,
    name,
    isConnected,
    lastSeenMs,
    reportAgeMs: Number.isFinite(reportedAtMs) ? Math.max(0, monotonicMs - reportedAtMs) : undefined,
    wantedVersion: wanted?.version,
    applied,
    refusal,
    troubles,
    held,
    ...(fault === undefined ? {} : { fault }),
    ...(idleVips === undefined ? {} : { idleVips }),
    ...(examination === undefined ? {} : { examination: withinBudget(examination) }),
  };
}

function hasOwnWord({ applications, load }: AgentWord['report']): boolean {
  return applications.length > 0 || load !== undefined;
}

function byRoleAndName(a: AgentWord, b: AgentWord): number {
  return compareText(a.role, b.role) || compareText(a.name, b.name);
}

export function compareSamples(a: RttSample, b: RttSample): number {
  return (
    compareText(a.from, b.from) ||
    compareText(a.to, b.to) ||
    a.p50Us - b.p50Us ||
    a.p90Us - b.p90Us ||
    a.loss - b.loss ||
    a.answered - b.answered
  );
}
