/** A store on an etcd of the tests that notices within moments what it else does within seconds. */
import { expect } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type EtcdStoreOptions, openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import type { Store, WatchEvent } from '../../src/store/store.ts';
import { paceNow } from '../pace.ts';
import { put } from './writing.ts';

const attemptLimit = 20;

/** Longer by as much as this machine is busy: what is noticed within moments must not be the machine. */
const pace = paceNow();
export const quick = { attemptMs: 1_200 * pace, progressMs: 200 * pace, silenceMs: 1_500 * pace };

export function openQuick(
  endpoints: readonly string[],
  options: Partial<EtcdStoreOptions> = {},
): Promise<Store> {
  return openEtcdStore({
    ...{ endpoints, prefix: '/test/', access: {}, clock: realClock, random: Math.random },
    ...{ timing: quick, ...options },
  });
}

/** What it comes to, tried again where a busy machine did not answer in the moments that such a store waits. */
export async function persist<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      const isBusy = error instanceof CausewayError && error.code === 'unavailable';
      if (!isBusy || attempt === attemptLimit) throw error;
    }
  }
}

/** Why what a watch told may be old; waits until it is. */
export async function staleness(events: AsyncIterator<WatchEvent>): Promise<string> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the watch has ended');
    if (value.kind === 'stale') return value.reason;
  }
}

/** The revision up to which it has told. */
export async function position(events: AsyncIterator<WatchEvent>): Promise<number> {
  const { value } = await events.next();
  return value?.kind === 'changes' ? value.revision : 0;
}

/** Its revision, once it could be written. */
export async function pollWrite(store: Store, key: string): Promise<number> {
  let revision = 0;
  await expect
    .poll(async () => {
      const commit = await store.commit({ conditions: [], writes: [put(key, 'x')] }).catch(() => undefined);
      if (commit?.outcome === 'committed') revision = commit.revision;
      return commit?.outcome;
    })
    .toBe('committed');
  return revision;
}
