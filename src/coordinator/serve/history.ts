/** What is asked of the history: which revisions there are, and what differs between two of them. */
import type { AdminHandlers } from '../../api/handlers.ts';
import { CausewayError, messageOf } from '../../domain/error.ts';
import { type RemovableId, resourceId } from '../../domain/resource.ts';
import type { RevisionChange } from '../../domain/revision.ts';
import { breathing } from '../../runtime/breathing.ts';
import { historyPrefix, revisionOfKey } from '../../store/keys.ts';
import { readRevisionPart } from '../../store/revision-changes.ts';
import type { Store } from '../../store/store.ts';
import type { StoreView } from '../view/store-view.ts';
import { netChanges, reversed, untilNow } from './past.ts';
import { newestNumber, requireRevision, revisionsOf } from './revisions.ts';

export interface HistoryOptions {
  readonly store: Store;
  readonly view: StoreView;
}

/** Of one revision; how many there are, is told. */
const touchedToldAtMost = 100;

export function createHistoryHandlers({
  store,
  view,
}: HistoryOptions): Pick<AdminHandlers, 'history' | 'difference'> {
  return {
    async history({ limit, of }) {
      const all = revisionsOf(view);
      const id = of === undefined ? undefined : resourceId(of);
      const asked = all.filter(
        ({ touched }) => id === undefined || touched.some((one) => resourceId(one) === id),
      );
      const revisions = asked
        .slice(-Math.max(1, limit))
        .toReversed()
        .map(({ record: _, touched, ...revision }) => ({
          ...revision,
          // What was asked about is told in any case.
          touched: [
            ...touched.filter((one) => resourceId(one) === id),
            ...touched.filter((one) => resourceId(one) !== id),
          ].slice(0, touchedToldAtMost),
          touchedCount: touched.length,
        }));
      return { revisions, oldest: all[0]?.number ?? 0, newest: newestNumber(view) };
    },
    async difference(from, to) {
      const operation = 'compare';
      for (const end of [from, to]) if (end !== undefined) requireRevision(view, end, operation);
      const newest = newestNumber(view);
      const [earlier, later] = [
        Math.min(from ?? newest, to ?? newest),
        Math.max(from ?? newest, to ?? newest),
      ];
      const isNow = from === undefined || to === undefined;
      const changes = await readChanges({
        store,
        view,
        operation,
        after: earlier,
        upTo: isNow ? newest : later,
      });
      const present = ({ kind, name }: RemovableId) =>
        kind === 'Director' ? undefined : view.resource({ kind, name })?.value;
      const net = isNow ? untilNow(netChanges(changes), present) : netChanges(changes);
      const isBackwards = from === undefined ? to !== undefined : to !== undefined && to < from;
      return isBackwards ? reversed(net) : net;
    },
  };
}

export interface ReadOptions extends HistoryOptions {
  readonly operation: string;
  /** Of the revisions with a larger number than this, oldest first. */
  readonly after: number;
  readonly upTo?: number;
}

/** Throws `refused` where one of them is damaged, or not all there: what was before it is not known. */
export async function readChanges(options: ReadOptions): Promise<readonly RevisionChange[]> {
  const { store, view, operation, after, upTo = Number.POSITIVE_INFINITY } = options;
  const wanted = revisionsOf(view).filter(
    ({ number, state }) => number > after && number <= upTo && state !== 'abandoned',
  );
  const { entries } = await store.read({ prefix: historyPrefix });
  const partsOf = Map.groupBy(
    entries.filter(({ key }) => key.split('/').length > 2),
    ({ key }) => revisionOfKey(key),
  );
  return breathing(
    (function* () {
      const changes: RevisionChange[] = [];
      for (const { number, record } of wanted) {
        const parts = partsOf.get(number) ?? [];
        if (parts.length < record.parts)
          throw damaged(operation, number, `${parts.length} of its ${record.parts} parts are there`);
        for (const part of parts) {
          try {
            changes.push(...readRevisionPart(part, store.location));
          } catch (error) {
            throw damaged(operation, number, messageOf(error));
          }
          yield;
        }
      }
      return changes;
    })(),
    { operation },
  );
}

function damaged(operation: string, number: number, message: string): CausewayError {
  return new CausewayError({ code: 'refused', operation, subject: `revision ${number}`, message });
}
