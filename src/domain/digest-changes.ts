/** A site's digest told by what is other than what was told before; whole, it is all that is other than nothing. */
import { type AgentReport, emptyReport } from './agent-message.ts';
import type { AgentStanding, SiteDigest } from './digest.ts';
import type { DigestAgent, DigestByAgents, DigestHead } from './digest-agents.ts';
import { CausewayError } from './error.ts';
import { changesNothing, type ReportChanges, reportChanges, withChanges } from './report-changes.ts';
import type { Steps } from './steps.ts';

/** What one end has been told of a site by the other, which knows it as well. */
export interface ToldDigest {
  readonly takenAtMs: number;
  /** By role and name. */
  readonly agents: ReadonlyMap<string, DigestAgent>;
}

export const nothingTold: ToldDigest = { takenAtMs: 0, agents: new Map() };

export interface DigestChanges {
  readonly head: DigestHead;
  /** Who is new or stands otherwise. Who is not mentioned stands as before, and his report is as much older as the digest is newer. */
  readonly agents: readonly AgentChanges[];
  readonly gone: readonly Pick<AgentStanding, 'role' | 'name'>[];
  /** Samples of a window of time: they are not told twice. */
  readonly rtt: SiteDigest['rtt'];
  /** Whole, wherever it is told. */
  readonly collected?: SiteDigest['collected'];
}

export interface AgentChanges {
  readonly standing: Omit<DigestAgent, 'report'>;
  /** Undefined: it is as it was told. */
  readonly news: ReportNews | undefined;
}

export type ReportNews = { readonly whole: AgentReport } | { readonly changes: ReportChanges };

/** A report against what was told of it; and what the other end has with it. */
export interface ReportTelling {
  readonly news: ReportNews | undefined;
  readonly after: AgentReport;
}

/** Clocks of one host, read one after the other and rounded. */
const sameAgeMs = 10;

export function reportTelling(before: AgentReport, next: AgentReport): ReportTelling {
  if (before === next) return { news: undefined, after: before };
  // Among changes its absence means that it is as before.
  const isForgotten = before.examination !== undefined && next.examination === undefined;
  if (isForgotten) return { news: { whole: next }, after: next };
  const changes = reportChanges(before, next);
  if (changesNothing(before, changes)) return { news: undefined, after: before };
  return { news: { changes }, after: withChanges(before, changes) };
}

/** From what the other end has to the next one; and what it has then. `tell`: who tells many remembers what he made. */
export function* digestChanges(
  before: ToldDigest,
  { head, agents: next, rtt, collected }: DigestByAgents,
  tell: (before: AgentReport, next: AgentReport) => ReportTelling = reportTelling,
): Steps<{ readonly changes: DigestChanges; readonly told: ToldDigest }> {
  const { takenAtMs } = head;
  const sinceMs = takenAtMs - before.takenAtMs;
  const agents: AgentChanges[] = [];
  const told = new Map<string, DigestAgent>();
  for (const { report, ...standing } of next) {
    const key = keyOf(standing);
    const known = before.agents.get(key);
    const { news, after } =
      known === undefined ? { news: { whole: report }, after: report } : tell(known.report, report);
    const stayed = known && grown(known, sinceMs);
    if (news === undefined && stayed !== undefined && isSameStanding(stayed, standing)) {
      told.set(key, stayed);
    } else {
      told.set(key, { ...standing, report: after });
      agents.push({ standing, news });
    }
    yield;
  }
  const gone = [...before.agents].filter(([key]) => !told.has(key));
  return {
    changes: {
      ...{ head, agents, gone: gone.map(([, { role, name }]) => ({ role, name })), rtt },
      ...(collected === undefined ? {} : { collected }),
    },
    told: { takenAtMs, agents: told },
  };
}

/** What is meant by changes of `before`. Throws `invalid` where they are of something else. */
export function withDigestChanges(before: ToldDigest, changes: DigestChanges): ToldDigest {
  const { head, gone } = changes;
  const sinceMs = head.takenAtMs - before.takenAtMs;
  const left = new Set(gone.map(keyOf));
  const agents = new Map<string, DigestAgent>();
  for (const [key, agent] of before.agents) if (!left.has(key)) agents.set(key, grown(agent, sinceMs));
  for (const { standing, news } of changes.agents) {
    const key = keyOf(standing);
    agents.set(key, {
      ...standing,
      report: reportAfter(standing.name, before.agents.get(key)?.report, news),
    });
  }
  return { takenAtMs: head.takenAtMs, agents };
}

function reportAfter(
  name: string,
  before: AgentReport | undefined,
  news: ReportNews | undefined,
): AgentReport {
  if (news === undefined) return before ?? emptyReport;
  if ('whole' in news) return news.whole;
  if (before !== undefined) return withChanges(before, news.changes);
  throw new CausewayError({
    code: 'invalid',
    operation: 'read digest',
    subject: name,
    message: 'it is told what has changed of a report that was not told',
  });
}

function grown(agent: DigestAgent, sinceMs: number): DigestAgent {
  const { reportAgeMs } = agent;
  return reportAgeMs === undefined ? agent : { ...agent, reportAgeMs: reportAgeMs + sinceMs };
}

function isSameStanding(a: AgentChanges['standing'], b: AgentChanges['standing']): boolean {
  return (
    a.isConnected === b.isConnected &&
    a.lastSeenMs === b.lastSeenMs &&
    isSameAge(a.reportAgeMs, b.reportAgeMs) &&
    a.wantedVersion === b.wantedVersion &&
    a.applied.version === b.applied.version &&
    a.applied.checksum === b.applied.checksum &&
    (a.applied.revision ?? 0) === (b.applied.revision ?? 0) &&
    a.refusal === b.refusal
  );
}

function isSameAge(a: number | undefined, b: number | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Math.abs(a - b) <= sameAgeMs;
}

function keyOf({ role, name }: Pick<AgentStanding, 'role' | 'name'>): string {
  return `${role}/${name}`;
}
