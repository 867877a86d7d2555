/** What a site's agents have said, as one value; and what was said, out of such a value. */
import type { RttSample, SiteDigest } from '../../domain/digest.ts';
import { agentsOf, type DigestAgent, type DigestHead, digestOfAgents } from '../../domain/digest-agents.ts';
import { compareText } from '../order.ts';
import type { AgentWord } from './agent-word.ts';
import { createFindingsBudget } from './findings-budget.ts';

export interface Taken extends DigestHead {
  /** The moment on the clock that the words' reports are timed by. */
  readonly monotonicMs: number;
}

/** Characters: whoever decides goes by none of it, and it is told again and again. */
const findingsOfSite = 500_000;

/** In one order, whatever the order of the words. */
export function digestOf(
  { monotonicMs, ...head }: Taken,
  words: readonly AgentWord[],
  rtt: readonly RttSample[],
  collected?: SiteDigest['collected'],
): SiteDigest {
  const withinBudget = createFindingsBudget(findingsOfSite);
  const agents = words.toSorted(byRoleAndName).map((word) => agentOf(word, monotonicMs, withinBudget));
  return digestOfAgents({
    ...{ head, agents, rtt: rtt.toSorted(compareSamples) },
    ...(collected === undefined ? {} : { collected }),
  });
}

/** `ageMs`: since the digest was taken; `monotonicMs`: now, on the clock that reports will be timed by. */
export function wordsOf(
  digest: Pick<SiteDigest, 'agents' | 'demands' | 'servers' | 'paths'>,
  ageMs: number,
  monotonicMs: number,
): AgentWord[] {
  return agentsOf(digest).map(({ reportAgeMs, wantedVersion, ...said }) => ({
    ...said,
    reportedAtMs: reportAgeMs === undefined ? Number.NEGATIVE_INFINITY : monotonicMs - ageMs - reportAgeMs,
    wanted: wantedVersion === undefined ? undefined : { version: wantedVersion },
  }));
}

function agentOf(
  word: AgentWord,
  monotonicMs: number,
  withinBudget: ReturnType<typeof createFindingsBudget>,
): DigestAgent {
  const { role, name, isConnected, lastSeenMs, reportedAtMs, wanted, applied, refusal, report } = word;
  const examination = report.examination && withinBudget(report.examination);
  return {
    role,
    name,
    isConnected,
    lastSeenMs,
    reportAgeMs: Number.isFinite(reportedAtMs) ? Math.max(0, monotonicMs - reportedAtMs) : undefined,
    wantedVersion: wanted?.version,
    applied,
    refusal,
    report: examination === report.examination ? report : { ...report, ...(examination && { examination }) },
  };
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
