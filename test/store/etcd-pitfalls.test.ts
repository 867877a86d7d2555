/** What goes wrong with an etcd, and with its client for Node, each with a test that fails where it is not handled. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type EtcdStoreOptions, openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import type { Store, WatchEvent } from '../../src/store/store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { type Gate, openGate } from '../etcd/gate.ts';
import { type Reader, reader } from './reader.ts';
import { entryOf, put, remove, write } from './writing.ts';

let count = 0;
const quick = { attemptMs: 600, progressMs: 200, silenceMs: 1_200 };

function open(endpoints: readonly string[], options: Partial<EtcdStoreOptions> = {}): Promise<Store> {
  return openEtcdStore({
    ...{ endpoints, prefix: `/pitfall-${count}/`, access: {}, clock: realClock, random: Math.random },
    ...{ timing: quick, ...options },
  });
}

/** The next that says that it may be old. */
async function staleness(events: AsyncIterator<WatchEvent>): Promise<string> {
  for (;;) {
    const { value, done } = await events.next();
    if (done === true) throw new Error('the watch has ended');
    if (value.kind === 'stale') return value.reason;
  }
}

describe.skipIf(etcdPrograms === undefined)('an etcd of one member', () => {
  let etcd: EtcdCluster;
  let gate: Gate;
  /** By the gate. */
  let store: Store;
  /** Beside it. */
  let other: Store;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());
  beforeEach(async () => {
    count += 1;
    gate = await openGate(etcd.endpoints[0] ?? '');
    store = await open([gate.endpoint]);
    other = await open(etcd.endpoints);
  });
  afterEach(async () => {
    etcd.members[0]?.goOn();
    await store.close();
    await other.close();
    await gate.dispose();
  });

  const compact = async () =>
    etcdctl(etcd, ['compact', String((await other.read({ keys: [] })).revision), '--physical']);

  it('loses no event of a history of several messages, cut off again and again while it catches up', async () => {
    const before = await write(other, put('h/start', ''));
    const written: number[] = [];
    for (let index = 0; index < 30; index++)
      written.push(await write(other, put(`h/${index % 7}`, 'x'.repeat(300_000))));
    const events = reader(store.watch('h/', { afterRevision: before }));
    const seen: number[] = [];
    while (seen.length < written.length) {
      seen.push((await events.changes()).revision);
      if (seen.length % 8 === 1) {
        gate.shut();
        gate.open();
      }
    }
    expect(seen).toEqual(written);
    await events.end();
  });

  it('tells a transaction whole, though etcd tells it in pieces', async () => {
    const before = await write(other, put('f/start', ''));
    const written: number[] = [];
    for (let round = 0; round < 6; round++)
      written.push(
        await write(
          other,
          ...Array.from({ length: 90 }, (_, index) => put(`f/${index}`, 'x'.repeat(10_000))),
        ),
      );
    const events = reader(store.watch('f/', { afterRevision: before }));
    for (const revision of written) {
      const event = await events.changes();
      expect([event.revision, event.changes.length]).toEqual([revision, 90]);
    }
    await events.end();
  });

  it('compacted while a watch is away is listed again, what is gone left out', async () => {
    await write(other, put('c/1', 'a'), put('c/2', 'b'));
    const events = reader(store.watch('c/'));
    await events.next();
    gate.shut();
    await write(other, remove('c/1'));
    await write(other, put('c/3', 'c'));
    await compact();
    gate.open();
    const list = await events.next();
    expect(list).toMatchObject({ kind: 'list', entries: [{ key: 'c/2' }, { key: 'c/3' }] });
    await write(other, put('c/4', 'd'));
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'c/4' } }] });
    await events.end();
  });

  it('compacted between two pages of a list gives one list all the same, of one revision', async () => {
    for (let part = 0; part < 12; part++)
      await write(other, ...Array.from({ length: 50 }, (_, index) => put(`l/${part}/${index}`, '0')));
    const churn = (async () => {
      for (let round = 1; round < 12; round++) {
        await write(other, put('l/0/0', `${round}`), put('l/9/9', `${round}`));
        await compact();
      }
    })();
    for (let round = 0; round < 12; round++) {
      const { entries } = await store.read({ prefix: 'l/' });
      const [first, last] = ['l/0/0', 'l/9/9'].map((key) => entries.find((one) => one.key === key)?.value);
      expect([entries.length, first]).toEqual([600, last]);
    }
    await churn;
  });

  it('tells a watch that a revision is reached at which nothing of its own has changed', async () => {
    const events = store.watch('p/')[Symbol.asyncIterator]();
    await events.next();
    const revision = await write(store, put('q/1', 'x'));
    let reached = 0;
    while (reached < revision) {
      const { value } = await events.next();
      if (value?.kind === 'changes') {
        expect(value.changes).toEqual([]);
        reached = value.revision;
      }
    }
    await store.close();
  });

  it('says that it is not known what became of a transaction whose answer was lost, and does not send it again', async () => {
    await write(other, put('u', '1'));
    const modRevision = (await entryOf(other, 'u'))?.modRevision ?? 0;
    await store.read({ keys: [] });
    gate.mute();
    const commit = store.commit({ conditions: [{ key: 'u', modRevision }], writes: [put('u', '2')] });
    await expect.poll(async () => (await entryOf(other, 'u'))?.value).toBe('2');
    gate.shut();
    expect(await commit).toMatchObject({ outcome: 'unknown' });
    gate.open();
    expect((await entryOf(store, 'u'))?.value).toBe('2');
  });

  it('says that nothing was written where it was not reached', async () => {
    gate.shut();
    const tried = () =>
      store
        .commit({ conditions: [], writes: [put('n', '1')] })
        .then(({ outcome }) => outcome)
        .catch((error: Error) => error.message);
    // The connection that was there may have taken the first with it.
    await expect.poll(tried).toMatch(/^write etcd at http:/);
    gate.open();
    await expect.poll(tried).toBe('committed');
  });

  it('that is stopped keeps nobody waiting: calls end, a watch says that it may be old, and all goes on', async () => {
    const [member] = etcd.members;
    const events = store.watch('s/')[Symbol.asyncIterator]();
    await events.next();
    member?.stop();
    const calls = await Promise.allSettled([
      store.read({ prefix: '' }),
      store.commit({ conditions: [], writes: [put('s/1', '1')] }),
      store.lease(5_000),
    ]);
    expect(calls.map((one) => (one.status === 'fulfilled' ? one.value : one.reason.code))).toEqual([
      'unavailable',
      expect.objectContaining({ outcome: 'unknown' }),
      'unavailable',
    ]);
    expect(await staleness(events)).toMatch(/nothing heard|Deadline|unavailable|keepalive/i);
    member?.goOn();
    const revision = await pollWrite(store, 's/2');
    await expect
      .poll(async () => {
        const { value } = await events.next();
        return value?.kind === 'changes' ? value.revision : 0;
      })
      .toBeGreaterThanOrEqual(revision);
    await store.close();
  });

  it('killed and started again is found again by watches, leases and whoever writes', async () => {
    const [member] = etcd.members;
    const lease = await store.lease(20_000);
    const events: Reader = reader(store.watch('k/'));
    await events.next();
    await member?.kill();
    await expect(store.read({ keys: [] })).rejects.toMatchObject({ code: 'unavailable' });
    await member?.start();
    await pollWrite(store, 'k/1');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'k/1' } }] });
    expect(lease.lost.aborted).toBe(false);
    await write(store, { kind: 'put', key: 'live/k', value: '', lease: lease.id });
    await events.end();
  });

  it('ends a lease that nobody could keep, and lets nobody write by it', async () => {
    const lease = await store.lease(2_000);
    const modRevision = await write(store, { kind: 'put', key: 'live/e', value: '', lease: lease.id });
    gate.freeze();
    await new Promise((resolve) => lease.lost.addEventListener('abort', resolve));
    // By its own clock first: etcd has it still, or has just ended it.
    await expect.poll(async () => (await other.read({ prefix: 'live/' })).entries).toEqual([]);
    gate.open();
    const fence = { name: 'e', epoch: 1, key: 'live/e', modRevision };
    await pollWrite(store, 'e/1');
    expect(await store.commit({ conditions: [{ fence }], writes: [put('e/2', '')] })).toMatchObject({
      outcome: 'conflict',
    });
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd of three members', () => {
  let etcd: EtcdCluster;
  let store: Store;
  beforeEach(async () => {
    count += 1;
    etcd = await startEtcd({ size: 3 });
  });
  afterEach(async () => {
    await store?.close();
    await etcd.dispose();
  });

  it('goes on by another where the one in use is killed or stopped', async () => {
    store = await open(etcd.endpoints);
    const events = reader(store.watch('t/'));
    await events.next();
    const [first, second] = etcd.members;
    await first?.kill();
    await pollWrite(store, 't/1');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 't/1' } }] });
    await first?.start();
    second?.stop();
    await pollWrite(store, 't/2');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 't/2' } }] });
    second?.goOn();
    await events.end();
  });

  it('whose member is cut off from the others ends the watch there, though the member lives', async () => {
    // Only the word of the member can tell it: silence is not waited for.
    store = await open(etcd.endpoints.slice(0, 1), { timing: { ...quick, silenceMs: 1e9 } });
    const events = store.watch('h/')[Symbol.asyncIterator]();
    await events.next();
    await Promise.all(etcd.members.slice(1).map((member) => member.kill()));
    expect(await staleness(events)).toContain('no leader');
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd that asks for a user', () => {
  let etcd: EtcdCluster;
  let store: Store;
  const user = { name: 'causeway', password: 'secret' };
  const root = ['--user=root:root'];
  beforeAll(async () => {
    etcd = await startEtcd();
    const said = (words: string) => etcdctl(etcd, words.split(' '));
    await said('user add root:root');
    await said('user grant-role root root');
    await said('role add all');
    await said('role grant-permission all readwrite /allowed/ --prefix=true');
    await said('user add causeway:secret');
    await said('user grant-role causeway all');
    await said('auth enable');
  });
  afterAll(() => etcd.dispose());
  afterEach(async () => store?.close());
  const allowed = { prefix: '/allowed/', access: { user } };

  it.each<[string, Partial<EtcdStoreOptions>, RegExp]>([
    ['no user', { prefix: '/allowed/' }, /user name is empty: this etcd wants a user and a password$/],
    [
      'another password',
      { prefix: '/allowed/', access: { user: { ...user, password: 'x' } } },
      /authentication failed, invalid user ID or password: is the user, or the password, another\?$/,
    ],
    [
      'a prefix that is not granted',
      { prefix: '/other/', access: { user } },
      /permission denied: its user needs a role that may read and write everything under the prefix$/,
    ],
  ])('refuses %s in one line that says what to do', async (_, options, line) => {
    const opened = open(etcd.endpoints, options);
    await expect(opened).rejects.toMatchObject({ code: 'permission', message: expect.stringMatching(line) });
  });

  it('knows no tokens any more after a restart: everybody introduces himself again', async () => {
    store = await open(etcd.endpoints, allowed);
    const events = reader(store.watch('r/'));
    await events.next();
    const lease = await store.lease(20_000);
    await etcd.members[0]?.kill();
    await etcd.members[0]?.start();
    await pollWrite(store, 'r/1');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'r/1' } }] });
    await write(store, { kind: 'put', key: 'live/r', value: '', lease: lease.id });
    await events.end();
  });

  it('changes its grants: a watch and whoever writes go on when they may again', async () => {
    store = await open(etcd.endpoints, allowed);
    const events = store.watch('g/')[Symbol.asyncIterator]();
    await events.next();
    const grant = (verb: string) =>
      etcdctl(etcd, [...root, 'role', ...verb.split(' '), '/allowed/', '--prefix=true']);
    await grant('revoke-permission all');
    await expect(store.read({ keys: [] })).rejects.toThrow('permission denied');
    await etcd.members[0]?.kill();
    await etcd.members[0]?.start();
    await expect.poll(() => staleness(events)).toContain('permission denied');
    await grant('grant-permission all readwrite');
    const revision = await pollWrite(store, 'g/1');
    await expect
      .poll(async () => {
        const { value } = await events.next();
        return value?.kind === 'changes' ? value.revision : 0;
      })
      .toBeGreaterThanOrEqual(revision);
  });
});

/** Its revision, once it could be written. */
async function pollWrite(store: Store, key: string): Promise<number> {
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
