import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { IpvsTable, ServiceEntry } from '../../../src/domain/ipvs-table.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { type Burst, type PaceInput, pacedTable } from '../../../src/plan/weights/paced-table.ts';

const web = 'tcp 192.0.2.10:80';

/** Weights by the last byte of the destination's address; undefined is not there. */
function entry(
  weights: readonly (number | undefined)[],
  { scheduler = 'wrr', port = 80, persistenceSeconds = 0 } = {},
): ServiceEntry {
  return {
    service: {
      key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port },
      scheduler,
      schedulerFlags: { fallback: false, port: false },
      persistenceSeconds,
    },
    destinations: weights.flatMap((weight, index) =>
      weight === undefined
        ? []
        : [{ address: `10.1.0.${index + 1}`, port, weight, forwarding: 'direct' as const }],
    ),
  };
}

const old = entry([60, 40]);
const steered = entry([50, 50]);

function paced(changes: Partial<PaceInput>) {
  return atOnce(
    pacedTable({
      desired: [steered],
      actual: [old],
      bursts: new Map([[web, { atMs: 100_000, entry: old }]]),
      newConnectionsPerSecond: new Map(),
      nowMs: 101_000,
      force: false,
      ...changes,
    }),
  );
}

test('weights that only steer wait for the next burst; the kernel’s stand until then', () => {
  const { table, delayed, nextMs, bursts } = paced({});
  expect({ table, delayed, nextMs }).toEqual({ table: [old], delayed: [web], nextMs: 105_000 });
  expect(bursts.get(web)).toEqual({ atMs: 100_000, entry: old });
});

test('when it comes they are written, and the next burst counts from then', () => {
  expect(paced({ nowMs: 105_000 })).toEqual({
    table: [steered],
    delayed: [],
    nextMs: undefined,
    bursts: new Map([[web, { atMs: 105_000, entry: steered }]]),
  });
});

test('two rounds of new connections over its destinations', () => {
  const newConnectionsPerSecond = new Map([[web, 0.1]]);
  expect(paced({ newConnectionsPerSecond }).nextMs).toBe(140_000);
});

describe('does not wait:', () => {
  const nobody = new Map<string, Burst>();
  test.each<[string, Partial<PaceInput>]>([
    ['the operator insists', { force: true }],
    ['a first snapshot', { actual: [], bursts: nobody }],
    ['the first since a restart', { bursts: nobody }],
    ['one is found dead', { desired: [entry([0, 50])] }],
    ['one is healthy again', { actual: [entry([0, 40])], bursts: burstOf(entry([0, 40])) }],
    ['one comes', { desired: [entry([50, 50, 50])] }],
    ['one goes', { desired: [entry([50])] }],
    ['one goes as another comes', { desired: [entry([50, undefined, 50])] }],
    ['the service itself is changed', { desired: [entry([50, 50], { persistenceSeconds: 60 })] }],
    ['somebody else changed it', { actual: [entry([60, 1])] }],
    ['the burst before failed', { bursts: burstOf(steered) }],
    ['a clock that was set back', { nowMs: 1_000 }],
  ])('%s', (_, changes) => {
    const desired = changes.desired ?? [steered];
    const { table, delayed, bursts } = paced(changes);
    expect({ table, delayed }).toEqual({ table: desired, delayed: [] });
    expect(bursts.get(web)).toEqual({ atMs: changes.nowMs ?? 101_000, entry: desired[0] });
  });

  test.each(['wlc', 'sed', 'sh', 'mh', 'rr'])('%s, which keeps no place in its list', (scheduler) => {
    const was = entry([60, 40], { scheduler });
    const desired = [entry([50, 50], { scheduler })];
    expect(paced({ desired, actual: [was], bursts: burstOf(was) }).table).toEqual(desired);
  });

  function burstOf(last: ServiceEntry) {
    return new Map([[web, { atMs: 100_000, entry: last }]]);
  }
});

test('each service for itself, in the wanted order; the first that may be written says when', () => {
  const tls = { before: entry([60, 40], { port: 443 }), after: entry([50, 50], { port: 443 }) };
  const dns = { before: entry([60, 40], { port: 53 }), after: entry([0, 50], { port: 53 }) };
  const { table, delayed, nextMs } = paced({
    desired: [dns.after, steered, tls.after],
    actual: [old, tls.before, dns.before],
    bursts: new Map([
      [web, { atMs: 100_000, entry: old }],
      ['tcp 192.0.2.10:443', { atMs: 99_000, entry: tls.before }],
      ['tcp 192.0.2.10:53', { atMs: 100_500, entry: dns.before }],
    ]),
  });
  expect(table).toEqual([dns.after, old, tls.before]);
  expect(delayed).toEqual([web, 'tcp 192.0.2.10:443']);
  expect(nextMs).toBe(104_000);
});

