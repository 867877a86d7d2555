/** A lease that is over for its holder no later than for etcd: it counts from when it asked, by its own clock. */
import type { Clock, Timer } from '../../domain/clock.ts';
import type { Lease } from '../store.ts';
import type { EtcdClient } from './client.ts';
import type { Members } from './members.ts';

export interface LeaseOptions {
  readonly members: Members;
  readonly clock: Clock;
  readonly ttlMs: number;
  /** It is over, for whatever reason. */
  onOver(lease: Lease): void;
}

/** Who ends does not wait for an etcd that is away. */
const endMs = 1_500;

/** Errors: those of `Members.call`. */
export async function openLease({ members, clock, ttlMs, onOver }: LeaseOptions): Promise<Lease> {
  const askedMs = clock.monotonicMs();
  const id = await members.call((client, deadlineMs) => client.grant(Math.ceil(ttlMs / 1_000), deadlineMs), {
    operation: 'lease',
    // One that was granted and not heard of ends by itself.
    again: ['unsent', 'lost'],
  });
  const abort = new AbortController();
  let dueMs = askedMs + ttlMs;
  let isOver = false;
  const lease: Lease = {
    id,
    lost: abort.signal,
    async end() {
      if (isOver) return;
      over();
      try {
        await members.call((client) => client.revoke(id, endMs), { operation: 'end lease', again: [] });
      } catch {
        // It ends by its time.
      }
    },
  };
  let dueTimer: Timer = clock.after(dueMs - clock.monotonicMs(), over);
  let beatTimer: Timer = clock.after(ttlMs / 3, beat);

  function over(): void {
    if (isOver) return;
    isOver = true;
    dueTimer.cancel();
    beatTimer.cancel();
    abort.abort();
    onOver(lease);
  }

  function beat(): void {
    // Where the process was stopped this may come before the other timer.
    if (clock.monotonicMs() >= dueMs) {
      over();
      return;
    }
    const sentMs = clock.monotonicMs();
    const leftMs = dueMs - sentMs;
    members
      .call((client, deadlineMs) => keepAlive(client, id, Math.min(deadlineMs, ttlMs / 3, leftMs)), {
        operation: 'keep lease',
        again: ['unsent', 'lost'],
        signal: abort.signal,
      })
      .then((leftSeconds) => {
        if (leftSeconds <= 0) over();
        else renewed(sentMs);
      })
      // It is asked again until its time is over.
      .catch(() => {})
      .finally(() => {
        if (!isOver) beatTimer = clock.after(ttlMs / 3, beat);
      });
  }

  function renewed(sentMs: number): void {
    if (isOver) return;
    // The answer may have come too late.
    if (clock.monotonicMs() >= dueMs) {
      over();
      return;
    }
    dueMs = sentMs + ttlMs;
    dueTimer.cancel();
    dueTimer = clock.after(dueMs - clock.monotonicMs(), over);
  }

  return lease;
}

/** Seconds that etcd gives it from now on; 0: it knows it no more. */
async function keepAlive(client: EtcdClient, id: string, deadlineMs: number): Promise<number> {
  const stream = await client.keepAlive(deadlineMs);
  try {
    return await new Promise<number>((resolve, reject) => {
      stream.onResponse(({ TTL }) => resolve(Number(TTL)));
      stream.onEnd(reject);
      stream.send({ ID: id });
    });
  } finally {
    stream.close();
  }
}
