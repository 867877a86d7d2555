/** Two coordinators on one store, each with a view of its own, and what becomes of what they decide at the same time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registration } from '../../../src/coordinator/view/membership.ts';
import { openStoreView, type StoreView } from '../../../src/coordinator/view/store-view.ts';
import { transact } from '../../../src/coordinator/view/transact.ts';
import type { AgentHello } from '../../../src/domain/agent-message.ts';
import { CausewayError } from '../../../src/domain/error.ts';
import type { Steps } from '../../../src/domain/steps.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { campaign } from '../../../src/store/campaign.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberPrefix, resourcePrefix } from '../../../src/store/keys.ts';
import type { Commit, Store, Write } from '../../../src/store/store.ts';
import { entryOf, put, write } from '../../store/writing.ts';

let store: Store;
let views: StoreView[] = [];
beforeEach(async () => {
  store = openEmbeddedStore({ file: ':memory:', clock: realClock });
  views = await Promise.all(
    [1, 2].map(() =>
      openStoreView(store, { onSetAside() {}, onTrouble: expect.unreachable, clock: realClock }),
    ),
  );
});
afterEach(async () => {
  for (const view of views) await view.close();
  await store.close();
});

const view = (): StoreView => views[0] as StoreView;
const keys = async (prefix = 'x/') => (await store.read({ prefix })).entries.map(({ key }) => key);

describe('two coordinators that decide at the same time', () => {
  const hello = (name: string, address: string): AgentHello => ({
    ...{ role: 'realserver', name, site: 'fra', address, prefixLength: 24, labels: {}, capacity: 100 },
    ...{ appliedVersion: 0, appliedChecksum: '', programVersion: '0' },
  });
  const register = (hellos: readonly AgentHello[]) =>
    Promise.allSettled(
      hellos.map((one, index) => {
        const own = views[index] as StoreView;
        const options = { restsOn: [memberPrefix, resourcePrefix] };
        return transact(store, own, 'register', () => registration(own, one), options);
      }),
    );

  it('accept one address once', async () => {
    const results = await register([hello('r1', '10.0.0.1'), hello('r2', '10.0.0.1')]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(view().membersAt('10.0.0.1')).toHaveLength(1);
  });

  it('give one probe slot to one', async () => {
    const results = await register([hello('r1', '10.0.0.1'), hello('r2', '10.0.0.2')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await keys('probe-slots/')).toEqual(['probe-slots/0001', 'probe-slots/0002']);
  });
});

describe('a transaction', () => {
  /** The store, but for what it answers to a commit. */
  const answering = (commit: (write: () => Promise<Commit>) => Promise<Commit>): Store => ({
    ...store,
    commit: (transaction) => commit(() => store.commit(transaction)),
  });
  const unknown: Commit = { outcome: 'unknown', reason: 'deadline' };

  it('whose outcome is not known is looked at, and not written twice', async () => {
    let attempts = 0;
    const mute = answering(async (commit) => {
      attempts += 1;
      await commit();
      return unknown;
    });
    const revision = await transact(mute, view(), 'write', () => [put('x/a', '1'), put('x/b', '2')]);
    expect([attempts, (await entryOf(store, 'x/a'))?.modRevision]).toEqual([1, revision]);
  });

  it('whose outcome is not known, and which was not written, is decided again', async () => {
    let attempts = 0;
    const deaf = answering(async (commit) => {
      attempts += 1;
      return attempts === 1 ? unknown : commit();
    });
    let decided = 0;
    await transact(deaf, view(), 'write', () => [put('x/a', String(++decided))]);
    expect([decided, (await entryOf(store, 'x/a'))?.value]).toEqual([2, '2']);
  });

  it.each([
    ['the view stays', 0, 1],
    ['the view goes on meanwhile', 2, 3],
    ['it goes on again and again: at last in one go', 9, 4],
  ])('decided in slices, where %s, is decided on one revision', async (_, moves, runs) => {
    let [decided, moved] = [0, 0];
    // As if somebody else's change had come.
    const going = Object.create(view(), { revision: { get: () => view().revision + moved } });
    const restless: Store = {
      ...store,
      commit: (transaction) => store.commit({ ...transaction, conditions: [] }),
    };
    function* decide(): Steps<readonly Write[]> {
      decided += 1;
      const before = moved;
      yield;
      if (decided <= moves && decided < 4) moved += 1;
      yield;
      if (moved !== before && decided === 1) throw new Error('what never stood beside each other');
      return [put('x/a', String(decided))];
    }
    await transact(restless, going, 'write', decide);
    expect([decided, (await entryOf(store, 'x/a'))?.value]).toEqual([runs, String(runs)]);
    await expect(
      transact(restless, going, 'write', function* (): Steps<readonly Write[]> {
        yield;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
  });

  it('that is written late does not undo what was written after it', async () => {
    let late: (() => Promise<Commit>) | undefined;
    const slow = answering(async (commit) => {
      if (late !== undefined) return commit();
      late = commit;
      return unknown;
    });
    let decided = 0;
    await transact(slow, view(), 'write', () => [put('x/a', String(++decided))]);
    expect(await late?.()).toMatchObject({ outcome: 'conflict' });
    expect((await entryOf(store, 'x/a'))?.value).toBe('2');
  });

  it('of which nothing can be known says so', async () => {
    const away: Store = {
      ...answering(async () => unknown),
      read: async () => {
        throw new CausewayError({ code: 'deadline', operation: 'read', message: 'no answer in 5 s' });
      },
    };
    await expect(transact(away, view(), 'apply', () => [put('x/a', '1')])).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/^apply .*it is not known whether it was written \(deadline\)/),
    });
  });

  it('too large for the store is written in several, groups whole, in their order', async () => {
    const sizes: number[] = [];
    const small: Store = {
      ...store,
      limits: { operations: 5, bytes: 1_000 },
      commit(transaction) {
        sizes.push(transaction.writes.length);
        return store.commit(transaction);
      },
    };
    const pair = (name: string): Write[] => [put(`x/${name}1`, name), put(`x/${name}2`, name)];
    await transact(small, view(), 'write', () => [pair('a'), pair('b'), put('x/c', 'c')], {
      restsOn: ['x/'],
    });
    expect([sizes, await keys()]).toEqual([
      [4, 1],
      ['x/a1', 'x/a2', 'x/b1', 'x/b2', 'x/c'],
    ]);
    const five = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => put(`x/5${key}`, ''));
    await expect(transact(small, view(), 'write', () => [five])).rejects.toMatchObject({ code: 'invalid' });
    await expect(
      transact(small, view(), 'write', () => [put('x/large', 'x'.repeat(1_000))]),
    ).rejects.toMatchObject({ code: 'invalid' });
  });

  it('in several, disturbed in the middle, is decided again', async () => {
    const deleted = (name: string): Write => put(`deleted-services/${name}`, JSON.stringify({ name }));
    let commits = 0;
    const disturbed: Store = {
      ...store,
      limits: { operations: 2, bytes: 1_000 },
      async commit(transaction) {
        commits += 1;
        if (commits === 2) await write(store, deleted('other'));
        return store.commit(transaction);
      },
    };
    const seen: boolean[] = [];
    await transact(
      disturbed,
      view(),
      'write',
      () => {
        seen.push(view().deletedServices().includes('other'));
        return [deleted('a'), deleted('b')];
      },
      { restsOn: ['deleted-services/'] },
    );
    expect([seen, view().deletedServices().toSorted()]).toEqual([
      [false, true],
      ['a', 'b', 'other'],
    ]);
  });

  it('of who has lost what he holds writes nothing and says why', async () => {
    const lease = await store.lease(10_000);
    const fence = await campaign(store, {
      name: 'leader',
      lease,
      told: '',
      clock: realClock,
      random: Math.random,
    });
    await transact(store, view(), 'publish', () => [put('x/a', '1')], { fence });
    await lease.end();
    await expect(
      transact(store, view(), 'publish', () => [put('x/a', '2')], { fence }),
    ).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('leader no more') });
    expect((await entryOf(store, 'x/a'))?.value).toBe('1');
  });
});

describe('that nothing is to be changed', () => {
  const isTold = () => true;

  it('is said of the store as it is: a view that is cut off from it is no answer', async () => {
    const failure = new CausewayError({ code: 'unavailable', operation: 'read', message: 'no etcd answers' });
    const away: Store = { ...store, read: () => Promise.reject(failure) };
    await expect(transact(away, view(), 'apply', () => [], { isTold })).rejects.toThrow('no etcd answers');
    // Whoever is told of mistakes instead is told of them all the same.
    await expect(transact(away, view(), 'apply', () => [])).resolves.toBe(view().revision);
  });

  it('is decided again where the store has gone on meanwhile', async () => {
    const before = view().revision;
    const decidedAt: number[] = [];
    const decide = (): Write[] => {
      decidedAt.push(view().revision);
      return [];
    };
    const late: Store = {
      ...store,
      async read(selection) {
        await write(store, put('x/a', '1'));
        return store.read(selection);
      },
    };
    await transact(late, view(), 'apply', decide, { isTold });
    expect(decidedAt).toEqual([before, before + 1]);
  });
});
