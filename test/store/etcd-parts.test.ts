/** The parts of the etcd store that need no etcd. */
import { describe, expect, it } from 'vitest';
import { createBackoff } from '../../src/store/etcd/backoff.ts';
import type { EtcdClient } from '../../src/store/etcd/client.ts';
import { etcdError, type FailureKind, failureOf } from '../../src/store/etcd/failure.ts';
import { createLayout } from '../../src/store/etcd/layout.ts';
import { openLease } from '../../src/store/etcd/lease.ts';
import { isOlder } from '../../src/store/etcd/version.ts';
import { createManualClock } from '../agents/manual-clock.ts';

describe('what a failure means', () => {
  it.each<[string, FailureKind, string]>([
    [
      '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:2379. Resolution note: ',
      'unsent',
      'connect ECONNREFUSED 127.0.0.1:2379',
    ],
    [
      '14 UNAVAILABLE: Name resolution failed for target dns:etcd.example:2379',
      'unsent',
      'Name resolution failed for target dns:etcd.example:2379',
    ],
    ['14 UNAVAILABLE: Connection dropped', 'lost', 'Connection dropped'],
    ['14 UNAVAILABLE: etcdserver: request timed out', 'lost', 'request timed out'],
    ['14 UNAVAILABLE: etcdserver: leader changed', 'lost', 'leader changed'],
    ['14 UNAVAILABLE: etcdserver: no leader', 'unsent', 'no leader'],
    ['4 DEADLINE_EXCEEDED: Deadline exceeded after 4.0s', 'lost', 'Deadline exceeded after 4.0s'],
    ['16 UNAUTHENTICATED: etcdserver: invalid auth token', 'token', 'invalid auth token'],
    [
      '3 INVALID_ARGUMENT: etcdserver: revision of auth store is old',
      'token',
      'revision of auth store is old',
    ],
    ['7 PERMISSION_DENIED: etcdserver: permission denied', 'denied', 'permission denied'],
    ['3 INVALID_ARGUMENT: etcdserver: user name is empty', 'denied', 'user name is empty'],
    ['5 NOT_FOUND: etcdserver: requested lease not found', 'no-lease', 'requested lease not found'],
    [
      '11 OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted',
      'compacted',
      'mvcc: required revision has been compacted',
    ],
    [
      '8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded',
      'full',
      'mvcc: database space exceeded',
    ],
    [
      '3 INVALID_ARGUMENT: etcdserver: too many operations in txn request',
      'invalid',
      'too many operations in txn request',
    ],
    [
      '4 DEADLINE_EXCEEDED: Deadline exceeded after 4.0s,Waiting for LB pick',
      'unsent',
      'Deadline exceeded after 4.0s,Waiting for LB pick',
    ],
    ['something new', 'lost', 'something new'],
  ])('%s → %s', (text, kind, message) => {
    expect(failureOf(new Error(text))).toEqual({ kind, message, isSlow: text.startsWith('4 ') });
  });

  it('is told in one line, with what can be done', () => {
    const failure = failureOf(new Error('8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded'));
    expect(etcdError('write', 'etcd at a', failure).message).toBe(
      'write etcd at a: mvcc: database space exceeded: compact and defragment it, then disarm the alarm (docs/operating-etcd.md)',
    );
  });
});

describe('where things stand', () => {
  const layout = createLayout('/causeway/');
  const text = (key: Buffer | undefined) => key?.toString('latin1');
  it('all of it is below the prefix', () => {
    expect(text(layout.key('a/b'))).toBe('/causeway/data/a/b');
    expect(layout.own(layout.key('a/\u{1f600}'))).toBe('a/\u{1f600}');
    expect(text(layout.formatKey)).toBe('/causeway/format');
    expect(text(layout.range('').range_end)).toBe('/causeway/data0');
  });
  it.each([
    ['members/realserver/r1', '/causeway/changed/members/'],
    ['probe-key', '/causeway/changed/probe-key'],
  ])('a change of %s is noted at %s', (key, noted) => {
    expect(text(layout.changeKey(key))).toBe(noted);
  });
  it.each([
    ['members/realserver/', '/causeway/changed/members/', undefined],
    ['mem', '/causeway/changed/mem', '/causeway/changed/men'],
    ['', '/causeway/changed/', '/causeway/changed0'],
  ])('changes below %j are sought from %s to %s', (prefix, from, to) => {
    const { key, range_end } = layout.changeRange(prefix);
    expect([text(key), text(range_end)]).toEqual([from, to]);
  });
});

