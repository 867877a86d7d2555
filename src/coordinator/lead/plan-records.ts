/** What of a plan is written: flows, and where others may take over, weights and memory as well. On change alone. */
import type { ServiceFlows } from '../../domain/flows.ts';
import type { PlannedWeights } from '../../domain/world.ts';
import { changedWeights, keptMemory, plannedWeights } from '../../plan/leader/memory.ts';
import type { LeaderMemory, Step } from '../../plan/leader/step.ts';
import { flowsKey, leaderMemoryKey, weightsKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface PlanRecordsOptions {
  readonly store: Store;
  readonly view: StoreView;
  /** Absent where nobody else can lead. */
  readonly fence: Fence | undefined;
  /** What the monotonic clock's 0 is since the epoch, for all of a tenure. */
  readonly epochMs: number;
  onError(error: unknown): void;
}

export interface PlanRecords {
  /** As planned last, whether the store has it or could not take it. */
  flows(): readonly ServiceFlows[];
  /** One record a service, a service and site, and the memory. What could not be written is due with the next step. Never rejects. */
  write(step: Pick<Step, 'publish' | 'over' | 'memory'>): Promise<void>;
}

export function createPlanRecords({ store, view, fence, epochMs, onError }: PlanRecordsOptions): PlanRecords {
  /** Flows that the store could not take, by service. */
  let unstored: ReadonlyMap<string, ServiceFlows> = new Map();
  /** Weights as the store has them, since a step of this tenure wrote them: nobody else does. Undefined where that is not known. */
  let written: PlannedWeights | undefined;

  /** What the next leader, and owners of sites, need to know: as far as it is not what they know. */
  function kept(next: LeaderMemory): Write[] {
    const { changed, gone } = changedWeights(
      written ?? plannedWeights(view.weights()),
      next.weights ?? new Map(),
    );
    const value = keptMemory(next, epochMs);
    const isNews = JSON.stringify(value) !== JSON.stringify(view.leaderMemory());
    return [
      ...changed.map((one) =>
        put(weightsKey(one.service, one.site), encodeRecord({ kind: 'weights', value: one })),
      ),
      ...gone.map(({ service, site }): Write => ({ kind: 'delete', key: weightsKey(service, site) })),
      ...(isNews ? [put(leaderMemoryKey, encodeRecord({ kind: 'leader-memory', value }))] : []),
    ];
  }

  return {
    flows() {
      if (unstored.size === 0) return view.flows();
      const known = view.flows().filter(({ service }) => !unstored.has(service));
      return [...known, ...unstored.values()];
    },
    async write({ publish, over, memory }) {
      const due = new Map([...unstored, ...publish.map((one) => [one.service, one] as const)]);
      for (const service of over) due.delete(service);
      const writes = (): Write[] => [
        ...[...due.values()].map((value) =>
          put(flowsKey(value.service), encodeRecord({ kind: 'flows', value })),
        ),
        ...over.map((service): Write => ({ kind: 'delete', key: flowsKey(service) })),
        ...(fence === undefined ? [] : kept(memory)),
      ];
      try {
        await transact(store, view, 'publish flows', writes, { fence });
        unstored = new Map();
        written = memory.weights;
      } catch (error) {
        unstored = due;
        // It may have come or not.
        written = undefined;
        onError(error);
      }
    },
  };
}

function put(key: string, value: string): Write {
  return { kind: 'put', key, value };
}
