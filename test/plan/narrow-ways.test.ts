import { expect, test } from 'vitest';
import { isProbeMark, probeMark, probeSlotLimit } from '../../src/domain/probe.ts';
import { isServiceMark } from '../../src/domain/service-mark.ts';
import type { SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { withoutOurs } from '../../src/plan/director-host.ts';
import { narrowWays, narrowWaysAtMost } from '../../src/plan/narrow-ways.ts';

const server = (name: string, address: string): SnapshotRealServer => ({
  ...{ name, site: 'far', address, probeSlot: 1 },
  ...{ forwarding: 'tunnel', tunnel: 'ipip' },
});
const far = server('r1', '2001:db8:2::11');
const way = { link: 'eth0', isLocal: false, gateway: 'fe80::1' };
const facts = (mtu: number | undefined) => ({ mtuOf: () => mtu, wayTo: () => way, linkMtu: () => 1_500 });

test('a way over IPv6 that is narrower than the link here gets a route by the host’s own gateway', () => {
  expect(narrowWays([far], facts(1_400))).toEqual({
    ways: [{ address: '2001:db8:2::11', link: 'eth0', gateway: 'fe80::1', mtuBytes: 1_400 }],
    troubles: [],
  });
});

test.each([
  ['IPv4 needs none: routers tell, and IPVS understands', [server('r1', '10.2.0.11')], facts(1_400)],
  ['as wide as the link', [far], facts(1_500)],
  ['not measured', [far], facts(undefined)],
  ['no way there at all', [far], { ...facts(1_400), wayTo: () => undefined }],
  ['on this very host', [far], { ...facts(1_400), wayTo: () => ({ ...way, isLocal: true }) }],
])('%s', (_name, servers, given) => {
  expect(narrowWays(servers, given)).toEqual({ ways: [], troubles: [] });
});

test('a route of less than IPv6 asks for inside a tunnel would stop everything: it is told instead', () => {
  const { ways, troubles } = narrowWays([far], facts(1_319));
  expect(ways).toEqual([]);
  expect(troubles).toEqual([expect.objectContaining({ id: 'mtu', what: expect.stringContaining('r1') })]);
  expect(narrowWays([far], facts(1_320)).ways).toHaveLength(1);
});

test('so many, and the rest is told', () => {
  const many = Array.from({ length: narrowWaysAtMost + 2 }, (_, index) =>
    server(`r${index}`, `2001:db8:2::${index}`),
  );
  const { ways, troubles } = narrowWays(many, facts(1_400));
  expect(ways).toHaveLength(narrowWaysAtMost);
  expect(troubles[0]?.what).toContain('r256, r257 have no route');
});

test('no mark of ours makes a packet pass our routes by', () => {
  const marks = [probeMark(1), probeMark(probeSlotLimit), 0x4380_0000, 0x43ff_ffff];
  expect(marks.map((mark) => isProbeMark(mark) || isServiceMark(mark))).toEqual([true, true, true, true]);
  expect(marks.filter((mark) => (mark & withoutOurs) !== 0)).toEqual([]);
});
