/** Digests between coordinators: on the wire by agent, with the report that it sent, or what has changed of it. */
import { emptyReport } from '../domain/agent-message.ts';
import type { AgentChanges, DigestChanges, ReportNews } from '../domain/digest-changes.ts';
import { CausewayError } from '../domain/error.ts';
import { agentRoles } from '../domain/role.ts';
import {
  changesFromWire,
  reportEntries,
  reportFromWire,
  returnPathToWire,
  sayable,
} from './convert-report.ts';
import { createWordReader, unsigned, type WordReader } from './convert-words.ts';
import type { AgentDigest__Output, AgentDigest as WireAgent } from './gen/causeway/v1/AgentDigest.ts';
import type { ReturnPathReport as WireReturnPath } from './gen/causeway/v1/ReturnPathReport.ts';
import type { SiteDigest__Output, SiteDigest as WireDigest } from './gen/causeway/v1/SiteDigest.ts';

/** What a coordinator says that can put changes of digests together. */
export const digestChangesCapability = 'digest-changes';

/** Of the digests of one site on one stream; `base` 0: it is whole; `number` 0: there are no changes on this stream. */
export interface DigestNumbers {
  readonly number: number;
  readonly base: number;
}

export interface DigestPart {
  /** But the agents. */
  readonly wire: WireDigest;
  readonly agents: readonly AgentChanges[];
}

/** A message is some MB at most: a director of very many real servers has one for himself. */
const entriesAMessage = 10_000;

/** In parts, each small enough for one message; made one by one, as they are sent. */
export function* digestParts(
  { head, agents, gone, rtt, collected = [] }: DigestChanges,
  numbers: DigestNumbers,
): Generator<DigestPart> {
  const common = { ...head, takenAtMs: unsigned(head.takenAtMs), ...numbers };
  let portion: AgentChanges[] = [];
  let entries = 0;
  let first = true;
  for (const some of portionsOf(collected)) {
    yield { wire: { ...common, collected: some, first, last: false }, agents: [] };
    first = false;
  }
  for (const agent of agents) {
    const own = 1 + entriesOf(agent.news);
    if (portion.length > 0 && entries + own > entriesAMessage) {
      yield { wire: { ...common, first, last: false }, agents: portion };
      first = false;
      portion = [];
      entries = 0;
    }
    portion.push(agent);
    entries += own;
  }
  const samples = rtt.map((one) => ({
    ...one,
    p50Us: unsigned(one.p50Us),
    p90Us: unsigned(one.p90Us),
    answered: unsigned(one.answered),
  }));
  const left = gone.map(({ role, name }) => ({ role, name }));
  yield { wire: { ...common, rtt: samples, gone: left, first, last: true }, agents: portion };
}

function* portionsOf(collected: NonNullable<DigestChanges['collected']>): Generator<WireReturnPath[]> {
  let portion: WireReturnPath[] = [];
  let entries = 0;
  for (const one of collected) {
    portion.push(returnPathToWire(one));
    entries += 1 + one.heard.length + one.silent.length;
    if (entries < entriesAMessage) continue;
    yield portion;
    portion = [];
    entries = 0;
  }
  if (portion.length > 0) yield portion;
}

function entriesOf(news: ReportNews | undefined): number {
  if (news === undefined) return 0;
  return reportEntries('whole' in news ? news.whole : news.changes.said);
}

/** But its report. */
export function standingToWire(standing: AgentChanges['standing']): WireAgent {
  const { role, name, isConnected, lastSeenMs, reportAgeMs, wantedVersion, applied, refusal } = standing;
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
  };
}

/** Of all parts of one. Throws `invalid` for words that it does not know, and for parts of several. */
export function digestFromWire(parts: readonly SiteDigest__Output[]): DigestNumbers & DigestChanges {
  const words = createWordReader();
  const {
    coordinator = '',
    site = '',
    takenAtMs = 0,
    publishedRevision = 0,
    number = 0,
    base = 0,
  } = parts[0] ?? {};
  if (parts.some((part) => part.site !== site || part.number !== number || part.base !== base))
    throw new CausewayError({
      code: 'invalid',
      operation: 'read digest of',
      subject: site,
      message: 'its parts are of several',
    });
  const collected = parts.flatMap((part) => part.collected);
  const changes: DigestNumbers & DigestChanges = {
    head: { coordinator, site, takenAtMs, publishedRevision },
    number,
    base,
    agents: parts.flatMap((part) => part.agents).map((wire) => agentFromWire(wire, base === 0, words)),
    gone: parts
      .flatMap((part) => part.gone)
      .map(({ role, name }) => ({ role: words.word('gone.role', role, agentRoles), name })),
    rtt: parts.flatMap((part) => part.rtt),
    ...(collected.length === 0 ? {} : { collected }),
  };
  words.refuseProblems('read digest of', site);
  return changes;
}

function agentFromWire(wire: AgentDigest__Output, isWhole: boolean, words: WordReader): AgentChanges {
  const { name, connected, lastSeenMs, reportAgeMs, wantedVersion, refusal } = wire;
  const { appliedVersion, appliedChecksum, appliedRevision } = wire;
  const role = words.word('agents.role', wire.role, agentRoles);
  return {
    standing: {
      role,
      name,
      isConnected: connected,
      lastSeenMs,
      reportAgeMs,
      wantedVersion,
      applied: { version: appliedVersion, checksum: appliedChecksum, revision: appliedRevision },
      refusal,
    },
    news: newsFromWire(wire, isWhole, words),
  };
}

function newsFromWire(
  { report, reportChanges }: AgentDigest__Output,
  isWhole: boolean,
  words: WordReader,
): ReportNews | undefined {
  if (report) return { whole: reportFromWire(report, words) };
  if (isWhole) return { whole: emptyReport };
  const changes = reportChanges ? changesFromWire(reportChanges, words) : undefined;
  return changes && { changes };
}
