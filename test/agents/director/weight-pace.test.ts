/** How weights that only steer reach the kernel: in bursts, while safety goes its own way. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDirectorMetrics } from '../../../agents/director/director-metrics.ts';
import { createKernel, type DirectorKernel, type WantedTable } from '../../../agents/director/kernel.ts';
import { emptyHostState } from '../../../src/domain/host-state.ts';
import { inOneStep } from '../../../src/domain/steps.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { directorTable } from '../../../src/plan/director-table.ts';
import type { HealthView } from '../../../src/plan/effective-weight.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createFakeHost, createFakeIpvs } from '../fake-kernel.ts';
import { createManualClock } from '../manual-clock.ts';
import { directorSnapshot } from '../snapshots.ts';

const healthy: HealthView = { path: () => 'up', application: () => 'healthy' };
const lonDown: HealthView = { ...healthy, path: (realServer) => (realServer === 'lon-1' ? 'down' : 'up') };
const web = 'tcp 192.0.2.10:80';

let folder = '';
const kernels: DirectorKernel[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-pace-'));
});
afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start() {
  const clock = createManualClock();
  const ipvs = createFakeIpvs();
  const kernel = createKernel({
    onTable: () => {},
    ipvs,
    host: createFakeHost({ link: 'eth0', address: '10.1.0.2', prefixLength: 24 }),
    ledger: await openLedger(join(folder, 'ledger.json')),
    clock,
    random: () => 0.5,
    log: createLog('director', 'silent'),
    metrics: createDirectorMetrics({
      paths: () => inOneStep(() => []),
      verdicts: () => [],
      held: () => false,
      claimed: () => 0,
      delayed: () => 0,
      snapshotVersion: () => 0,
      connected: () => false,
    }),
  });
  kernels.push(kernel);
  let view = healthy;
  const bring = (fra: number, lon: number, force = false) => {
    const [service] = directorSnapshot().services;
    if (service === undefined) throw new Error('the sample has a service');
    const destinations = [
      { realServer: 'fra-1', tier: 0, weight: fra, drained: false },
      { realServer: 'lon-1', tier: 0, weight: lon, drained: false },
    ];
    const next = directorSnapshot({ services: [{ ...service, scheduler: 'wrr', destinations }] });
    const wanted: WantedTable = (actual) => inOneStep(() => directorTable(next, view, actual));
    return kernel.bring(emptyHostState, wanted, ['192.0.2.10'], force);
  };
  const weights = () =>
    /10\.1\.0\.11:80 (\d+), 10\.2\.0\.11:80 (\d+)/
      .exec(ipvs.lines()[0] ?? '')
      ?.slice(1)
      .join(' ');
  const decide = (next: HealthView) => {
    view = next;
    return kernel.healthChanged();
  };
  return { clock, ipvs, kernel, bring, weights, decide };
}

test('a first snapshot is written at once; the next one counts as applied, and follows in its burst', async () => {
  const { clock, ipvs, kernel, bring, weights } = await start();
  expect(await bring(100, 50)).toBeUndefined();
  expect(weights()).toBe('100 50');
  await clock.advance(1_000);
  expect(await bring(90, 60)).toBeUndefined();
  expect(await bring(80, 70)).toBeUndefined();
  expect([weights(), kernel.delayed()]).toEqual(['100 50', 1]);
  const writes = ipvs.writes;
  await clock.advance(3_990);
  expect(ipvs.writes).toBe(writes);
  await clock.advance(20);
  // The newest plan alone, both weights of it.
  expect([weights(), ipvs.writes - writes, kernel.delayed()]).toEqual(['80 70', 2, 0]);
  await clock.advance(10_000);
  expect(ipvs.writes - writes).toBe(2);
  expect(await bring(100, 50)).toBeUndefined();
  expect(weights()).toBe('100 50');
});

test('one that is found dead does not wait, and takes the weights that wait along', async () => {
  const { clock, bring, weights, decide } = await start();
  await bring(100, 50);
  await clock.advance(1_000);
  await bring(90, 60);
  expect(weights()).toBe('100 50');
  await decide(lonDown);
  expect(weights()).toBe('90 0');
  await decide(healthy);
  expect(weights()).toBe('90 60');
});

test('what the operator insists on does not wait', async () => {
  const { clock, bring, weights } = await start();
  await bring(100, 50);
  await clock.advance(1_000);
  await bring(90, 60, true);
  expect(weights()).toBe('90 60');
  // That was for this once.
  await bring(80, 70);
  expect(weights()).toBe('90 60');
});

test('the fewer connections come, the longer it waits: two rounds over its destinations', async () => {
  const { clock, ipvs, bring, weights } = await start();
  await bring(100, 50);
  let second = 0;
  const pass = async (untilSecond: number) => {
    while (second < untilSecond) {
      second += 1;
      // One in two seconds: 8 s for two rounds of two.
      ipvs.count(web, Math.floor(second / 2));
      await clock.advance(1_000);
    }
  };
  await pass(20);
  await bring(90, 60);
  expect(weights()).toBe('90 60');
  await pass(24);
  await bring(80, 70);
  await pass(26);
  expect(weights()).toBe('90 60');
  await pass(31);
  expect(weights()).toBe('80 70');
});

test('what somebody else changed is put right without waiting', async () => {
  const { clock, ipvs, bring, weights } = await start();
  await bring(100, 50);
  ipvs.tamper({
    kind: 'edit-destination',
    key: { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 },
    destination: { ...tunnelled, weight: 1 },
    from: tunnelled,
  });
  expect(weights()).toBe('1 50');
  await clock.advance(2_000);
  expect(weights()).toBe('100 50');
});

const tunnelled = {
  address: '10.1.0.11',
  port: 80,
  weight: 100,
  forwarding: 'tunnel',
  tunnel: { type: 'ipip', port: 0, checksum: false },
} as const;
