import { expect, test } from 'vitest';
import type { ProbeTarget } from '../../../agents/director/probe-targets.ts';
import { createSizer } from '../../../agents/director/sizer.ts';
import type { DirectorSnapshot, SnapshotRealServer } from '../../../src/domain/snapshot.ts';
import { mtuTiming } from '../../../src/plan/path-mtu.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { pairEnds, type Seal } from '../../../src/probe/seal.ts';
import { decodeSizeQuestion, encodeSizeAnswer } from '../../../src/probe/size-datagram.ts';
import { createManualClock } from '../manual-clock.ts';

const seal: Seal = {
  key: probeKey('ab'.repeat(16)),
  pair: { epoch: 7, director: 'fra-d1', ends: pairEnds('10.1.0.2', '10.2.0.11') },
};
const vip4 = '192.0.2.10';
const vip6 = '2001:db8:a::10';
const server: SnapshotRealServer = {
  ...{ name: 'r1', site: 'far', address: '10.2.0.11', probeSlot: 1 },
  ...{ forwarding: 'tunnel', tunnel: 'ipip' },
};

const server6 = { ...server, address: '2001:db8:2::11' };

/** A way of packets of `carries` bytes of the underlay, to real servers that answer at once. */
function way(
  carries: number,
  {
    silent = false,
    remembered,
    routesTakeMs = 0,
  }: { silent?: boolean; remembered?: number; routesTakeMs?: number } = {},
) {
  const clock = createManualClock();
  const asked: { realServer: string; vip: string; payload: number }[] = [];
  const found: string[] = [];
  const state = { carries, silent, answering: true, overhead: 20, linkMtu: 1_500 };
  let nonce = 0n;
  /** As on the host: what a route of ours says, and no packet exceeds. */
  const routes: (number | undefined)[] = [];
  const sizer = createSizer({
    clock,
    random: () => 0,
    nonce: () => ++nonce,
    sealOf: () => seal,
    isAnswering: ({ vip }) => state.answering && vip !== '192.0.2.99',
    linkMtu: () => state.linkMtu,
    onFound: (realServer) => found.push(`${realServer} ${JSON.stringify(sizer.mtuOf(realServer))}`),
    remembered: () => remembered,
    async onRoutes() {
      const said = sizer.routeMtu('r1', remembered);
      if (routesTakeMs > 0) await new Promise<void>((resolve) => clock.after(routesTakeMs, resolve));
      routes.push(said);
    },
    send(path, bytes) {
      asked.push({ ...path, payload: bytes.length });
      const question = decodeSizeQuestion(bytes, () => seal)?.question;
      if (question === undefined) throw new Error('it is a question');
      const outer = bytes.length + (path.vip.includes(':') ? 48 : 28) + state.overhead;
      if (state.silent || outer > Math.min(state.carries, routes.at(-1) ?? 9_000)) return;
      clock.after(1, () => sizer.heard(path, encodeSizeAnswer(question, seal)));
    },
  });
  const watch = (servers: readonly SnapshotRealServer[], vips: readonly string[] = [vip6, vip4]): void => {
    const targets = servers.map(
      (one): ProbeTarget => ({
        ...{ realServer: one.name, address: one.address, key: undefined, slot: one.probeSlot },
        vips: vips.map((address) => ({ address, ports: 1, tcpPorts: [] })),
      }),
    );
    sizer.watch({ realServers: servers } as unknown as DirectorSnapshot, targets);
  };
  return { clock, asked, found, routes, state, sizer, watch };
}

test('what is asked fills the packets of the underlay, by a VIP of its family; what is told is what the tunnel carries', async () => {
  const { clock, asked, found, sizer, watch } = way(1_500);
  watch([server]);
  await clock.advance(1_000);
  expect(asked).toEqual([
    { realServer: 'r1', vip: vip4, payload: 576 - 48 },
    { realServer: 'r1', vip: vip4, payload: 1_452 },
  ]);
  expect(sizer.mtuOf('r1')).toEqual({ outerBytes: 1_500, innerBytes: 1_480 });
  expect(found).toEqual(['r1 {"outerBytes":1500,"innerBytes":1480}']);
});

test('a narrow way is found, looked at again soon, and then seldom', async () => {
  const { clock, asked, sizer, watch } = way(1_400);
  watch([server]);
  await clock.advance(30_000);
  expect(sizer.mtuOf('r1')).toEqual({ outerBytes: 1_400, innerBytes: 1_380 });
  const first = asked.length;
  await clock.advance(mtuTiming.soonMs + 10_000);
  const second = asked.length;
  expect(second).toBeGreaterThan(first);
  await clock.advance(mtuTiming.againMs - 60_000);
  expect(asked.length).toBe(second);
  await clock.advance(70_000);
  expect(asked.length).toBeGreaterThan(second);
});

test('another way is measured soon; another kind of tunnel is another way, of which nothing is known', async () => {
  const { clock, found, state, sizer, watch } = way(1_500);
  watch([server]);
  await clock.advance(mtuTiming.soonMs + 10_000);
  state.carries = 1_420;
  sizer.changed('10.2.0.11');
  await clock.advance(30_000);
  expect(sizer.mtuOf('r1')).toEqual({ outerBytes: 1_420, innerBytes: 1_400 });
  state.overhead = 24;
  watch([{ ...server, tunnel: 'gre' }]);
  expect(sizer.mtuOf('r1')).toBeUndefined();
  expect(found.at(-1)).toBe('r1 undefined');
  await clock.advance(30_000);
  expect(sizer.mtuOf('r1')).toEqual({ outerBytes: 1_420, innerBytes: 1_396 });
});

