/** One watch stream after the other, so that what etcd tells goes on whatever becomes of members, connections and tokens. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Change } from '../store.ts';
import { createBackoff } from './backoff.ts';
import type { EtcdClient } from './client.ts';
import { failureOf } from './failure.ts';
import type { Layout } from './layout.ts';
import type { Members } from './members.ts';
import { createWatchReader, type Told } from './watch-reader.ts';

export interface PumpOptions {
  readonly prefix: string;
  readonly layout: Layout;
  readonly members: Pick<Members, 'connect'>;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  /** Every so often etcd is asked how far it is. */
  readonly progressMs: number;
  /** A stream on which nothing was heard for so long is given up. */
  readonly silenceMs: number;
  /** No changes: nothing else has changed up to the revision. */
  onChanges(changes: readonly Change[], revision: number): void;
  onStale(reason: string): void;
  /** It can't go on from where it was: `start` again with where a list is. */
  onGap(): void;
}

export interface Pump {
  /** Tells what comes after the revision, of this cluster where that is known (''). A second time: only if it does not run. */
  start(afterRevision: number, clusterId: string): void;
  /** Somebody waits to hear that this revision is reached. */
  want(revision: number): void;
  close(): void;
}

const wantedMs = 20;
const longestPauseMs = 5_000;
/** A stream that lasted so long is no sign that the next will fail. */
const soundMs = 10_000;

export function createPump(options: PumpOptions): Pump {
  const { layout, clock, members, progressMs, silenceMs } = options;
  const backoff = createBackoff(longestPauseMs, options.random);
  let position: { reached: number; clusterId: string } | undefined;
  let stream: { ask(): void; close(): void } | undefined;
  let pause: Timer | undefined;
  let asking: Timer | undefined;
  let wanted = 0;
  let isClosed = false;
  let isBad = false;

  async function open(): Promise<void> {
    if (isClosed || position === undefined) return;
    const { reached, clusterId } = position;
    let client: EtcdClient | undefined;
    try {
      client = members.connect(isBad);
      const raw = await client.watch(silenceMs);
      follow(client, raw, reached, clusterId);
    } catch (error) {
      client?.close();
      failed(failureOf(error).message);
    }
  }

  function follow(
    client: EtcdClient,
    raw: Awaited<ReturnType<EtcdClient['watch']>>,
    reached: number,
    clusterId: string,
  ): void {
    const reader = createWatchReader({ afterRevision: reached, clusterId, own: layout.own });
    const openedMs = clock.monotonicMs();
    let heardMs = openedMs;
    let isOver = false;
    let timer = clock.after(progressMs, beat);

    function close(): void {
      isOver = true;
      timer.cancel();
      raw.close();
      client.close();
    }
    function over(reason: string): void {
      if (isOver) return;
      close();
      stream = undefined;
      if (clock.monotonicMs() - openedMs >= soundMs) backoff.reset();
      failed(reason);
    }
    function beat(): void {
      if (clock.monotonicMs() - heardMs >= silenceMs) {
        over(`nothing heard in ${silenceMs / 1_000} s`);
        return;
      }
      ask();
      timer = clock.after(progressMs, beat);
    }
    function ask(): void {
      raw.send({ progress_request: {} });
    }
    function tell(told: Told): void {
      switch (told.kind) {
        case 'created':
          backoff.reset();
          isBad = false;
          if (position !== undefined) position.clusterId = told.clusterId;
          ask();
          break;
        case 'changes':
          moved(told.revision);
          options.onChanges(told.changes, told.revision);
          break;
        case 'reached':
          moved(told.revision);
          options.onChanges([], told.revision);
          break;
        case 'gap':
          close();
          stream = undefined;
          position = undefined;
          options.onGap();
          break;
        case 'ended':
          over(told.reason);
          break;
      }
    }

    raw.onResponse((response) => {
      heardMs = clock.monotonicMs();
      for (const told of reader.take(response)) if (!isOver && !isClosed) tell(told);
    });
    raw.onEnd((error) => over(failureOf(error).message));
    if (isClosed) {
      close();
      return;
    }
    stream = { ask, close };
    // From what is known already, which is passed over: a watch that begins in the future is told no progress before it has come.
    raw.send({
      create_request: {
        ...layout.range(options.prefix),
        start_revision: Math.max(reached, 1),
        fragment: true,
      },
    });
  }

  function moved(revision: number): void {
    if (position !== undefined) position.reached = revision;
  }

  function failed(reason: string): void {
    if (isClosed) return;
    isBad = true;
    options.onStale(reason);
    pause = clock.after(backoff.nextMs(), () => void open());
  }

  /** A member that has still to catch up passes a request over in silence: so again. */
  function askAgain(): void {
    asking = undefined;
    if (isClosed || position === undefined || position.reached >= wanted) return;
    stream?.ask();
    asking = clock.after(wantedMs, askAgain);
  }

  return {
    start(afterRevision, clusterId) {
      if (position !== undefined) return;
      position = { reached: afterRevision, clusterId };
      pause?.cancel();
      void open();
    },
    want(revision) {
      wanted = Math.max(wanted, revision);
      asking ??= clock.after(wantedMs, askAgain);
    },
    close() {
      isClosed = true;
      pause?.cancel();
      asking?.cancel();
      stream?.close();
    },
  };
}
