import { expect, test } from 'vitest';
import { createNarrowRoutes } from '../../../agents/director/narrow-routes.ts';
import type { Way } from '../../../src/domain/host-survey.ts';
import type { SnapshotRealServer } from '../../../src/domain/snapshot.ts';

const address = '2001:db8:2::11';
const server: SnapshotRealServer = {
  ...{ name: 'r1', site: 'far', address, probeSlot: 1 },
  ...{ forwarding: 'tunnel', tunnel: 'ipip' },
};
const before = {
  ...({ family: 'ipv6', table: 7478, type: 'unicast', destination: `${address}/128` } as const),
  ...{ link: 'eth0', gateway: 'fe80::1', mtuBytes: 1_400 },
};
const near = {
  family: 'ipv4',
  table: 7478,
  type: 'unicast',
  destination: '10.1.0.11/32',
  link: 'eth0',
} as const;

function routes(made: readonly (typeof before | typeof near)[]) {
  const now: { way?: Way; mtu?: number | undefined; isWatched?: boolean } = {};
  const narrow = createNarrowRoutes({
    made: { routes: made },
    outlook: () => ({ wayTo: () => now.way, linkMtu: () => 1_500 }),
    sizer: () => ({ routeMtu: (_name, otherwise) => (now.isWatched === true ? now.mtu : otherwise) }),
  });
  return { now, narrow };
}

test('as the agent begins, what the ledger knows is wanted: a restart changes nothing', () => {
  const { narrow } = routes([near, before]);
  expect(narrow.remembered(address)).toBe(1_400);
  expect(narrow.to([server])).toEqual([{ address, link: 'eth0', gateway: 'fe80::1', mtuBytes: 1_400 }]);
  expect(narrow.addresses()).toEqual([address]);
  expect(routes([near]).narrow.to([server])).toEqual([]);
});

test('it follows the host’s own way, and what is measured', () => {
  const { now, narrow } = routes([before]);
  Object.assign(now, {
    way: { link: 'eth1', isLocal: false, gateway: 'fe80::2' },
    isWatched: true,
    mtu: 1_420,
  });
  expect(narrow.to([server])).toEqual([{ address, link: 'eth1', gateway: 'fe80::2', mtuBytes: 1_420 }]);
  now.mtu = undefined;
  expect(narrow.to([server])).toEqual([]);
  now.mtu = 1_300;
  expect(narrow.to([server])).toEqual([]);
  expect(narrow.troubles()).toEqual([
    expect.stringContaining('the way to r1 carries no tunnelled packet of 1,280 bytes'),
  ]);
});

test('where the host’s own routes lead there no more, ours goes as well, also one of before a restart', () => {
  const { now, narrow } = routes([before]);
  Object.assign(now, {
    way: { link: 'eth0', isLocal: false, gateway: 'fe80::1' },
    isWatched: true,
    mtu: 1_400,
  });
  expect(narrow.to([server])).toHaveLength(1);
  delete now.way;
  expect(narrow.to([server])).toEqual([]);
});
