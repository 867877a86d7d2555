/** The operators' side: declare, look, delete, plan, watch. */

import type { AdminHandlers } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { CausewayError } from '../../domain/error.ts';
import { type Resource, resourceId } from '../../domain/resource.ts';
import type { CoordinatorPart } from '../../domain/status.ts';
import { freshForMs } from '../../domain/tick.ts';
import type { PlannedWeights, Withdrawals } from '../../domain/world.ts';
import { disagreements } from '../../plan/observe/disagreements.ts';
import { compareText } from '../../plan/order.ts';
import { breathing, nextTurn } from '../../runtime/breathing.ts';
import type { Logger } from '../../runtime/log.ts';
import { formatBackup } from '../../store/backup.ts';
import type { Store } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { worldAt } from '../view/world-of-store.ts';
import { createChangeHandlers } from './changes.ts';
import { createDenyHandler, type DenyOptions } from './deny.ts';
import type { OtherCoordinators } from './elsewhere.ts';
import { statusOf } from './fleet-status.ts';
import { handoverStatuses } from './handover-status.ts';
import { createHistoryHandlers } from './history.ts';
import type { KnownAgents } from './known-agents.ts';
import type { PlanSource } from './plan-source.ts';
import { createPlanHandlers } from './plans.ts';
import { createQuestionHandlers } from './questions.ts';
import { notFound } from './remove.ts';
import { createRotateHandler } from './rotate-probe-keys.ts';
import type { Supervised } from './supervised.ts';
import { watchResources } from './watch-resources.ts';

export interface AdminOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: KnownAgents;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
  /** From a cryptographic source. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Name of this coordinator. */
  readonly name: string;
  readonly startedMs: number;
  /** What keeps this coordinator from its work. */
  troubles(): readonly string[];
  /** Up to which revision of the store agents have been told. */
  publishedRevision?(): number;
  /** As planned last. */
  weights(): PlannedWeights | undefined;
  /** As judged last; absent where nobody plans. */
  withdrawals?(): Withdrawals;
  readonly supervision: Supervised;
  /** Of the plans that are made here; undefined where others lead. */
  planSource(): PlanSource | undefined;
  readonly others?: OtherCoordinators | undefined;
  /** As of `deny`. */
  readonly unsigned?: DenyOptions['unsigned'];
}

export function createAdminHandlers(options: AdminOptions): AdminHandlers {
  const { store, view, agents, supervision, clock, log, name: coordinator, startedMs, withdrawals } = options;

  return {
    ...createChangeHandlers(options),
    ...createHistoryHandlers(options),
    ...createDenyHandler(options),
    ...createRotateHandler(options),
    async get(id) {
      const known = view.resource(id);
      if (known === undefined) throw notFound(id.kind, id.name);
      return known.value;
    },
    async list(kind) {
      const resources = view.resources().filter((resource) => kind === undefined || resource.kind === kind);
      return { resources: resources.toSorted(byId), revision: view.revision };
    },
    async backup({ caller }) {
      if (store.backupElsewhere !== undefined) {
        throw new CausewayError({
          ...{ code: 'unsupported', operation: 'backup', subject: store.location },
          message: store.backupElsewhere,
        });
      }
      const listing = await store.read({ prefix: '' });
      log.info(
        { by: caller.identity, revision: listing.revision, entries: listing.entries.length },
        'backup',
      );
      return formatBackup(listing);
    },
    async status({ isSummary = false, withExaminations = false, signal }) {
      const untold = (await options.others?.ask()) ?? [];
      const world = worldAt(view, clock.nowMs(), { withdrawals: withdrawals?.() });
      const { revision } = view;
      await nextTurn();
      const monotonicMs = clock.monotonicMs();
      const unsupervised = supervision.unsupervised(world, monotonicMs);
      const now = { world, agents: agents.copy(), unsupervised, monotonicMs, revision };
      const others = options.others?.parts() ?? [];
      const publishedRevision = Math.min(
        options.publishedRevision?.() ?? 0,
        ...others.flatMap((part) => (part.ageMs <= freshForMs ? [part.publishedRevision] : [])),
      );
      const who = { coordinator, startedMs, troubles: [...options.troubles(), ...untold] };
      const status = await breathing(statusOf({ ...now, ...who, isSummary, withExaminations }), {
        operation: 'read status',
        signal,
      });
      const disagreeing = disagreements(world, now.agents, clock.nowMs());
      const disagreed = disagreeing.length === 0 ? {} : { disagreements: disagreeing };
      const handovers = handoverStatuses(world, { view, agents }, clock.nowMs());
      const parts = newestBySite(others);
      return {
        ...status,
        ...disagreed,
        publishedRevision,
        handovers,
        ...(parts.length === 0 ? {} : { parts }),
      };
    },
    ...createPlanHandlers(options),
    ...createQuestionHandlers(options),
    watch: (kind, { signal }) => watchResources(store, kind, signal),
  };
}

/** A site's owner of before is still remembered for a while. */
function newestBySite(parts: readonly CoordinatorPart[]): CoordinatorPart[] {
  const bySite = new Map<string, CoordinatorPart>();
  for (const { coordinator, site, ageMs } of parts) {
    if (site !== '' && ageMs <= (bySite.get(site)?.ageMs ?? Number.POSITIVE_INFINITY))
      bySite.set(site, { coordinator, site, ageMs });
  }
  return [...bySite.values()].toSorted((a, b) => compareText(a.site, b.site));
}

function byId(a: Resource, b: Resource): number {
  const left = resourceId(a);
  const right = resourceId(b);
  return left === right ? 0 : left < right ? -1 : 1;
}
