import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { createProber, type Prober } from '../../../agents/director/prober.ts';
import { probeSourcePort } from '../../../src/domain/probe.ts';
import { decodeRequest, encodeAnswer, encodeFarewell } from '../../../src/probe/datagram.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createProbeSocket, type ProbeSocket } from '../../../src/probe/probe-socket.ts';
import { pairEnds, type Seal } from '../../../src/probe/seal.ts';
import { createManualClock } from '../manual-clock.ts';

const settings = { keyHex: '', intervalMs: 100, downAfterMs: 500, goneAfterMs: 3_000, rise: 2 };
const key = { name: 'fra-1', epoch: 7, keyHex: 'ab'.repeat(16) };
const pair = { epoch: 7, director: 'fra-d1', ends: pairEnds('127.0.0.1', '10.1.0.11') };
const seal: Seal = { key: probeKey(key.keyHex), pair };
const wrong: Seal = { ...seal, key: probeKey('00') };
const requestIn = (bytes: Buffer) => decodeRequest(bytes, () => seal)?.request;
const ends: { close(): void }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
});

/** A VIP on the loopback; `hear` gets each request with a way to answer it. */
async function vip(hear: (request: Buffer, answer: (bytes: Buffer) => void, port: number) => void) {
  const socket = createSocket('udp4');
  ends.push(socket);
  socket.on('message', (bytes, from) =>
    hear(bytes, (reply) => socket.send(reply, from.port, from.address), from.port),
  );
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket.address().port;
}

interface Heard {
  readonly sent: number[];
  readonly farewells: unknown[];
  readonly news: unknown[];
  readonly answers: unknown[];
  readonly lost: unknown[];
  readonly rounds: string[];
  readonly troubles: string[];
}

function probe(
  port: number,
  options: { address?: string; openSocket?: () => ProbeSocket; pace?: (realServer: string) => number } = {},
) {
  const clock = createManualClock();
  const heard: Heard = { sent: [], farewells: [], news: [], answers: [], lost: [], rounds: [], troubles: [] };
  const waiting: (() => void)[] = [];
  let nonce = 0n;
  let closed = false;
  const prober: Prober = createProber({
    name: 'fra-d1',
    address: options.address ?? '127.0.0.1',
    otherAddresses: ['2001:db8:1::2'],
    clock,
    random: () => 0,
    nonce: () => ++nonce,
    onSent: (_path, id) => heard.sent.push(id),
    onUnsent: (_path, id) => heard.sent.splice(heard.sent.indexOf(id), 1),
    onFarewell: (path) => heard.farewells.push(path),
    onNews: (path, _atMs, verdicts) => heard.news.push({ ...path, verdicts }),
    openSocket: options.openSocket ?? createProbeSocket,
    pace: options.pace ?? (() => 1),
    onAnswer: (path, id, _atMs, verdicts) => {
      heard.answers.push({ ...path, id, verdicts });
      for (const wake of waiting.splice(0)) wake();
    },
    onLost: (path) => heard.lost.push(path),
    onRound: (realServer) => heard.rounds.push(realServer),
    onTrouble: (realServer, error) => {
      heard.troubles.push(`${realServer} ${'code' in error ? error.code : error.message}`);
      for (const wake of waiting.splice(0)) wake();
    },
    port,
  });
  ends.push({ close: () => !closed && prober.close() });
  return {
    clock,
    heard,
    prober,
    event: () => new Promise<void>((resolve) => waiting.push(resolve)),
    close: () => {
      closed = true;
      prober.close();
    },
  };
}

/** Far from what other tests on this machine bind. */
const slot = 3_900 + (process.pid % 90);
const target = {
  realServer: 'fra-1',
  address: '10.1.0.11',
  key,
  slot,
  vips: [{ address: '127.0.0.1', ports: 1, tcpPorts: [80] }],
};

