/** Another secret of the probes before its time: where somebody may have learnt what agents are sent. */
import type { AdminHandlers } from '../../api/handlers.ts';
import type { Clock } from '../../domain/clock.ts';
import type { ProbeSecrets } from '../../domain/probe.ts';
import { usedFromMs } from '../../plan/probe-secrets.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Store } from '../../store/store.ts';
import { renewProbeSecrets } from '../view/probe-key.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';

export interface RotateOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
  /** From a cryptographic source. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** Whoever leads has the new one used when its time has come (lead/renew-probe-keys). */
export function createRotateHandler(options: RotateOptions): Pick<AdminHandlers, 'rotateProbeKeys'> {
  const { view, serial, clock, log } = options;
  return {
    rotateProbeKeys: ({ caller }) =>
      serial(async () => {
        const before = newestEpoch(view.probeSecrets());
        await renewProbeSecrets({ ...options, nowMs: clock.nowMs }, { isAsked: true });
        const secrets = view.probeSecrets();
        const epoch = newestEpoch(secrets);
        const isBegun = epoch !== before;
        if (isBegun) log.warn({ by: caller.identity, epoch }, 'the keys of the probes change, as asked');
        return { isBegun, epoch, usedFromMs: secrets === undefined ? 0 : usedFromMs(secrets) };
      }),
  };
}

function newestEpoch(present: ProbeSecrets | undefined): number {
  return Math.max(0, ...(present?.secrets ?? []).map(({ epoch }) => epoch));
}
