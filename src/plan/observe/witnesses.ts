/** Whose word on ways and real servers counts: decisions ask who speaks of the present, status who spoke last. */

import type { DirectorMember } from '../../domain/member.ts';
import { currentForMs, lastWordForMs } from '../health.ts';
import type { AgentWord, AgentWords, ReturnPathWord } from './agent-word.ts';

/** Connected directors that were heard of late and do not suspect themselves. */
export function witnesses(agents: Pick<AgentWords, 'connected'>, nowMs: number): readonly AgentWord[] {
  return agents
    .connected('director')
    .filter(({ report, reportedAtMs }) => report.held === '' && nowMs - reportedAtMs <= currentForMs);
}

/** Whose word on return paths counts: that of these directors, and of coordinators that hear as they do. */
export function returnPathWords(
  agents: Pick<AgentWords, 'connected' | 'collected'>,
  nowMs: number,
): readonly ReturnPathWord[] {
  return [...witnesses(agents, nowMs), ...(agents.collected?.() ?? [])];
}

/** Directors' last words, connected or not; also of those that suspect themselves. */
export function lastWords(
  directors: readonly DirectorMember[],
  agents: Pick<AgentWords, 'find'>,
  nowMs: number,
): readonly AgentWord[] {
  return directors.flatMap(({ name }) => {
    const record = agents.find('director', name);
    return record !== undefined && nowMs - record.reportedAtMs <= lastWordForMs ? [record] : [];
  });
}
