/** When the secret of the probes is another: looked at from time to time, and written only then. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Fence } from '../../store/store.ts';
import { type ProbeKeysOptions, renewProbeSecrets } from '../view/probe-key.ts';
import type { Serial } from '../view/serial.ts';

export interface ProbeKeyRenewalOptions extends Omit<ProbeKeysOptions, 'nowMs'> {
  readonly serial: Serial;
  readonly clock: Clock;
  /** Nothing is written without it; absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  onRenewed(): void;
  onError(error: unknown): void;
}

const periodMs = 60_000;

export function renewProbeKeys(options: ProbeKeyRenewalOptions): { close(): void } {
  const { serial, clock, fence } = options;
  let timer: Timer = clock.after(0, tick);
  let closed = false;

  async function look(): Promise<void> {
    if (closed) return;
    if (await renewProbeSecrets({ ...options, nowMs: clock.nowMs }, { fence })) options.onRenewed();
  }

  function tick(): void {
    serial(look)
      .catch(options.onError)
      .finally(() => {
        if (!closed) timer = clock.after(periodMs, tick);
      });
  }

  return {
    close() {
      closed = true;
      timer.cancel();
    },
  };
}
