/** What goes wrong with an etcd, and with its client for Node, each with a test that fails where it is not handled. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EtcdStoreOptions } from '../../src/store/etcd/etcd-store.ts';
import type { Store } from '../../src/store/store.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { type Gate, openGate } from '../etcd/gate.ts';
import { openQuick, persist, pollWrite, position, quick, staleness } from './etcd-opened.ts';
import { type Reader, reader } from './reader.ts';
import { entryOf, put, remove, write } from './writing.ts';

let count = 0;
const open = (endpoints: readonly string[], options: Partial<EtcdStoreOptions> = {}): Promise<Store> =>
  persist(() => openQuick(endpoints, { prefix: `/pitfall-${count}/`, ...options }));

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
    // Nothing is in its way: however busy the machine is, it is answered.
    other = await open(etcd.endpoints, { timing: { attemptMs: 60_000 } });
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
    for (let part = 0; part < 45; part++)
      await write(
        other,
        ...Array.from({ length: 50 }, (_, index) => put(`l/${part}/${index}`, 'x'.repeat(400))),
      );
    const patient = await open([gate.endpoint], { timing: { ...quick, attemptMs: 60_000 } });
    // In the middle of the first page, which is of a revision that is forgotten when the second is asked for.
    const isFrozen = gate.freezeAfter(200_000);
    const reading = patient.read({ prefix: 'l/' });
    await isFrozen;
    const revision = await write(other, put('l/0/0', 'new'), put('l/9/new', 'new'));
    await compact();
    gate.open();
    const list = await reading;
    expect([list.entries.length, list.revision]).toEqual([2_251, revision]);
    expect(list.entries.filter(({ value }) => value === 'new')).toHaveLength(2);
    await patient.close();
  });

  it('at rest tells a watch that it is up to date, though nothing was written since it began', async () => {
    const events = store.watch('rest/')[Symbol.asyncIterator]();
    const { value: list } = await events.next();
    const { value } = await events.next();
    expect(value).toEqual({ kind: 'changes', changes: [], revision: list?.kind === 'list' && list.revision });
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
    await member?.stop();
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
    await expect.poll(() => position(events)).toBeGreaterThanOrEqual(revision);
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
    const lease = await store.lease(3_000);
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

  it('gets a transaction that was under way when its fence went down, and writes nothing of it', async () => {
    const lease = await store.lease(3_000);
    const modRevision = await write(store, { kind: 'put', key: 'live/z', value: '', lease: lease.id });
    gate.freeze();
    const fence = { name: 'z', epoch: 1, key: 'live/z', modRevision };
    const late = store.commit({ conditions: [{ fence }], writes: [put('z', 'late')] });
    await expect.poll(async () => (await other.read({ prefix: 'live/' })).entries).toEqual([]);
    gate.open();
    expect((await late).outcome).not.toBe('committed');
    await pollWrite(store, 'z/after');
    expect(await entryOf(other, 'z')).toBeUndefined();
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd whose disk is full', () => {
  it('writes nothing, says what to do, and takes it when there is room; what it has is read all the same', async () => {
    count += 1;
    const etcd = await startEtcd({ flags: ['--quota-backend-bytes', String(4 * 1024 ** 2)] });
    const store = await open(etcd.endpoints, { timing: {} });
    const fill = async (): Promise<string> => {
      const writes = ['d/1', 'd/2'].map((key) => put(key, 'x'.repeat(400_000)));
      return store.commit({ conditions: [], writes }).then(
        ({ outcome }) => outcome,
        (error: Error) => error.message,
      );
    };
    await expect
      .poll(fill)
      .toMatch(/database space exceeded: compact and defragment it, then disarm the alarm/);
    const { entries, revision } = await store.read({ prefix: 'd/' });
    expect(entries).toHaveLength(2);
    await etcdctl(etcd, ['compact', String(revision), '--physical']);
    await etcdctl(etcd, ['defrag']);
    await etcdctl(etcd, ['alarm', 'disarm']);
    await expect.poll(fill).toBe('committed');
    await store.close();
    await etcd.dispose();
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd that is put back to an older snapshot', () => {
  let etcd: EtcdCluster;
  beforeEach(async () => {
    count += 1;
    etcd = await startEtcd();
  });
  afterEach(() => etcd.dispose());

  it('is listed again by watches, as it is now', async () => {
    const store = await open(etcd.endpoints, { timing: {} });
    await write(store, put('b/1', 'kept'));
    const snapshot = join(etcd.folder, 'snapshot');
    await etcdctl(etcd, ['snapshot', 'save', snapshot]);
    const events = reader(store.watch('b/'));
    await events.next();
    const { revision } = await store.read({ keys: [] });
    await write(store, put('b/2', 'lost'));
    await events.changes();
    await etcd.members[0]?.kill();
    await etcd.members[0]?.restore(snapshot);
    await etcd.members[0]?.start();
    const list = await events.next();
    expect(list).toMatchObject({ kind: 'list', entries: [{ key: 'b/1', value: 'kept' }] });
    expect(list?.kind === 'list' && list.revision).toBeLessThanOrEqual(revision + 1);
    await pollWrite(store, 'b/3');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'b/3' } }] });
    await events.end();
    await store.close();
  });

  it('bumped, as an operator is told to, is at a revision beyond all that anybody knows', async () => {
    const store = await open(etcd.endpoints, { timing: {} });
    await write(store, put('b/1', 'kept'));
    const snapshot = join(etcd.folder, 'snapshot');
    await etcdctl(etcd, ['snapshot', 'save', snapshot]);
    const known = await write(store, put('b/2', 'lost'));
    await etcd.members[0]?.kill();
    await etcd.members[0]?.restore(snapshot, ['--bump-revision', '1000000', '--mark-compacted']);
    await etcd.members[0]?.start();
    await pollWrite(store, 'b/3');
    const { entries, revision } = await store.read({ prefix: 'b/' });
    expect(entries.map(({ key }) => key)).toEqual(['b/1', 'b/3']);
    expect(revision).toBeGreaterThan(known + 1_000_000 - 10);
    await store.close();
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
    await second?.stop();
    await pollWrite(store, 't/2');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 't/2' } }] });
    second?.goOn();
    await events.end();
  });

  it('is asked at the first endpoint again once that is back', async () => {
    const gate = await openGate(etcd.endpoints[0] ?? '');
    const endpoints = [gate.endpoint, ...etcd.endpoints.slice(1)];
    store = await open(endpoints, { timing: { ...quick, homeMs: 100 } });
    gate.shut();
    await pollWrite(store, 'o/1');
    gate.open();
    await expect
      .poll(async () => {
        const before = gate.answered();
        await store.read({ keys: ['o/1'] });
        return gate.answered() - before;
      })
      .toBeGreaterThan(0);
    await store.close();
    await gate.dispose();
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
