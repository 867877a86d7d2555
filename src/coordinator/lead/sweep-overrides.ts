/** When overrides that expired long ago leave the store: they govern nothing, and for a day they still tell what was ordered. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Override, Resource } from '../../domain/resource.ts';
import { resourceKey } from '../../store/keys.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface OverrideSweeperOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly serial: Serial;
  readonly clock: Clock;
  /** Nothing is written without it; absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  onSwept(names: readonly string[]): void;
  onError(error: unknown): void;
}

const keptMs = 24 * 3_600_000;
const periodMs = 3_600_000;

/** Sweeps at once, then every hour, all of them in one write. */
export function sweepOverrides(options: OverrideSweeperOptions): { close(): void } {
  const { store, view, serial, clock } = options;
  let timer: Timer = clock.after(0, tick);
  let closed = false;

  function tick(): void {
    serial(sweep)
      .catch(options.onError)
      .finally(() => {
        if (!closed) timer = clock.after(periodMs, tick);
      });
  }

  async function sweep(): Promise<void> {
    if (closed) return;
    let swept: readonly Override[] = [];
    await transact(
      store,
      view,
      'sweep overrides',
      () => {
        swept = longExpired(view.resources(), clock.nowMs());
        return swept.map((override): Write => ({ kind: 'delete', key: resourceKey(override) }));
      },
      { fence: options.fence },
    );
    if (swept.length > 0) options.onSwept(swept.map(({ name }) => name));
  }

  return {
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

function longExpired(resources: readonly Resource[], nowMs: number): Override[] {
  return resources
    .filter((resource) => resource.kind === 'Override')
    .filter(({ expiresAtMs }) => expiresAtMs + keptMs < nowMs);
}
