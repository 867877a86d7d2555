/** The latency matrix: from the directors' reports, believed by plan/latency's rule, kept in the store. */

import type { Clock, Timer } from '../../domain/clock.ts';
import type { LatencyEntry } from '../../domain/report.ts';
import type { Steps } from '../../domain/steps.ts';
import { tickMs } from '../../domain/tick.ts';
import { emptyLatency, type LatencySample, latencyAccepted } from '../../plan/latency.ts';
import { breathing } from '../../runtime/breathing.ts';
import { latencyKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Fence, Store, Write } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { transact } from '../view/transact.ts';

export interface LatencyTrackerOptions {
  readonly store: Store;
  readonly view: StoreView;
  /** What directors measured since then, up to now; both monotonic. */
  samplesSince(sinceMs: number, nowMs: number): Steps<LatencySample[]>;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly windowMs?: number;
  /** Nothing is written without it; absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  onAccepted(entries: readonly LatencyEntry[]): void;
  onError(error: unknown): void;
}

export interface LatencyTracker {
  close(): void;
}

/**
 * Directors report over a sliding 5 s. Judged every 5 s and believed after three times running, a change has lasted longer
 * than any burst of a second.
 */
const defaultWindowMs = tickMs;

export function trackLatency(options: LatencyTrackerOptions): LatencyTracker {
  const { store, view, serial, clock, windowMs = defaultWindowMs } = options;
  let { tracks } = emptyLatency;
  let timer: Timer = clock.after(windowMs, tick);
  let closed = false;

  function tick(): void {
    serial(judge)
      .catch(options.onError)
      .finally(() => {
        if (!closed) timer = clock.after(windowMs, tick);
      });
  }

  async function judge(): Promise<void> {
    const nowMs = clock.monotonicMs();
    const slices = { operation: 'judge latency' };
    const samples = await breathing(options.samplesSince(nowMs - windowMs, nowMs), slices);
    // The store has what is accepted, whoever accepted it: so a restart or another coordinator changes nothing.
    const state = await breathing(latencyAccepted({ entries: view.latency(), tracks }, samples), slices);
    const accepted = changedEntries(view.latency(), state.entries);
    if (accepted.length > 0) {
      await transact(store, view, 'write latency', () => accepted.map(write), { fence: options.fence });
      options.onAccepted(accepted);
    }
    tracks = state.tracks;
  }

  return {
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

function changedEntries(before: readonly LatencyEntry[], after: readonly LatencyEntry[]): LatencyEntry[] {
  const known = new Map(before.map((entry) => [latencyKey(entry.from, entry.to), entry]));
  return after.filter((entry) => {
    const old = known.get(latencyKey(entry.from, entry.to));
    return (
      old === undefined || old.p50Us !== entry.p50Us || old.p90Us !== entry.p90Us || old.loss !== entry.loss
    );
  });
}

function write(entry: LatencyEntry): Write {
  const value = encodeRecord({ kind: 'latency', value: entry });
  return { kind: 'put', key: latencyKey(entry.from, entry.to), value };
}