test('a plan that goes back is nothing to be written, and no burst', () => {
  expect(paced({ desired: [old] })).toMatchObject({ table: [old], delayed: [], nextMs: undefined });
  expect(paced({ desired: [old] }).bursts.get(web)?.atMs).toBe(100_000);
});

describe('over any story of wanted weights', () => {
  const weight = fc.option(fc.nat({ max: 3 }), { nil: undefined, freq: 6 });
  const step = fc.record({
    afterMs: fc.integer({ min: 1, max: 400_000 }),
    weights: fc.array(weight, { minLength: 3, maxLength: 3 }),
    perSecond: fc.constantFrom(0, 0.001, 0.5, 10, Number.NaN),
  });

  interface Moment {
    readonly nowMs: number;
    readonly wanted: ServiceEntry;
    readonly before: ServiceEntry;
    readonly after: ServiceEntry;
  }

  /** The director wakes at each step and when it was told to, and writes what it is given. */
  function play(
    steps: readonly { afterMs: number; weights: readonly (number | undefined)[]; perSecond: number }[],
  ) {
    const moments: Moment[] = [];
    let nowMs = 0;
    let actual: IpvsTable = [];
    let bursts: ReadonlyMap<string, Burst> = new Map();
    let next: number | undefined;
    const wake = (wanted: ServiceEntry, perSecond: number) => {
      const [before = entry([])] = actual;
      const newConnectionsPerSecond = new Map([[web, perSecond]]);
      const result = atOnce(
        pacedTable({
          desired: [wanted],
          actual,
          bursts,
          newConnectionsPerSecond,
          nowMs,
          force: false,
        }),
      );
      ({ table: actual, bursts, nextMs: next } = result);
      const [after = before] = actual;
      moments.push({ nowMs, wanted, before, after });
    };
    const [last] = steps.slice(-1);
    for (const { afterMs, weights, perSecond } of last === undefined
      ? []
      : [...steps, { ...last, afterMs: 300_000 }]) {
      const wanted = entry(weights);
      const endMs = nowMs + afterMs;
      wake(wanted, perSecond);
      while (next !== undefined && next <= endMs) {
        nowMs = next;
        wake(wanted, perSecond);
      }
      nowMs = endMs;
    }
    return { moments };
  }

  const carriers = ({ destinations }: ServiceEntry) =>
    destinations.map(({ address, weight }) => `${address} ${weight > 0}`);
  const text = (value: ServiceEntry) => JSON.stringify(value);
  const property = (holds: (played: ReturnType<typeof play>) => void) =>
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => holds(play(steps))),
      { seed: 42, numRuns: 1_000 },
    );

  test('who carries is never a moment late', () => {
    property(({ moments }) => {
      for (const { wanted, after } of moments) expect(carriers(after)).toEqual(carriers(wanted));
    });
  });

  test('a service is written whole, or stays as it was', () => {
    property(({ moments }) => {
      for (const { wanted, before, after } of moments) expect([wanted, before]).toContainEqual(after);
    });
  });

  test('nothing waits longer than 300 s, however often the plan changes', () => {
    property(({ moments }) => {
      let wroteMs = 0;
      for (const { nowMs, wanted, before, after } of moments) {
        if (text(before) !== text(after)) wroteMs = nowMs;
        if (text(after) !== text(wanted)) expect(nowMs - wroteMs).toBeLessThan(300_000);
      }
    });
  });

  test('in the end all is as it was wanted', () => {
    property(({ moments }) => {
      const last = moments.at(-1);
      expect(last?.after).toEqual(last?.wanted);
    });
  });

  test('two bursts that only steer are 5 s apart at least', () => {
    property(({ moments }) => {
      const writes = moments.filter(({ before, after }) => text(before) !== text(after));
      for (const [index, { nowMs, before, after }] of writes.entries()) {
        const last = writes[index - 1];
        const steers = String(carriers(before)) === String(carriers(after));
        if (last !== undefined && steers) expect(nowMs - last.nowMs).toBeGreaterThanOrEqual(5_000);
      }
    });
  });
});