test('a route of ours that says what was found is away for a search once an hour, or when the way changes: that it is wider shows only so', async () => {
  const { clock, routes, state, sizer, watch } = way(1_400);
  watch([server6]);
  state.overhead = 40;
  await clock.advance(mtuTiming.soonMs + 30_000);
  expect(routes).toEqual([1_400]);
  state.carries = 1_500;
  await clock.advance(2 * mtuTiming.againMs);
  expect(sizer.mtuOf('r1')?.outerBytes).toBe(1_400);
  await clock.advance(3_600_000);
  expect(routes).toEqual([1_400, undefined, 1_500]);
  state.carries = 1_420;
  sizer.changed('r1');
  await clock.advance(30_000);
  expect(routes).toEqual([1_400, undefined, 1_500, 1_420]);
  sizer.changed('r1');
  await clock.advance(30_000);
  expect(routes).toEqual([1_400, undefined, 1_500, 1_420, undefined, 1_420]);
});

test('a host that takes long to take the route away is waited for, and not for ever', async () => {
  const slow = way(1_400, { routesTakeMs: 2_000 });
  slow.watch([server6]);
  slow.state.overhead = 40;
  await slow.clock.advance(60_000);
  expect(slow.routes).toEqual([1_400]);
  slow.state.carries = 1_500;
  slow.sizer.changed('r1');
  await slow.clock.advance(30_000);
  expect(slow.routes).toEqual([1_400, undefined, 1_500]);
  expect(slow.sizer.mtuOf('r1')?.outerBytes).toBe(1_500);

  const stuck = way(1_400, { routesTakeMs: 86_400_000 });
  stuck.watch([server6]);
  stuck.state.overhead = 40;
  await stuck.clock.advance(60_000);
  stuck.state.carries = 1_380;
  stuck.sizer.changed('r1');
  await stuck.clock.advance(60_000);
  expect(stuck.sizer.mtuOf('r1')?.outerBytes).toBe(1_380);
});

test('of another kind of tunnel nothing is known that was found before a restart', async () => {
  const { clock, sizer, watch } = way(1_500, { remembered: 1_400 });
  watch([server6]);
  await clock.advance(1_000);
  watch([{ ...server6, tunnel: 'gre' }]);
  expect(sizer.mtuOf('r1')).toBeUndefined();
});

test('what was found before a restart holds, for routes as well, until it is measured anew', async () => {
  const { clock, asked, routes, state, sizer, watch } = way(1_400, { remembered: 1_400 });
  expect(sizer.routeMtu('r1', 1_380)).toBe(1_380);
  watch([server6]);
  state.overhead = 40;
  expect([sizer.mtuOf('r1')?.outerBytes, sizer.routeMtu('r1', undefined)]).toEqual([1_400, 1_400]);
  await clock.advance(30_000);
  expect(asked.map(({ payload }) => payload + 88)).toEqual([576, 1_400, 1_410, 1_410, 1_410]);
  expect(routes).toEqual([]);
});

test('where the agent does not answer by a VIP, another one is asked; where it answers by none, nobody is', async () => {
  const { clock, asked, state, sizer, watch } = way(1_500);
  state.answering = false;
  watch([server], ['192.0.2.99', vip4]);
  await clock.advance(10_000);
  expect(asked).toEqual([]);
  state.answering = true;
  await clock.advance(1_000);
  expect(asked.map(({ vip }) => vip)).toEqual([vip4, vip4]);
  expect(sizer.mtuOf('r1')?.outerBytes).toBe(1_500);
});

test('an agent of before, which answers no question of a size, is not known of', async () => {
  const { clock, asked, sizer, watch } = way(1_500, { silent: true });
  watch([server]);
  await clock.advance(10_000);
  expect(asked).toHaveLength(3);
  expect(sizer.mtuOf('r1')).toBeUndefined();
});

test('of a thousand real servers so many are asked at once, and all in their turn', async () => {
  const { clock, asked, sizer, watch } = way(1_500, { silent: true });
  const many = Array.from({ length: 1_000 }, (_, index) => ({ ...server, name: `r${index}` }));
  watch(many);
  await clock.advance(250);
  expect(asked).toHaveLength(32);
  await clock.advance(1_000);
  expect(new Set(asked.map(({ realServer }) => realServer)).size).toBe(32);
  sizer.close();
  await clock.advance(10_000);
  expect(asked.length).toBeLessThan(100);
});

test('of very many that take long to be measured none waits for ever', async () => {
  const { clock, asked, sizer, watch } = way(1_500, { silent: true });
  watch(Array.from({ length: 8_000 }, (_, index) => ({ ...server, name: `r${index}` })));
  await clock.advance(1_200_000);
  sizer.close();
  expect(new Set(asked.map(({ realServer }) => realServer)).size).toBe(8_000);
}, 60_000);
