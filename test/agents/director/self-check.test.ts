import { expect, test } from 'vitest';
import { createSelfCheck, type SelfState } from '../../../agents/director/self-check.ts';
import { emptyHostState, type NftTable } from '../../../src/domain/host-state.ts';
import type { ServiceEntry, ServiceState } from '../../../src/domain/ipvs-table.ts';
import { createManualClock } from '../manual-clock.ts';

const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway_director',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [],
};
const service: ServiceEntry = {
  service: {
    key: { kind: 'mark', mark: 0x43570001, family: 'ipv4' },
    scheduler: 'rr',
    schedulerFlags: { fallback: false, port: false },
    persistenceSeconds: 0,
  },
  destinations: [{ address: '10.1.0.11', port: 0, weight: 1, forwarding: 'direct' }],
};
const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters };
const present: ServiceState = {
  ...service,
  counters,
  destinations: service.destinations.map((one) => ({ ...one, ...idle })),
};

/** What a listing takes. */
const listingMs = 10;

/** A host whose rules and table are what the story says. */
function setUp() {
  const host = {
    generation: 1 as number | undefined,
    nft: [marks] as NftTable[],
    table: present as ServiceState | undefined,
    reading: 'works' as 'works' | 'fails' | 'hangs',
    /** As the snapshot wants it. */
    wanted: marks,
  };
  const faults: string[] = [];
  const clock = createManualClock();
  let reads = 0;
  const self = createSelfCheck({
    host: {
      nftGeneration: async () => host.generation,
      read: async () => {
        reads += 1;
        if (host.reading === 'fails') throw new Error('nft: cannot open');
        if (host.reading === 'hangs') return new Promise<never>(() => {});
        await new Promise<void>((resolve) => clock.after(listingMs, resolve));
        return { ...emptyHostState, nft: host.nft, strangers: [], strays: [] };
      },
    },
    ipvs: { readService: async () => host.table },
    marks: () => host.wanted,
    probeService: () => service,
    onFault: (what) => faults.push(what),
    clock,
  });
  /** What comes of it in so much time. */
  async function after<T>(ms: number, question: Promise<T>): Promise<T | 'no answer'> {
    let answer: T | 'no answer' = 'no answer';
    void question.then((told) => (answer = told));
    // What it waits for is known to the clock a turn later.
    await clock.advance(0);
    await clock.advance(ms);
    return answer;
  }
  const soon = async <T>(question: Promise<T>): Promise<T> => {
    const answer = await after(200, question);
    if (answer === 'no answer') throw new Error('no answer');
    return answer;
  };
  return {
    host,
    faults,
    clock,
    after,
    reads: () => reads,
    check: (inEarnest = true) => soon(self.check('fra-1', '192.0.2.10', inEarnest)),
    hasLasted: (state: SelfState) => soon(self.hasLasted(state)),
    marksState: () => soon(self.marksState()),
    self,
  };
}

test('all in place; the rules are read once for each generation', async () => {
  const { host, faults, reads, check } = setUp();
  expect((await check()).isWell).toBe(true);
  expect((await check()).isWell).toBe(true);
  expect(reads()).toBe(1);
  host.generation = 2;
  expect((await check()).isWell).toBe(true);
  expect([reads(), faults]).toEqual([2, []]);
});

test('what others change beside our marks is no matter', async () => {
  const { host, faults, check, hasLasted } = setUp();
  const before = await check();
  host.generation = 2;
  expect([await hasLasted(before), faults]).toEqual([true, []]);
});

test('others change nft all the time: ten listings a second, for however many questions', async () => {
  const { host, clock, reads, self } = setUp();
  const answers: boolean[] = [];
  for (let ms = 0; ms < 1_000; ms += 10) {
    host.generation = ms;
    for (const realServer of ['fra-1', 'fra-2', 'fra-3'])
      void self
        .check(realServer, '192.0.2.10', true)
        .then((before) => self.hasLasted(before))
        .then((hasLasted) => answers.push(hasLasted));
    await clock.advance(10);
  }
  await clock.advance(200);
  expect(reads()).toBeLessThanOrEqual(13);
  expect([answers.length, answers.every(Boolean)]).toEqual([300, true]);
});

test('marks that somebody flushed are a fault, and so is silence about them', async () => {
  const { host, faults, check, hasLasted, marksState } = setUp();
  const before = await check();
  host.generation = 2;
  host.nft = [];
  expect((await check()).isWell).toBe(false);
  expect(await hasLasted(before)).toBe(false);
  expect(await marksState()).toBe('missing');
  expect(new Set(faults)).toEqual(new Set(['marks']));
  host.generation = 3;
  host.nft = [marks];
  expect([(await check()).isWell, await marksState()]).toEqual([true, 'in-place']);
  // They are back, and yet were away while it was asked.
  expect(await hasLasted(before)).toBe(false);
});

test.each(['fails', 'hangs'] as const)(
  'nft %s: a fault within two seconds, by another name',
  async (reading) => {
    const { host, faults, after, self } = setUp();
    host.reading = reading;
    const state = await after(2_000, self.check('fra-1', '192.0.2.10', true));
    expect([state, faults]).toMatchObject([{ isWell: false }, ['marks-unread']]);
  },
);

test('what the snapshot wants otherwise meanwhile makes the round void, and is nobody’s fault', async () => {
  const { host, faults, check, hasLasted } = setUp();
  const before = await check();
  host.wanted = { ...marks, probePort: 7000 };
  host.generation = 2;
  expect([await hasLasted(before), faults]).toEqual([false, []]);
});

test.each<[string, ServiceState | undefined]>([
  ['gone', undefined],
  ['without its destination', { ...present, destinations: [] }],
])('a firewall-mark service that is %s: only asked in earnest', async (_, table) => {
  const { host, faults, check } = setUp();
  host.table = table;
  expect((await check(false)).isWell).toBe(true);
  expect((await check(true)).isWell).toBe(false);
  expect(faults).toEqual(['service']);
});

test('a kernel that tells no generation is believed: its rules are looked at by the host’s own look', async () => {
  const { host, reads, check, hasLasted } = setUp();
  host.generation = undefined;
  const state = await check();
  expect([state.isWell, await hasLasted(state), reads()]).toEqual([true, true, 0]);
});
