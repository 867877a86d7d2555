// From a real server's VIPs to a director of another site: what is heard, what is not, and what is nobody's.
import { createSocket } from 'node:dgram';
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { createReturnPathSender } from '../../agents/realserver/return-path-sender.ts';
import type { SnapshotCollector } from '../../src/domain/return-path.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { type Collector, createCollector } from '../../src/probe/collector.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import { createProbeKeys } from '../../src/probe/keys.ts';
import { createProbeSocket } from '../../src/probe/probe-socket.ts';
import { encodeRound, type RoundDatagram } from '../../src/probe/return-path.ts';
import { missedAtMost } from '../../src/probe/return-path-track.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

const keys = createProbeKeys([{ epoch: 7, secretHex: 'ab'.repeat(32) }], 7);
const startMs = 1_700_000_000_000;
/** On the loopback any of these is an address of this host; so stand they for hosts and their VIPs. */
const [vip, otherVip, rip] = ['127.0.0.10', '127.0.0.11', '127.0.0.2'];
const ends: { close(): unknown }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
});

async function freePort(address: string): Promise<number> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.bind(0, address, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function collecting(clock: ManualClock, address = '127.0.0.1') {
  const port = await freePort(address);
  const opened = Promise.withResolvers<void>();
  const collector: Collector = createCollector({
    addresses: [address],
    clock,
    random: () => 0,
    openSocket(family) {
      const socket = createProbeSocket(family);
      socket.once('listening', () => opened.resolve());
      return socket;
    },
    port,
  });
  ends.push(collector);
  collector.watch(keys.ofCollector('fra-d1'));
  await opened.promise;
  return { collector, port };
}

function collectorNamed(name = 'fra-d1', address = '127.0.0.1', realServer = 'lon-r1'): SnapshotCollector {
  const key = keys.toCollector(name, realServer);
  return { name, addresses: [address], epoch: 7, keyHex: key?.keyHex ?? '' };
}

/** A socket a VIP; `lost`: VIPs that somebody on the way filters. */
async function vipSockets(vips: readonly string[], lost: ReadonlySet<string>) {
  const sockets = await Promise.all(
    vips.map(async (address) => {
      const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
      ends.push(socket);
      await new Promise<void>((resolve) => socket.bind(0, address, resolve));
      return [address, socket] as const;
    }),
  );
  const byVip = new Map(sockets);
  return (from: string, bytes: Uint8Array, port: number, to: string, sent: (error: Error | null) => void) => {
    const socket = byVip.get(from);
    if (socket === undefined) return false;
    if (!lost.has(from)) socket.send(bytes, port, to, sent);
    return true;
  };
}

describe('a real server shows that what it sends from its VIPs gets out', () => {
  test('heard from one, silent from another that is filtered, heard again once it is not; of one that is not there nothing is said', async () => {
    const clock = createManualClock(startMs);
    const { collector, port } = await collecting(clock);
    const lost = new Set([otherVip]);
    const sendFrom = await vipSockets([vip, otherVip], lost);
    const sender = createReturnPathSender({
      ...{
        name: 'lon-r1',
        address: rip,
        clock,
        random: () => 0.5,
        openSocket: createProbeSocket,
        sendFrom,
        port,
      },
    });
    ends.push(sender);
    sender.watch([collectorNamed()], [vip, otherVip, '127.0.0.12']);
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round += 1) {
        const before = collector.counts().heard;
        const expected = 3 - lost.size;
        await clock.advance(2_000);
        await until('a round arrives', () => collector.counts().heard >= before + expected);
      }
    };
    await rounds(1);
    expect(atOnce(collector.report()).returnPaths).toEqual([
      { realServer: 'lon-r1', heard: [vip], silent: [] },
    ]);
    await rounds(missedAtMost + 1);
    expect(atOnce(collector.report()).returnPaths).toEqual([
      { realServer: 'lon-r1', heard: [vip], silent: [otherVip] },
    ]);
    lost.clear();
    await rounds(1);
    expect(atOnce(collector.report()).returnPaths).toEqual([
      { realServer: 'lon-r1', heard: [vip, otherVip], silent: [] },
    ]);
    expect(sender.trouble()).toBeUndefined();
    // Of a host that is no longer heard of nothing is known, and nothing is held against it.
    sender.close();
    await clock.advance(3 * 60_000);
    expect(atOnce(collector.report())).toEqual({});
  });

  test('over IPv6 as well', async () => {
    const clock = createManualClock(startMs);
    const { collector, port } = await collecting(clock, '::1');
    const sendFrom = await vipSockets(['::1'], new Set());
    const sender = createReturnPathSender({
      ...{
        name: 'lon-r1',
        address: rip,
        clock,
        random: () => 0.5,
        openSocket: createProbeSocket,
        sendFrom,
        port,
      },
    });
    ends.push(sender);
    sender.watch([collectorNamed('fra-d1', '::1')], ['::1', vip]);
    await clock.advance(1_000);
    await until('it is heard', () => collector.counts().heard > 0);
    expect(atOnce(collector.report()).returnPaths).toEqual([
      { realServer: 'lon-r1', heard: ['::1'], silent: [] },
    ]);
  });

  test('quick where anything is new, then seldom', async () => {
    const clock = createManualClock(startMs);
    let sent = 0;
    const sender = createReturnPathSender({
      ...{ name: 'lon-r1', address: rip, clock, random: () => 0.5, openSocket: createProbeSocket, port: 9 },
      sendFrom: () => {
        sent += 1;
        return true;
      },
    });
    ends.push(sender);
    const during = async (ms: number): Promise<number> => {
      const before = sent;
      await clock.advance(ms);
      return sent - before;
    };
    sender.watch([collectorNamed()], [vip]);
    expect(await during(40_000)).toBe(20);
    expect(await during(60_000)).toBe(3);
    sender.watch([collectorNamed()], [vip]);
    expect(await during(60_000)).toBe(3);
    sender.watch([collectorNamed()], [vip, otherVip]);
    expect(await during(40_000)).toBe(40);
    sender.watch([], [vip]);
    expect(await during(60_000)).toBe(0);
  });

  test('rounds follow a clock that was far ahead and is set right', async () => {
    const clock = createManualClock(startMs);
    let aheadMs = 3_600_000;
    const rounds: number[] = [];
    const sender = createReturnPathSender({
      ...{ name: 'lon-r1', address: rip, random: () => 0.5, openSocket: createProbeSocket, port: 9 },
      clock: { ...clock, nowMs: () => clock.nowMs() + aheadMs },
      sendFrom(_vip, bytes) {
        rounds.push(Number(Buffer.from(bytes).readBigUInt64BE(4)));
        return true;
      },
    });
    ends.push(sender);
    sender.watch([collectorNamed()], [vip]);
    await clock.advance(4_000);
    // As long as they are believed all the same they grow.
    aheadMs = 3_600_000 - 300_000;
    await clock.advance(4_000);
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
    aheadMs = 0;
    await clock.advance(2_000);
    expect(rounds.at(-1)).toBeLessThanOrEqual(clock.nowMs());
  });

  test('while the host has lost its own address, its proofs alone go out', async () => {
    const clock = createManualClock(startMs);
    const { collector, port } = await collecting(clock);
    const sendFrom = await vipSockets([vip], new Set());
    const lostRip = '192.0.2.99';
    const sender = createReturnPathSender({
      ...{ name: 'lon-r1', address: lostRip, clock, random: () => 0.5, openSocket: createProbeSocket },
      ...{ sendFrom, port },
    });
    ends.push(sender);
    sender.watch([collectorNamed()], [vip]);
    for (let round = 1; round <= 8; round += 1) {
      await clock.advance(2_000);
      await until('a proof arrives', () => collector.counts().heard >= round);
    }
    expect(atOnce(collector.report()).returnPaths).toEqual([
      { realServer: 'lon-r1', heard: [vip], silent: [] },
    ]);
  });

  test('what this host itself cuts off is told, and named to collectors', async () => {
    const clock = createManualClock(startMs);
    const sender = createReturnPathSender({
      ...{ name: 'lon-r1', address: rip, clock, random: () => 0.5, openSocket: createProbeSocket, port: 9 },
      sendFrom: (_vip, _bytes, _port, _to, sent) => {
        sent(new Error('send EPERM'));
        return true;
      },
    });
    ends.push(sender);
    sender.watch([collectorNamed()], [vip]);
    await clock.advance(10_000);
    expect(sender.trouble()).toMatch(/^nothing can be sent from 127.0.0.10 \(send EPERM\)/);
    // Who is to send no more has nothing to be told of.
    sender.watch([], [vip]);
    expect(sender.trouble()).toBeUndefined();
  });

  test('seldom as well where nobody could hear one of the families', async () => {
    const clock = createManualClock(startMs);
    let sent = 0;
    const sender = createReturnPathSender({
      ...{ name: 'lon-r1', address: rip, clock, random: () => 0.5, openSocket: createProbeSocket, port: 9 },
      sendFrom: () => {
        sent += 1;
        return true;
      },
    });
    ends.push(sender);
    sender.watch([collectorNamed()], [vip, '2001:db8::10']);
    await clock.advance(40_000);
    const before = sent;
    await clock.advance(60_000);
    expect(sent - before).toBe(3);
  });
});

