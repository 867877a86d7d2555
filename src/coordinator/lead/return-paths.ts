/** What is believed of return paths: from what collectors hear, by plan/return-paths' rule, kept in the store, written when it changes. */
import type { Clock, Timer } from '../../domain/clock.ts';
import { tickMs } from '../../domain/tick.ts';
import type { AgentWords } from '../../plan/observe/agent-word.ts';
import { returnPathWords } from '../../plan/observe/witnesses.ts';
import { type ReturnPathChange, returnPathChanges } from '../../plan/return-paths.ts';
import { returnPathKey } from '../../store/keys.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import { returnPathWrite } from '../view/membership.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';
import { worldOf } from '../view/world-of-store.ts';

export interface ReturnPathTrackerOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly agents: Pick<AgentWords, 'connected' | 'collected'>;
  readonly serial: Serial;
  readonly clock: Clock;
  /** Nothing is written without it; absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  readonly periodMs?: number;
  onChanged(changes: readonly ReturnPathChange[]): void;
  onError(error: unknown): void;
}

export function trackReturnPaths(options: ReturnPathTrackerOptions): { close(): void } {
  const { store, view, agents, serial, clock, periodMs = tickMs } = options;
  let timer: Timer = clock.after(periodMs, tick);
  let closed = false;

  function tick(): void {
    serial(judge)
      .catch(options.onError)
      .finally(() => {
        if (!closed) timer = clock.after(periodMs, tick);
      });
  }

  async function judge(): Promise<void> {
    if (closed) return;
    const words = returnPathWords(agents, clock.monotonicMs());
    let changes: readonly ReturnPathChange[] = [];
    await transact(
      store,
      view,
      'write return paths',
      function* () {
        changes = yield* returnPathChanges(worldOf(view), words, clock.nowMs());
        return changes.map(writeOf);
      },
      { fence: options.fence },
    );
    if (changes.length > 0) options.onChanged(changes);
  }

  return {
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

function writeOf(change: ReturnPathChange): Write {
  return change.kind === 'put'
    ? returnPathWrite(change.record)
    : { kind: 'delete', key: returnPathKey(change.realServer) };
}
