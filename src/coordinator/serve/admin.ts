/** The operators' side: declare, look, delete, plan, watch. */
import type { AdminHandlers } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import { type Resource, resourceId } from '../../domain/resource.ts';
import type { AgentRole } from '../../domain/role.ts';
import type { PlannedWeights, Withdrawals } from '../../domain/world.ts';
import { planOperations } from '../../plan/agent-plan.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { breathing } from '../../runtime/breathing.ts';
import type { Logger } from '../../runtime/log.ts';
import { formatBackup } from '../../store/backup.ts';
import { memberPrefix, resourcePrefix } from '../../store/keys.ts';
import type { Store } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { worldAt, worldWith, worldWithout } from '../view/world-of-store.ts';
import { type Application, application, askedBy, judgement } from './apply.ts';
import { statusOf } from './fleet-status.ts';
import { handoverStatuses } from './handover-status.ts';
import type { PlanSource } from './plan-source.ts';
import { createQuestionHandlers } from './questions.ts';
import { askedByRemoval, notFound, refuseAbsent, removal } from './remove.ts';
import type { Supervised } from './supervised.ts';
import { watchResources } from './watch-resources.ts';

export interface KnownAgents extends AgentWords {
  /** As they are now, for work that others have turns in. */
  copy(): AgentWords;
  /** Whoever is neither connected nor a member any more is forgotten. */
  keepMembers(isMember: (role: AgentRole, name: string) => boolean): void;
}

export interface AdminOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: KnownAgents;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
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
  /** Absent where nobody plans. */
  readonly planSource?: PlanSource | undefined;
}

/** What is declared is judged beside all that is, and beside who takes part. */
const restsOn = [resourcePrefix, memberPrefix];

export function createAdminHandlers(options: AdminOptions): AdminHandlers {
  const {
    store,
    view,
    agents,
    supervision,
    serial,
    clock,
    log,
    name: coordinator,
    startedMs,
    weights,
    withdrawals,
  } = options;

  const isConnected = (role: AgentRole, name: string): boolean =>
    agents.find(role, name)?.isConnected === true;

  return {
    apply: (resources, { caller, force, strict = false }) =>
      serial(async () => {
        let decided: Application = { problems: [], warnings: [], outcomes: [], writes: [] };
        const revision = await transact(
          store,
          view,
          'apply',
          () => {
            decided = application(view, resources, { force, strict, nowMs: clock.nowMs() });
            return decided.writes;
          },
          { restsOn },
        );
        const { problems, warnings, outcomes } = decided;
        const { identity: by } = caller;
        log.info(
          { by, resources: resources.map(resourceId), outcomes, problems: problems.length, force, revision },
          'apply',
        );
        return { problems, warnings, revision, outcomes };
      }),
    async get(id) {
      const known = view.resource(id);
      if (known === undefined) throw notFound(id.kind, id.name);
      return known.value;
    },
    async list(kind) {
      const resources = view.resources().filter((resource) => kind === undefined || resource.kind === kind);
      return { resources: resources.toSorted(byId), revision: view.revision };
    },
    remove: (id, { caller, force = false }) =>
      serial(async () => {
        const revision = await transact(
          store,
          view,
          'delete',
          () => removal(view, id, { isConnected, force }),
          { restsOn },
        );
        agents.keepMembers((role, name) => view.member(role, name) !== undefined);
        log.info({ by: caller.identity, resource: `${id.kind}/${id.name}`, force, revision }, 'delete');
        return { revision };
      }),
    async backup({ caller }) {
      const listing = await store.read({ prefix: '' });
      log.info(
        { by: caller.identity, revision: listing.revision, entries: listing.entries.length },
        'backup',
      );
      return formatBackup(listing);
    },
    async status({ isSummary = false, signal }) {
      const world = worldAt(view, clock.nowMs(), { withdrawals: withdrawals?.() });
      const monotonicMs = clock.monotonicMs();
      const unsupervised = supervision.unsupervised(world, monotonicMs);
      const { revision } = view;
      const now = { world, agents: agents.copy(), unsupervised, monotonicMs, revision };
      const publishedRevision = options.publishedRevision?.() ?? 0;
      const who = { coordinator, startedMs, troubles: options.troubles() };
      const status = await breathing(statusOf({ ...now, ...who, isSummary }), {
        operation: 'read status',
        signal,
      });
      const handovers = handoverStatuses(world, { view, agents }, clock.nowMs());
      return { ...status, publishedRevision, handovers };
    },
    async plan(given, { strict = false, signal }) {
      const nowMs = clock.nowMs();
      const judged = judgement(view, given, { strict, nowMs });
      const { problems, warnings, outcomes } = judged;
      if (problems.length > 0) return { problems, warnings, outcomes: [], agents: [] };
      const resources = judged.resources.filter((_, index) => outcomes[index] !== 'over');
      const world = worldAt(view, nowMs, { weights: weights(), withdrawals: withdrawals?.() });
      const next = worldWith(world, resources);
      const inForce = next.overrides.filter(({ expiresAtMs }) => nowMs < expiresAtMs);
      const steps = planOperations(world, { ...next, overrides: inForce }, askedBy(resources, outcomes));
      const agents = await breathing(steps, { operation: 'plan', signal });
      return { problems, warnings, outcomes, agents };
    },
    async planRemoval(ids, { signal }) {
      for (const id of ids) refuseAbsent(view, id);
      const world = worldAt(view, clock.nowMs(), { weights: weights(), withdrawals: withdrawals?.() });
      const asked = ids.flatMap(askedByRemoval);
      const steps = planOperations(world, worldWithout(world, ids), asked);
      return { problems: [], agents: await breathing(steps, { operation: 'plan', signal }) };
    },
    ...createQuestionHandlers(options),
    watch: (kind, { signal }) => watchResources(store, kind, signal),
  };
}

function byId(a: Resource, b: Resource): number {
  const left = resourceId(a);
  const right = resourceId(b);
  return left === right ? 0 : left < right ? -1 : 1;
}
