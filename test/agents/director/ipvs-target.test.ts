import { expect, test } from 'vitest';
import { foreignServices, ipvsTarget } from '../../../agents/director/ipvs-target.ts';
import { serviceId } from '../../../src/domain/ipvs-table.ts';
import { inOneStep } from '../../../src/domain/steps.ts';
import { directorPlanSteps, directorTable } from '../../../src/plan/director-table.ts';
import type { HealthView } from '../../../src/plan/effective-weight.ts';
import { createFakeIpvs } from '../fake-kernel.ts';
import { directorSnapshot } from '../snapshots.ts';

const healthy: HealthView = { path: () => 'up', application: () => 'healthy' };
const lonDown: HealthView = { ...healthy, path: (realServer) => (realServer === 'lon-1' ? 'down' : 'up') };

function setUp() {
  const ipvs = createFakeIpvs();
  let view = healthy;
  let onTrial = false;
  const target = ipvsTarget({
    ipvs,
    wanted: (actual) => inOneStep(() => directorTable(directorSnapshot(), view, actual)),
    ownedVips: () => ['192.0.2.10'],
    monotonicMs: () => 0,
    onDrift: () => {},
    careful: () => onTrial,
  });
  const run = async () => {
    const actual = await target.read();
    const desired = await target.desired(actual);
    const operations = desired === undefined ? [] : await target.diff(desired, actual);
    if (operations.length > 0) await target.apply(operations);
    return operations.map(({ kind }) => kind);
  };
  return {
    ipvs,
    target,
    run,
    decide: (next: HealthView) => {
      view = next;
    },
    trial: (on: boolean) => {
      onTrial = on;
    },
  };
}

test('a decision about health starts from the last reading; what it wrote is read', async () => {
  const { ipvs, target, run, decide } = setUp();
  await run();
  await target.read();
  const reads = ipvs.reads;
  decide(lonDown);
  target.hurry();
  expect(await run()).toEqual(['edit-destination']);
  expect(ipvs.reads).toBe(reads);
  target.hurry();
  const after = await target.read();
  expect(ipvs.reads).toBe(reads);
  const weights = after.flatMap(({ service: { key }, destinations }) =>
    key.kind === 'mark' ? [] : destinations.map(({ weight }) => weight),
  );
  expect(weights).toContain(0);
  // It was in a hurry while that was read back: it does not wait for a dump either.
  await target.read();
  expect(ipvs.reads).toBe(reads);
  await target.read();
  expect(ipvs.reads).toBe(reads + 1);
});

const two = [
  { protocol: 'tcp', port: 80, targetPort: 80 },
  { protocol: 'tcp', port: 443, targetPort: 443 },
] as const;
const https = 'tcp 192.0.2.10:443';

/** A service of two ports, and which virtual services each run was about. */
function setUpTwo() {
  const [service] = directorSnapshot().services;
  if (service === undefined) throw new Error('the sample has a service');
  const snapshot = directorSnapshot({ services: [{ ...service, ports: two }] });
  const ipvs = createFakeIpvs();
  const seen: (string[] | 'all')[] = [];
  let view = healthy;
  const target = ipvsTarget({
    ipvs,
    *wanted(actual, part) {
      seen.push(part === undefined ? 'all' : actual.map(({ service: { key } }) => serviceId(key)));
      const plan = part && { ids: part, served: new Map() };
      const { table } = yield* directorPlanSteps(snapshot, view, actual, undefined, plan);
      return table;
    },
    ownedVips: () => ['192.0.2.10'],
    monotonicMs: () => 0,
    onDrift: () => {},
    careful: () => false,
  });
  const run = async () => {
    const operations = await target.diff(...(await lookedAt()));
    if (operations.length > 0) {
      await target.apply(operations);
      expect(await target.diff(...(await lookedAt()))).toEqual([]);
    }
    return operations.length;
  };
  const lookedAt = async () => {
    const actual = await target.read();
    const desired = await target.desired(actual);
    if (desired === undefined) throw new Error('something is wanted');
    return [desired, actual] as const;
  };
  return { ipvs, target, run, seen, decide: (next: HealthView) => (view = next) };
}

