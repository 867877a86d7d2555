/** What directors said last of a real server, for those who ask why a weight is what it is. */
import type { DirectorMember } from '../../domain/member.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { pathsByName, uncheckedDestinations } from '../../plan/observe/path-states.ts';
import type { WordsOn } from '../../plan/optimal/explain-servers.ts';
import { byName } from '../../plan/order.ts';
import type { Supervised } from './supervised.ts';

export interface DirectorWordsOptions {
  readonly agents: Pick<AgentWords, 'find'>;
  readonly supervision: Pick<Supervised, 'absentSinceMs'>;
}

export function directorWords(
  directors: readonly DirectorMember[],
  service: string,
  { agents, supervision }: DirectorWordsOptions,
  monotonicMs: number,
): WordsOn {
  const ordered = byName(directors);
  return (realServer) =>
    ordered.map(({ name: director }) => {
      const record = agents.find('director', director);
      const path = record && pathsByName(record.report).get(realServer);
      const isHeard = record !== undefined && Number.isFinite(record.reportedAtMs);
      return {
        director,
        ageMs: isHeard ? monotonicMs - record.reportedAtMs : undefined,
        state: path?.state ?? 'unknown',
        sinceMs: path?.sinceMs ?? 0,
        agent: path?.agent ?? 'unknown',
        absentSinceMs: supervision.absentSinceMs(director, realServer),
        knock: path?.knock ?? 'unknown',
        held: record?.report.held ?? '',
        unchecked:
          record !== undefined && uncheckedDestinations(record.report).has(`${service} ${realServer}`),
      };
    });
}