test('a probe leaves from the port of its real server; its answer brings time and verdict', async () => {
  const ports: number[] = [];
  const port = await vip((bytes, answer, from) => {
    ports.push(from);
    const request = requestIn(bytes);
    if (request === undefined) return;
    const verdicts = [{ port: 80, protocol: 'tcp', verdict: 'healthy' }] as const;
    const reply = encodeAnswer({ ...request, verdicts }, request, bytes.length, seal);
    answer(encodeAnswer({ ...request, nonce: 99n, verdicts }, request, bytes.length, seal));
    answer(encodeAnswer({ ...request, verdicts: [] }, request, bytes.length, wrong));
    answer(reply);
    answer(reply);
  });
  const { clock, heard, prober, event } = probe(port);
  prober.watch([target], settings);
  const first = event();
  await clock.advance(0);
  await first;
  const second = event();
  await clock.advance(100);
  await second;
  const verdicts = [{ port: 80, protocol: 'tcp', verdict: 'healthy' }];
  const answer = { realServer: 'fra-1', vip: '127.0.0.1', verdicts };
  // One each, though strangers' and second answers came too.
  expect(heard.answers).toEqual([
    { ...answer, id: 1 },
    { ...answer, id: 2 },
  ]);
  expect(ports).toEqual([probeSourcePort(slot), probeSourcePort(slot)]);
  expect(heard.rounds).toEqual(['fra-1', 'fra-1']);
});

test('what is not answered in time counts as lost; nothing is left of a real server that has gone', async () => {
  const port = await vip(() => {});
  const { clock, heard, prober } = probe(port);
  prober.watch([target], settings);
  await clock.advance(650);
  expect(heard.lost.length).toBe(1);
  expect(prober.outstanding).toBe(6);
  prober.watch([], settings);
  expect(prober.outstanding).toBe(0);
  await clock.advance(1_000);
  expect(heard.lost.length).toBe(1);
});

test('an address that this host does not have is told once, and probing goes on', async () => {
  const port = await vip(() => {});
  const { clock, heard, prober, event } = probe(port, { address: '192.0.2.77' });
  prober.watch([target], settings);
  const trouble = event();
  await clock.advance(0);
  await trouble;
  await clock.advance(5_000);
  expect(heard.troubles).toEqual(['fra-1 EADDRNOTAVAIL']);
  expect(heard.rounds.length).toBeGreaterThan(40);
  // What never left was never lost.
  expect([heard.sent, heard.lost, prober.outstanding]).toEqual([[], [], 0]);
  expect([...prober.troubles().keys()]).toEqual(['fra-1']);
});

test('a VIP of the other family is asked from an address of that family, for the kernel would take the VIP itself', async () => {
  const bound: unknown[] = [];
  const nothing = (): void => {};
  const openSocket = (): ProbeSocket => ({
    ...{ on: nothing, once: nothing, send: nothing, close: nothing },
    bind: ({ address }) => bound.push(address),
  });
  const { clock, prober } = probe(9, { openSocket });
  const vips = ['127.0.0.1', '2001:db8:a::10'].map((address) => ({ address, ports: 1, tcpPorts: [80] }));
  prober.watch([{ ...target, vips }], settings);
  await clock.advance(0);
  expect(bound).toEqual(['127.0.0.1', '2001:db8:1::2']);
});

test('who need not be asked as often is asked in turn, and at once when that changes', async () => {
  const port = await vip(() => {});
  let pace = 3;
  const { clock, heard, prober } = probe(port, { pace: () => pace });
  prober.watch([target], settings);
  await clock.advance(450);
  expect(prober.outstanding).toBe(2);
  expect(heard.rounds.length).toBe(5);
  pace = 1;
  await clock.advance(50);
  expect(prober.outstanding).toBe(3);
});

