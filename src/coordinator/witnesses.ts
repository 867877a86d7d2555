/** Whose word on ways and real servers counts: decisions ask who speaks of the present, status who spoke last. */

import type { DirectorMember } from '../domain/member.ts';
import { freshForMs } from '../domain/tick.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';

/** A director that falls silent has left its kernel as it was: for an upgrade's time its last word is the best there is. */
const lastWordForMs = 60_000;

/** Connected directors that were heard of late and do not suspect themselves. */
export function witnesses(agents: Pick<AgentRecords, 'connected'>, nowMs: number): readonly AgentRecord[] {
  return agents
    .connected('director')
    .filter(({ report, reportedAtMs }) => report.held === '' && nowMs - reportedAtMs <= freshForMs);
}

/** Directors' last words, connected or not; also of those that suspect themselves. */
export function lastWords(
  directors: readonly DirectorMember[],
  agents: Pick<AgentRecords, 'find'>,
  nowMs: number,
): readonly AgentRecord[] {
  return directors.flatMap(({ name }) => {
    const record = agents.find('director', name);
    return record !== undefined && nowMs - record.reportedAtMs <= lastWordForMs ? [record] : [];
  });
}
