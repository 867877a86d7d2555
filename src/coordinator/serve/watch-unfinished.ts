/** When a change that is being written is taken up by another: where nothing of it has moved for a while. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Store } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView } from '../view/store-view.ts';
import { finishRevision, unfinishedRevision } from './unfinished.ts';

export interface WatchUnfinishedOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly serial: Serial;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long nothing may move. */
  readonly afterMs?: number;
  onError(error: unknown): void;
}

/** Several transactions of the slowest store; whoever is only slow loses nothing by it. */
const defaultAfterMs = 10_000;

export function watchUnfinished(options: WatchUnfinishedOptions): { close(): void } {
  const { store, view, serial, clock, log, afterMs = defaultAfterMs } = options;
  let timer: Timer | undefined;
  let closed = false;

  function arm(): void {
    timer?.cancel();
    timer = closed || unfinishedRevision(view) === undefined ? undefined : clock.after(afterMs, tick);
  }

  function tick(): void {
    serial(async () => {
      const finished = closed ? undefined : await finishRevision(store, view);
      if (finished?.outcome === 'done')
        log.warn({ revision: finished.number }, 'a change that was left unfinished is made');
      else if (finished !== undefined)
        log.error({ revision: finished.number, reason: finished.why }, 'an unfinished change is given up');
    })
      .catch(options.onError)
      .finally(arm);
  }

  view.onChange((records) => {
    if (records.some(({ kind }) => kind === 'revision' || kind === 'revision-part')) arm();
  });
  arm();
  return {
    close() {
      closed = true;
      timer?.cancel();
    },
  };
}
