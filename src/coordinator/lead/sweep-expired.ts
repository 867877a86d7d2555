/**
 * When what is over leaves the store: overrides that expired long ago, which govern nothing, and for a day still tell what was ordered;
 * denied certificates of which none is left.
 */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Override, Resource } from '../../domain/resource.ts';
import { denialKey, resourceKey } from '../../store/keys.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface SweeperOptions {
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
export function sweepExpired(options: SweeperOptions): { close(): void } {
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
      'sweep what is over',
      () => {
        swept = longExpired(view.resources(), clock.nowMs());
        const over = view.denials().filter(({ endsMs }) => clock.nowMs() >= endsMs);
        return [...swept.map(resourceKey), ...over.map(denialKey)].map(
          (key): Write => ({ kind: 'delete', key }),
        );
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