describe('raises nothing', () => {
  const proof: RoundDatagram = { kind: 'proof', round: startMs, realServer: 'lon-r1', epoch: 7, vips: [vip] };
  const sealOf = (name = 'fra-d1', realServer = 'lon-r1') => ({
    key: probeKey(keys.toCollector(name, realServer)?.keyHex ?? ''),
    pair: undefined,
  });
  const seal = sealOf();
  test.each([
    ['another VIP’s proof', encodeRound({ ...proof, vips: [otherVip] }, seal)],
    ['a proof under the key of another real server', encodeRound(proof, sealOf('fra-d1', 'lon-r2'))],
    ['a proof for another collector', encodeRound(proof, sealOf('fra-d2'))],
    ['a proof of another secret', encodeRound({ ...proof, epoch: 8 }, seal)],
    ['a presence that comes from the VIP that it names', encodeRound({ ...proof, kind: 'presence' }, seal)],
    ['what was recorded long ago', encodeRound({ ...proof, round: startMs - 11 * 60_000 }, seal)],
    ['what is of a time to come', encodeRound({ ...proof, round: startMs + 11 * 60_000 }, seal)],
    ['noise', Buffer.from('CW and then nothing')],
  ])('%s', async (_, datagram) => {
    const clock = createManualClock(startMs);
    const { collector, port } = await collecting(clock);
    const socket = createSocket('udp4');
    ends.push(socket);
    const answers: unknown[] = [];
    socket.on('message', (bytes) => answers.push(bytes));
    await new Promise<void>((resolve) => socket.bind(0, vip, resolve));
    socket.send(datagram, port, '127.0.0.1');
    await until('it arrives', () => collector.counts().ignored === 1);
    expect([atOnce(collector.report()), collector.counts().heard, answers]).toEqual([{}, 0, []]);
  });

  test('the same proof again', async () => {
    const clock = createManualClock(startMs);
    const { collector, port } = await collecting(clock);
    const socket = createSocket('udp4');
    ends.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, vip, resolve));
    const bytes = encodeRound(proof, seal);
    for (let time = 0; time < 3; time += 1) socket.send(bytes, port, '127.0.0.1');
    await until('they arrive', () => collector.counts().heard + collector.counts().ignored === 3);
    expect(collector.counts()).toEqual({ heard: 1, ignored: 2 });
  });
});

