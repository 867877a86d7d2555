// How often nft is looked at: whenever the kernel can say that nothing has changed, else rarely, for it costs a process.
import { expect, test } from 'vitest';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { hostTarget } from '../../src/kernel/host-target.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { createFakeHost } from './fake-host.ts';

const wanted: HostState = {
  ...emptyHostState,
  nft: [{ kind: 'closed-decapsulation', name: 'ours', directors: [], vips: [], devices: [] }],
};

async function setUp(generation: number | undefined) {
  const clock = createManualClock();
  const asked: boolean[] = [];
  const host = {
    ...createFakeHost(),
    nftGeneration: async () => generation,
    async read(about: readonly HostState[]) {
      asked.push(about.some(({ nft }) => nft.length > 0));
      return { ...emptyHostState, strangers: [] };
    },
  };
  const ledger = await openLedger('/nonexistent/ledger.json');
  const diff = (desired: HostState) => desired.nft.map((table) => ({ kind: 'load-nft', table }) as const);
  const target = hostTarget({ host, ledger, wanted: () => wanted, diff, clock });
  /** Looks, and whether nft was found wanting. */
  const look = async () => target.diff(wanted, await target.read()).length > 0;
  return { clock, asked, target, look };
}

test('a kernel that tells its generation: at each look', async () => {
  const { clock, asked, look } = await setUp(7);
  for (let turn = 0; turn < 3; turn++) {
    expect(await look()).toBe(true);
    await clock.advance(2_000);
  }
  expect(asked).toEqual([true, true, true]);
});

test('one that does not: with the first look, once a minute, and when something else is wanted', async () => {
  const { clock, asked, target, look } = await setUp(undefined);
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
