/** What a director's host and table come to where more than one of its parts wants something at the same time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createDirectorMetrics } from '../../../agents/director/director-metrics.ts';
import { createKernel, type DirectorKernel } from '../../../agents/director/kernel.ts';
import { emptyHostState, type HostState } from '../../../src/domain/host-state.ts';
import { inOneStep } from '../../../src/domain/steps.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createFakeHost, createFakeIpvs } from '../fake-kernel.ts';
import { createManualClock } from '../manual-clock.ts';

let folder = '';
const kernels: DirectorKernel[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-kernel-'));
});
afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `onRead`: before the host is read; `onWrite`: before each operation on it. */
async function start({ onRead = async () => {}, onWrite = () => {} } = {}) {
  const fake = createFakeHost({ link: 'eth0', address: '10.1.0.2', prefixLength: 24 });
  const kernel = createKernel({
    onTable: () => {},
    ipvs: createFakeIpvs(),
    host: {
      ...fake,
      read: (about) => onRead().then(() => fake.read(about)),
      apply: (operation) => {
        onWrite();
        return fake.apply(operation);
      },
    },
    ledger: await openLedger(join(folder, 'ledger.json')),
    clock: createManualClock(),
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
  return { kernel, host: fake };
}

const empty = () => inOneStep(() => []);
const vip = { link: 'lo', address: '192.0.2.10', prefixLength: 32 };
const marking = (slots: number): HostState => ({
  ...emptyHostState,
  nft: [
    {
      ...{ kind: 'probe-marks', name: 'causeway_director', vips: ['192.0.2.10'], probePort: 7483 },
      marks: Array.from({ length: slots }, (_, slot) => ({ sourcePort: 60_000 + slot, mark: 1 + slot })),
    },
  ],
});

test('what else is wanted while a snapshot is being carried out is no reason to refuse the snapshot', async () => {
  let isFirst = true;
  const { kernel, host } = await start({
    onWrite() {
      if (isFirst) void kernel.hostChanged({ ...marking(2), addresses: [vip] });
      isFirst = false;
    },
  });
  expect(await kernel.bring(marking(3), empty, ['192.0.2.10'], false)).toBeUndefined();
  await kernel.checkHost();
  expect(host.state().addresses).toEqual([vip]);
});

test('what was wanted last holds, though the VIPs of a snapshot had to be noted on disk first', async () => {
  const { kernel, host } = await start();
  const brought = kernel.bring(marking(3), empty, ['192.0.2.10'], false);
  await kernel.hostChanged({ ...marking(3), addresses: [vip] });
  expect(await brought).toBeUndefined();
  await kernel.checkHost();
  expect(host.state().addresses).toEqual([vip]);
});

test('a snapshot that comes while the host is being looked at has its marks loaded all the same', async () => {
  let reading = Promise.withResolvers<void>();
  reading.resolve();
  const { kernel, host } = await start({ onRead: () => reading.promise });
  expect(await kernel.bring(marking(2), empty, ['192.0.2.10'], false)).toBeUndefined();
  reading = Promise.withResolvers<void>();
  const claimed = kernel.hostChanged({ ...marking(2), addresses: [vip] });
  await new Promise((resolve) => setImmediate(resolve));
  const brought = kernel.bring({ ...marking(3), addresses: [vip] }, empty, ['192.0.2.10'], false);
  reading.resolve();
  expect(await claimed).toMatchObject({ status: 'done' });
  expect(await brought).toBeUndefined();
  expect(host.state().nft).toEqual(marking(3).nft);
});