test('a farewell and news name the last probe; older ones, recorded, say nothing', async () => {
  const requests: bigint[] = [];
  let say: (bytes: Buffer) => void = () => {};
  const port = await vip((bytes, answer) => {
    const request = requestIn(bytes);
    if (request === undefined) return;
    requests.push(request.nonce);
    say = answer;
    answer(encodeAnswer({ ...request, verdicts: [] }, request, bytes.length, seal));
  });
  const { clock, heard, prober, event } = probe(port);
  prober.watch([target], settings);
  for (const delayMs of [0, 100]) {
    const answered = event();
    await clock.advance(delayMs);
    await answered;
  }
  const [old, last] = requests;
  if (old === undefined || last === undefined) throw new Error('two were asked');
  const verdicts = [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }] as const;
  const tell = (nonce: bigint, by: Seal) =>
    say(encodeAnswer({ nonce, sentAtUs: 1, verdicts }, { answers: 2, vip: '127.0.0.1' }, 1_000, by));
  tell(old, seal);
  tell(last, wrong);
  tell(last, seal);
  say(encodeFarewell({ nonce: old, sentAtUs: 1 }, seal, '127.0.0.1'));
  say(encodeFarewell({ nonce: last, sentAtUs: 1 }, wrong, '127.0.0.1'));
  say(encodeFarewell({ nonce: last, sentAtUs: 1 }, seal, '127.0.0.1'));
  while (heard.farewells.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(heard.farewells).toEqual([{ realServer: 'fra-1', vip: '127.0.0.1' }]);
  expect(heard.news).toEqual([{ realServer: 'fra-1', vip: '127.0.0.1', verdicts }]);
  expect(heard.answers).toHaveLength(2);
});

test('an answer from another address or port, however well made, is none', async () => {
  const stranger = createSocket('udp4');
  ends.push(stranger);
  await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
  const heardRequest = new Promise<void>((resolve) => {
    void vip((bytes, _answer, from) => {
      const request = requestIn(bytes);
      if (request === undefined) return;
      const reply = encodeAnswer({ ...request, verdicts: [] }, request, bytes.length, seal);
      stranger.send(reply, from, '127.0.0.1', () => resolve());
    }).then((port) => {
      story = probe(port);
      story.prober.watch([target], settings);
      void story.clock.advance(0);
    });
  });
  let story: ReturnType<typeof probe> | undefined;
  await heardRequest;
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(story?.heard.answers).toEqual([]);
});

test('what finds no room on one page is asked for page by page, the first every other time', async () => {
  const pages: number[] = [];
  const verdicts = Array.from({ length: 40 }, (_, index) => ({
    port: 2 * index + 1,
    protocol: 'tcp' as const,
    verdict: 'healthy' as const,
  }));
  const port = await vip((bytes, answer) => {
    const request = requestIn(bytes);
    if (request === undefined) return;
    pages.push(request.page ?? -1);
    answer(encodeAnswer({ ...request, verdicts }, request, bytes.length, seal));
  });
  const { clock, heard, prober, event } = probe(port);
  prober.watch([{ ...target, vips: [{ address: '127.0.0.1', ports: 15, tcpPorts: [] }] }], settings);
  for (let round = 0; round < 8; round++) {
    const answered = event();
    await clock.advance(round === 0 ? 0 : 100);
    await answered;
  }
  expect(pages).toEqual([0, 0, 1, 0, 2, 0, 1, 0]);
  const told = heard.answers as { verdicts: { port: number }[] }[];
  expect(new Set(told.flatMap((one) => one.verdicts.map((verdict) => verdict.port))).size).toBe(40);
});

test('without a key nobody is asked, and it is told why', async () => {
  const port = await vip(() => {});
  const { clock, heard, prober } = probe(port);
  prober.watch([{ ...target, key: undefined }], settings);
  await clock.advance(1_000);
  expect([heard.sent, heard.lost, prober.outstanding]).toEqual([[], [], 0]);
  expect(heard.troubles).toEqual(['fra-1 the snapshot has no key for its probes']);
});
