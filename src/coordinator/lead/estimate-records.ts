/** What of a leader's estimates is written, so that a change of leader, or a restart, moves nothing. On change alone. */
import type { KeptEstimates } from '../../domain/estimates.ts';
import type { Steps } from '../../domain/steps.ts';
import type { World } from '../../domain/world.ts';
import { standingAt } from '../../plan/estimate/staleness.ts';
import { type Estimates, estimatesOf, keptCapacities, keptEstimates } from '../../plan/leader/estimates.ts';
import { breathing } from '../../runtime/breathing.ts';
import { estimatesKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface EstimateRecordsOptions {
  readonly store: Store;
  readonly view: StoreView;
  /** Absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  /** What the monotonic clock's 0 is since the epoch, for all of a tenure. */
  readonly epochMs: number;
  onError(error: unknown): void;
}

export interface EstimateRecords {
  /** As the leader before has left them. */
  before(nowMs: number): Estimates;
  /** What could not be written is due with the next call. Never rejects. */
  write(estimates: Estimates, world: World, nowMs: number): Promise<void>;
}

/** Capacities drift, and hold-downs and slow starts end: so often that is looked at. What begins is written at once. */
const lookEveryMs = 60_000;

export function createEstimateRecords(options: EstimateRecordsOptions): EstimateRecords {
  const { store, view, fence, epochMs, onError } = options;
  let capacities: ReadonlyMap<string, number> = new Map(
    view
      .estimates()
      .flatMap(({ servers }) => servers)
      .flatMap(({ name, measuredPpm }) => (measuredPpm === undefined ? [] : [[name, measuredPpm] as const])),
  );
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  /** When they were written last; each map is another once something of it is. */
  let courses: Estimates['courses'] = new Map();
  let rest = '';

  function* due(estimates: Estimates, world: World, nowMs: number): Steps<readonly Write[]> {
    const kept = yield* keptEstimates(estimates, capacities, world, { nowMs, epochMs });
    const known = new Map(view.estimates().map((one) => [one.part, one]));
    const writes: Write[] = [];
    for (const value of kept) {
      yield;
      const before = known.get(value.part);
      known.delete(value.part);
      if (before === undefined || JSON.stringify(before) !== JSON.stringify(value)) writes.push(put(value));
    }
    return [...writes, ...[...known.keys()].map(deletion)];
  }

  return {
    before: (nowMs) => estimatesOf(view.estimates(), nowMs, epochMs),
    async write(estimates, world, nowMs) {
      const isLook = nowMs - lookedAtMs >= lookEveryMs;
      const now = restOf(estimates, nowMs);
      if (!isLook && now === rest && isSame(courses, estimates.courses)) return;
      try {
        if (isLook) {
          lookedAtMs = nowMs;
          const looked = keptCapacities(capacities, new Map(estimates.capacities));
          capacities = await breathing(looked, { operation: 'keep estimates' });
        }
        await transact(store, view, 'keep estimates', () => due(estimates, world, nowMs), { fence });
        courses = new Map(estimates.courses);
        rest = now;
      } catch (error) {
        lookedAtMs = Number.NEGATIVE_INFINITY;
        onError(error);
      }
    },
  };
}

/** Of the few besides real servers: another where something of them is to be kept, or no longer. */
function restOf({ panics, sites }: Estimates, nowMs: number): string {
  const standings = [...sites].map(([site, staleness]) => {
    const { inflowMayGrow, onProbation } = standingAt(staleness, nowMs);
    return [site, inflowMayGrow, onProbation];
  });
  return JSON.stringify([[...panics], standings]);
}

function isSame(a: Estimates['courses'], b: Estimates['courses']): boolean {
  return a.size === b.size && [...b].every(([service, courses]) => a.get(service) === courses);
}

function put(value: KeptEstimates): Write {
  return {
    kind: 'put',
    key: estimatesKey(value.part),
    value: encodeRecord({ kind: 'estimates', value }),
  };
}

function deletion(part: string): Write {
  return { kind: 'delete', key: estimatesKey(part) };
}