test('of thousands of real servers a collector tells in steps, whoever is heard meanwhile', async () => {
  const clock = createManualClock(startMs);
  const socket = Object.assign(new EventEmitter(), { bind() {}, send() {}, close() {} });
  const collector = createCollector({
    ...{ addresses: ['127.0.0.1'], clock, random: () => 0, openSocket: () => socket },
  });
  collector.watch(keys.ofCollector('fra-d1'));
  const hears = (number: number, round: number) => {
    const realServer = `r${number}`;
    const seal = { key: probeKey(keys.toCollector('fra-d1', realServer)?.keyHex ?? ''), pair: undefined };
    const bytes = encodeRound({ kind: 'proof', round, realServer, epoch: 7, vips: [vip] }, seal);
    socket.emit('message', bytes, { address: vip, port: 9 });
  };
  for (let number = 0; number < 2_000; number += 1) hears(number, startMs);
  const steps = collector.report();
  let count = 0;
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) {
      const told = step.value.returnPaths?.map((one) => one.realServer) ?? [];
      expect([told.length, new Set(told).size]).toEqual([2_000, 2_000]);
      break;
    }
    count += 1;
    hears(count, startMs + 1);
  }
  expect(count).toBeGreaterThanOrEqual(4);
});

test('a collector without keys holds no socket', async () => {
  const clock = createManualClock(startMs);
  const { collector, port } = await collecting(clock);
  collector.watch([]);
  const socket = createSocket('udp4');
  ends.push(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, resolve);
  });
});
