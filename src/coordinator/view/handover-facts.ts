/** What agents' acknowledgements and reports say of a change that hosts make one after the other. */
import type { Handover } from '../../domain/handover.ts';
import type { HandoverFacts } from '../../plan/handover-steps.ts';
import type { AgentWord, AgentWords } from '../../plan/observe/agent-word.ts';
import { handoverKey, resourceKey } from '../../store/keys.ts';
import type { StoreView } from './store-view.ts';

/** Where the facts come from. */
export interface HandoverKnown {
  readonly view: Pick<StoreView, 'handovers' | 'modRevision'>;
  readonly agents: Pick<AgentWords, 'find'>;
}

export function factsOf(handover: Handover, { view, agents }: HandoverKnown, nowMs: number): HandoverFacts {
  const declaredAt = view.modRevision(resourceKey(handover));
  const readyAt = view.modRevision(handoverKey(handover));
  const follows = (record: AgentWord | undefined, revision: number): boolean =>
    (record?.applied.revision ?? 0) >= revision;
  return {
    nowMs,
    hasChangedOver: (director) => follows(agents.find('director', director), readyAt),
    report(director) {
      const record = agents.find('director', director);
      const isHeard = record !== undefined && Number.isFinite(record.reportedAtMs);
      return isHeard && follows(record, readyAt) ? record.report : undefined;
    },
    hasApplied(realServer) {
      const record = agents.find('realserver', realServer);
      const own = record?.report.applications.find(({ service }) => service === handover.name);
      return follows(record, declaredAt) && own?.verdict !== 'unknown';
    },
  };
}
