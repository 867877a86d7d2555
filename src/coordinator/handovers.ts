/** When a change that hosts make one after the other goes a step on: as their agents say that they have it, in the store, so that a restart knows. */
import type { Clock, Timer } from '../domain/clock.ts';
import type { Handover } from '../domain/handover.ts';
import { resourceId } from '../domain/resource.ts';
import { agentRoles } from '../domain/role.ts';
import type { HandoverStatus } from '../domain/status.ts';
import type { World } from '../domain/world.ts';
import { advance, awaitedBy, type HandoverFacts } from '../plan/handover-steps.ts';
import { handoverKey, resourceKey } from '../store/keys.ts';
import { encodeRecord } from '../store/record.ts';
import type { Store, Write } from '../store/store.ts';
import type { AgentRecord, AgentRecords } from './agent-record.ts';
import { askedWrite } from './intent.ts';
import type { Serial } from './serial.ts';
import type { StoreView } from './store-view.ts';
import { transact } from './transact.ts';
import { worldOf } from './world-of-store.ts';

export interface HandoversOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: Pick<AgentRecords, 'find'>;
  readonly serial: Serial;
  readonly clock: Clock;
  /** Changes that are over: nobody uses the old way any more. */
  onOver(resources: readonly string[]): void;
  onError(error: unknown): void;
}

export interface Handovers {
  /** An agent has said something, or been told something. Costs nothing while no change is under way. */
  heard(): void;
  close(): void;
}

/** What many agents say at once is one step. */
const soonMs = 20;
/** Running connections end by time, which nobody says. */
const periodMs = 5_000;

export function createHandovers(options: HandoversOptions): Handovers {
  const { store, view, serial, clock } = options;
  let soon: Timer | undefined;
  let closed = false;
  let timer = clock.after(periodMs, tick);

  function tick(): void {
    heard();
    timer = clock.after(periodMs, tick);
  }

  function heard(): void {
    if (closed || view.handovers().length === 0) return;
    soon ??= clock.after(soonMs, () => {
      soon = undefined;
      serial(step).catch(options.onError);
    });
  }

  async function step(): Promise<void> {
    if (closed) return;
    let over: string[] = [];
    await transact(store, view, 'hand over', () => {
      const world = worldOf(view);
      const steps = view.handovers().map((handover) => ({
        handover,
        next: advance(world, handover, factsOf(handover, options, clock.nowMs())),
      }));
      over = steps.filter(({ next }) => next === 'over').map(({ handover }) => resourceId(handover));
      return steps.flatMap(({ handover, next }) => writeOf(handover, next));
    });
    if (over.length > 0) options.onOver(over);
  }

  return {
    heard,
    close() {
      closed = true;
      soon?.cancel();
      timer.cancel();
    },
  };
}

function writeOf(handover: Handover, next: Handover | 'over'): Write[] {
  if (next === handover) return [];
  const key = handoverKey(handover);
  // What goes with this step was asked for when the change was, and agents have applied something since.
  const isLoss = handover.kind === 'Service' && (next === 'over' || next.isReady);
  const asked = isLoss ? [askedWrite('service', handover.name)] : [];
  if (next === 'over') return [{ kind: 'delete', key }, ...asked];
  return [{ kind: 'put', key, value: encodeRecord({ kind: 'handover', value: next }) }, ...asked];
}

type Known = Pick<HandoversOptions, 'view' | 'agents'>;

function factsOf(handover: Handover, { view, agents }: Known, nowMs: number): HandoverFacts {
  const declaredAt = view.modRevision(resourceKey(handover));
  const readyAt = view.modRevision(handoverKey(handover));
  const follows = (record: AgentRecord | undefined, revision: number): boolean =>
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

/** Those that somebody is still awaited for: what only lets running connections end is nobody's business. */
export function handoverStatuses(world: World, known: Known, nowMs: number): HandoverStatus[] {
  return known.view.handovers().flatMap((handover) => {
    const { kind, name } = handover;
    const waitsFor = awaitedBy(world, handover, factsOf(handover, known, nowMs));
    const isEmpty = handover.isReady && waitsFor.length === 0;
    if (isEmpty) return [];
    return [{ kind, name, waitsFor, stuck: !waitsFor.some((who) => isWilling(who, known)) }];
  });
}

function isWilling(who: string, { agents }: Known): boolean {
  const [role, name = ''] = who.split(' ');
  const known = agentRoles.find((one) => one === role);
  const record = known && agents.find(known, name);
  return record?.stream !== undefined && record.refusal === '';
}