it.each([
  ['3.4.23', true],
  ['3.5.9', true],
  ['3.5.29-rc.1', true],
  ['3.5.30', false],
  ['3.6.0', false],
  ['4.0', false],
  ['unknown', false],
])('etcd %s is old: %s', (version, isOld) => {
  expect(isOlder(version)).toBe(isOld);
});

describe('a backoff', () => {
  it('doubles to its longest, jittered, and begins anew', () => {
    const backoff = createBackoff(1_000, () => 1);
    expect(Array.from({ length: 6 }, backoff.nextMs)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(100);
    expect(createBackoff(1_000, () => 0).nextMs()).toBe(50);
  });
});

describe('a lease in etcd', () => {
  const clock = createManualClock();
  /** Answers each request to keep it after so long, or never. */
  function members(answers: { afterMs: number; ttl: string }[]) {
    let asked = 0;
    const client = {
      grant: async () => '7',
      revoke: async () => {},
      async keepAlive() {
        asked += 1;
        const answer = answers.shift();
        let take: (response: { ID: string; TTL: string }) => void = () => {};
        return {
          send() {
            if (answer === undefined) return;
            clock.after(answer.afterMs, () => take({ ID: '7', TTL: answer.ttl }));
          },
          onResponse: (run: typeof take) => {
            take = run;
          },
          onEnd() {},
          close() {},
        };
      },
    } as unknown as EtcdClient;
    return {
      asked: () => asked,
      call: <T>(run: (one: EtcdClient, deadlineMs: number) => Promise<T>) => run(client, 1_000),
      connect: () => client,
      close() {},
    };
  }
  async function opened(answers: { afterMs: number; ttl: string }[]) {
    const one = members(answers);
    let over = 0;
    const lease = await openLease({ members: one, clock, ttlMs: 9_000, onOver: () => over++ });
    return { lease, over: () => over, asked: one.asked };
  }

  it('that nobody confirms is over at its time, once, and not at twice its time', async () => {
    const { lease, over } = await opened([]);
    await clock.advance(8_999);
    expect(lease.lost.aborted).toBe(false);
    await clock.advance(1);
    expect([lease.lost.aborted, over()]).toEqual([true, 1]);
    await clock.advance(60_000);
    expect(over()).toBe(1);
  });

  it('counts from when it asked, not from the answer', async () => {
    const { lease } = await opened([{ afterMs: 2_500, ttl: '9' }]);
    await clock.advance(3_000 + 8_999);
    expect(lease.lost.aborted).toBe(false);
    await clock.advance(1);
    expect(lease.lost.aborted).toBe(true);
  });

  it('is over at once when etcd knows it no more', async () => {
    const { lease } = await opened([{ afterMs: 10, ttl: '0' }]);
    await clock.advance(3_010);
    expect(lease.lost.aborted).toBe(true);
  });

  it('is over for a process that was stopped past its time, though an answer is on its way', async () => {
    const { lease } = await opened([{ afterMs: 10, ttl: '9' }]);
    await clock.advance(3_000);
    clock.stop(9_000);
    await clock.advance(0);
    expect(lease.lost.aborted).toBe(true);
  });

  it('that is kept goes on for as long as it is', async () => {
    const { lease, asked } = await opened(Array.from({ length: 20 }, () => ({ afterMs: 5, ttl: '9' })));
    await clock.advance(45_000);
    expect(lease.lost.aborted).toBe(false);
    expect(asked()).toBeGreaterThan(10);
    await lease.end();
    expect(lease.lost.aborted).toBe(true);
  });
});
