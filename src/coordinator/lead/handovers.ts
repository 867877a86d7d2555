/** When a change that hosts make one after the other goes a step on: as their agents say that they have it, in the store, so that a restart knows. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Handover } from '../../domain/handover.ts';
import { resourceId } from '../../domain/resource.ts';
import { advance } from '../../plan/handover-steps.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { handoverKey, memberPrefix, resourcePrefix } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import { factsOf } from '../view/handover-facts.ts';
import { askedWrite } from '../view/intent.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { worldOf } from '../view/world-of-store.ts';

export interface HandoversOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: Pick<AgentWords, 'find'>;
  readonly serial: Serial;
  readonly clock: Clock;
  /** Nothing is written without it; absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
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
    await transact(
      store,
      view,
      'hand over',
      () => {
        const world = worldOf(view);
        const steps = view.handovers().map((handover) => ({
          handover,
          next: advance(world, handover, factsOf(handover, options, clock.nowMs())),
        }));
        over = steps.filter(({ next }) => next === 'over').map(({ handover }) => resourceId(handover));
        return steps.map(({ handover, next }) => writeOf(handover, next));
      },
      { restsOn: [memberPrefix, resourcePrefix], fence: options.fence },
    );
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