test('a decision about one virtual service looks at no other, writes it and reads it back alone', async () => {
  const { ipvs, target, run, seen, decide } = setUpTwo();
  await run();
  await run();
  const [reads, before] = [ipvs.reads, target.latest()];
  seen.length = 0;
  decide({ ...healthy, application: (_name, _vip, { port }) => (port === 443 ? 'unhealthy' : 'healthy') });
  target.hurry([https]);
  expect(await run()).toBe(2);
  expect(seen).toEqual([[https], [https]]);
  expect([ipvs.reads, target.parts()]).toEqual([reads, 1]);
  expect(ipvs.lines().filter((line) => line.startsWith('tcp'))).toEqual([
    expect.stringMatching(/:80: .* 100, .* 50$/),
    expect.stringMatching(/:443: .* 0, .* 0$/),
  ]);
  // All others are still known as they were read.
  expect(target.latest().length).toBe(before.length);
  // Nobody decides: it is time to look at everything.
  expect(await run()).toBe(0);
  expect([seen.at(-1), target.parts()]).toEqual(['all', 0]);
});

test('whoever asks for everything gets it, though another is in a hurry', async () => {
  const { target, run, seen } = setUpTwo();
  await run();
  target.whole();
  target.hurry([https]);
  await run();
  expect(seen.at(-1)).toBe('all');
  target.hurry();
  await run();
  expect(seen.at(-1)).toBe('all');
});

test('a decision that comes during a look has that run for itself; one after a failure waits for a whole one', async () => {
  const { ipvs, target, run, seen, decide } = setUpTwo();
  await run();
  await run();
  const read = ipvs.read;
  ipvs.read = () => new Promise(() => {});
  const reading = run();
  target.hurry([https]);
  expect(await reading).toBe(0);
  expect(seen.at(-1)).toEqual([https]);
  ipvs.read = read;
  ipvs.refuse('edit-destination');
  decide(lonDown);
  target.hurry([https]);
  await expect(run()).rejects.toThrow();
  ipvs.refuse(undefined);
  target.hurry([https]);
  expect(await run()).toBe(2);
  expect(seen.at(-1)).toBe('all');
});

test('a decision that comes during a dump does not wait for its end', async () => {
  const { ipvs, target, run, decide } = setUp();
  await run();
  await target.read();
  await target.read();
  const read = ipvs.read;
  ipvs.read = () => new Promise(() => {});
  const reading = run();
  decide(lonDown);
  target.hurry();
  expect(await reading).toEqual(['edit-destination']);
  ipvs.read = read;
  expect(await run()).toEqual([]);
});

test('while a snapshot is on trial nothing is removed once an addition has failed; else dead ones go all the same', async () => {
  for (const [trial, left] of [
    [true, 'tcp 192.0.2.10:9: '],
    [false, undefined],
  ] as const) {
    const { ipvs, run, trial: setTrial } = setUp();
    ipvs.tamper({
      kind: 'add-service',
      service: {
        key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 9 },
        scheduler: 'rr',
        schedulerFlags: { fallback: false, port: false },
        persistenceSeconds: 0,
      },
    });
    ipvs.refuse('add-destination');
    setTrial(trial);
    await expect(run()).rejects.toThrow(/add-destination|reconcile ipvs/);
    expect(ipvs.lines().find((line) => line.includes(':9:'))).toBe(left);
  }
});

test('services on VIPs that we do not own yet are foreign', async () => {
  const { ipvs, run } = setUp();
  await run();
  const actual = await ipvs.read();
  expect(foreignServices(actual, ['192.0.2.10'], ['192.0.2.10'])).toEqual([]);
  expect(foreignServices(actual, ['192.0.2.10'], [])).toMatchObject([{ kind: 'address', port: 80 }]);
  expect(foreignServices(actual, ['192.0.2.20'], [])).toEqual([]);
});
