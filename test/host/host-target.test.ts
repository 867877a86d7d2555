// When nft is looked at: when it has changed, where the kernel tells; else rarely, for it costs a process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { hostTarget } from '../../src/kernel/host-target.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { createFakeHost } from './fake-host.ts';

const table = {
  kind: 'closed-decapsulation',
  name: 'ours',
  directors: [],
  vips: [],
  ports: [],
  devices: [],
} as const;
const wanted: HostState = { ...emptyHostState, nft: [table] };

const folder = mkdtempSync(join(tmpdir(), 'causeway-target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function setUp(generation: () => number | undefined) {
  const clock = createManualClock();
  const asked: boolean[] = [];
  const host = {
    ...createFakeHost({ fails: () => 'kernel' }),
    nftGeneration: async () => generation(),
    async read(about: readonly HostState[]) {
      asked.push(about.some(({ nft }) => nft.length > 0));
      return { ...emptyHostState, strangers: [], strays: [] };
    },
  };
  const ledger = await openLedger(join(folder, 'ledger.json'));
  const diff = (desired: HostState) => desired.nft.map((table) => ({ kind: 'load-nft', table }) as const);
  const target = hostTarget({ host, ledger, wanted: () => wanted, diff, clock });
  /** Looks, and whether nft was found wanting. */
  const look = async () => target.diff(wanted, await target.read()).length > 0;
  return { clock, asked, target, look };
}

test('a kernel that tells its generation: when that has changed, and when something else is wanted', async () => {
  let generation = 7;
  const { clock, target, look } = await setUp(() => generation);
  expect(await look()).toBe(true);
  expect(await look()).toBe(false);
  await clock.advance(3_600_000);
  expect(await look()).toBe(false);
  generation = 8;
  expect(await look()).toBe(true);
  expect(await look()).toBe(false);
  target.whole();
  expect(await look()).toBe(true);
});

test('what could not be written is looked at again', async () => {
  const { target, look } = await setUp(() => 7);
  expect(await look()).toBe(true);
  await expect(target.apply([{ kind: 'load-nft', table }])).rejects.toThrow('as told');
  expect(await look()).toBe(true);
});

test('one that does not: with the first look, once a minute, and when something else is wanted', async () => {
  const { clock, asked, target, look } = await setUp(() => undefined);
  expect(await look()).toBe(true);
  expect(await look()).toBe(false);
  await clock.advance(59_000);
  expect(await look()).toBe(false);
  await clock.advance(1_000);
  expect(await look()).toBe(true);
  expect(await look()).toBe(false);
  target.whole();
  expect(await look()).toBe(true);
  expect(asked).toEqual([true, false, false, true, false, true]);
});
