import { expect, test } from 'vitest';
import { foreignServices, ipvsTarget } from '../../../agents/director/ipvs-target.ts';
import { directorTable } from '../../../src/plan/director-table.ts';
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
    wanted: (actual) => directorTable(directorSnapshot(), view, actual),
    ownedVips: () => ['192.0.2.10'],
    careful: () => onTrial,
  });
  const run = async () => {
    const actual = await target.read();
    const desired = target.desired(actual);
    const operations = desired === undefined ? [] : target.diff(desired, actual);
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
  await target.read();
  expect(ipvs.reads).toBe(reads + 1);
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
