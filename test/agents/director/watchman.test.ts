// How a director looks after its marks: what is put back, what is held meanwhile, and when it is let go.
import { expect, test } from 'vitest';
import { createWatchman, type WatchmanOptions } from '../../../agents/director/watchman.ts';
import { emptyHostState, type NftTable } from '../../../src/domain/host-state.ts';
import { createManualClock } from '../manual-clock.ts';

const marks: NftTable = {
  kind: 'probe-marks',
  name: 'causeway_director',
  vips: ['192.0.2.10'],
  probePort: 7483,
  marks: [],
};

function setUp() {
  const clock = createManualClock();
  const host = { generation: 1, nft: [marks] as NftTable[], canMend: true };
  const holds: string[] = [];
  const wanted = { ...emptyHostState, nft: [marks] };
  const kernel = {
    wantedHost: () => wanted,
    async checkHost() {
      if (!host.canMend || host.nft.length > 0) return { status: 'error' };
      host.nft = [marks];
      host.generation += 1;
      return { status: 'done' };
    },
  };
  const watchman = createWatchman({
    host: {
      nftGeneration: async () => host.generation,
      read: async () => ({ ...emptyHostState, nft: host.nft, strangers: [], strays: [] }),
    },
    ipvs: { readService: async () => undefined },
    kernel: kernel as unknown as WatchmanOptions['kernel'],
    health: { hold: (reason) => holds.push(reason) },
    clock,
  });
  return { clock, host, holds, watchman };
}

const lost = expect.stringMatching(/^the nft table causeway_director.*is put back$/);

test('flushed marks are put back within two seconds, and all is held until then', async () => {
  const { clock, host, holds, watchman } = setUp();
  await clock.advance(1_000);
  host.nft = [];
  host.generation += 1;
  await clock.advance(2_000);
  expect([holds, host.nft]).toEqual([[lost, ''], [marks]]);
  watchman.close();
});

test('what could not be put back, and somebody else puts back later, is held no longer than that', async () => {
  const { clock, host, holds, watchman } = setUp();
  await clock.advance(1_000);
  host.canMend = false;
  host.nft = [];
  host.generation += 1;
  await clock.advance(5_000);
  expect(holds).toEqual([lost]);
  host.nft = [marks];
  host.generation += 1;
  await clock.advance(2_000);
  expect(holds).toEqual([lost, '']);
  watchman.close();
});

test('others change their tables every 100 ms: nothing is held', async () => {
  const { clock, host, holds, watchman } = setUp();
  for (let round = 0; round < 50; round += 1) {
    host.generation += 1;
    await clock.advance(100);
  }
  expect(holds).toEqual([]);
  watchman.close();
});
