/** What agents' acknowledgements and reports say of a change that hosts make one after the other. */
import type { Handover } from '../../domain/handover.ts';
import type { HandoverFacts } from '../../plan/handover-steps.ts';
import { handoverKey, resourceKey } from '../../store/keys.ts';
import type { StoreView } from '../view/store-view.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';

/** Where the facts come from. */
export interface HandoverKnown {
  readonly view: Pick<StoreView, 'handovers' | 'modRevision'>;
  readonly agents: Pick<AgentRecords, 'find'>;
}

export function factsOf(handover: Handover, { view, agents }: HandoverKnown, nowMs: number): HandoverFacts {
  const declaredAt = view.modRevision(resourceKey(handover));
  const readyAt = view.modRevision(handoverKey(handover));
  const follows = (record: AgentRecord | undefined, revision: number): boolean =>
    (record?.applied.revision ?? 0) >= revision;
  return {
    nowMs,
    hasChangedOver: (director) => follows(agents.find('director', director), readyAt),
    hasApplied(realServer) {
      const record = agents.find('realserver', realServer);
      const own = record?.report.applications.find(({ service }) => service === handover.name);
      return follows(record, declaredAt) && own?.verdict !== 'unknown';
    },
  };
}
