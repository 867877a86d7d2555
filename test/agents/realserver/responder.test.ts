import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import type { ProbeEnd } from '../../../agents/realserver/probe-ends.ts';
import { createResponder, type Responder } from '../../../agents/realserver/responder.ts';
import type { Clock } from '../../../src/domain/clock.ts';
import { decodeAnswer, decodeFarewell, encodeRequest } from '../../../src/probe/datagram.ts';
import { probeKey } from '../../../src/probe/hmac.ts';
import { createProbeSocket } from '../../../src/probe/probe-socket.ts';
import { pairEnds, type Seal } from '../../../src/probe/seal.ts';
import { decodeSizeAnswer, encodeSizeQuestion } from '../../../src/probe/size-datagram.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { createManualClock } from '../manual-clock.ts';

const pair = { epoch: 7, director: 'fra-d1', ends: pairEnds('127.0.0.1', '10.1.0.11') };
const seal: Seal = { key: probeKey('ab'.repeat(16)), pair };
const wrong: Seal = { ...seal, key: probeKey('cd'.repeat(16)) };
const sealOf = () => seal;
const responders: Responder[] = [];
afterEach(() => {
  for (const responder of responders.splice(0)) responder.close();
});

async function freePort(): Promise<number> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

async function listening(
  port: number,
  more: { end?: Partial<ProbeEnd>; clock?: Clock; openSocket?: typeof createProbeSocket } = {},
): Promise<Responder> {
  return await new Promise((resolve) => {
    const responder = createResponder({
      sealOf,
      clock: more.clock ?? realClock,
      random: Math.random,
      openSocket: more.openSocket ?? createProbeSocket,
      port,
      verdicts: (vip) =>
        vip === '192.0.2.10' || vip === '127.0.0.1'
          ? [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }]
          : undefined,
      onTrouble: (_address, error) => {
        throw error;
      },
      onListening: () => resolve(responder),
    });
    responders.push(responder);
    responder.listen([{ address: '127.0.0.1', isTranslated: true, ...more.end }]);
  });
}

/** Sends each datagram in turn; resolves with the first thing that comes back. */
async function firstAnswer(port: number, datagrams: readonly Uint8Array[]): Promise<Buffer> {
  const socket = createSocket('udp4');
  const answer = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  for (const datagram of datagrams) socket.send(datagram, port, '127.0.0.1');
  const bytes = await answer;
  socket.close();
  return bytes;
}

test('the answer carries the verdict; noise, strangers and other VIPs get silence', async () => {
  const port = await freePort();
  const responder = await listening(port);
  const request = { nonce: 1n, sentAtUs: 5 };
  // The wrong ones go first: were one answered, its answer would come first.
  const bytes = await firstAnswer(port, [
    Buffer.from('hello'),
    encodeRequest({ ...request, vip: '192.0.2.10' }, 1, wrong),
    encodeRequest({ ...request, vip: '192.0.2.11' }, 1, seal),
    encodeRequest({ nonce: 2n, sentAtUs: 6, vip: '192.0.2.10' }, 1, seal),
  ]);
  expect(decodeAnswer(bytes, seal, '192.0.2.10')).toEqual({
    nonce: 2n,
    sentAtUs: 6,
    verdicts: [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }],
    pages: 1,
  });
  expect([responder.answered(), responder.ignored()]).toEqual([1, 3]);
});

test('an address that is not there yet is tried again, with growing pauses, and told of once', async () => {
  const clock = createManualClock();
  const troubles: string[] = [];
  const told = Promise.withResolvers<void>();
  const responder = createResponder({
    sealOf,
    clock,
    random: () => 1,
    openSocket: createProbeSocket,
    port: await freePort(),
    verdicts: () => [],
    onTrouble: (address, error) => {
      troubles.push(`${address} ${'code' in error ? error.code : ''}`);
      told.resolve();
    },
    onListening: () => {},
  });
  responders.push(responder);
  responder.listen([{ address: '192.0.2.77', isTranslated: false }]);
  await told.promise;
  await clock.advance(5_000);
  expect(troubles).toEqual(['192.0.2.77 EADDRNOTAVAIL']);
  expect(responder.missing()).toMatchObject([{ address: '192.0.2.77', sinceMs: 0 }]);
  responder.listen([]);
  expect(responder.missing()).toEqual([]);
});

test('a VIP answers for itself alone', async () => {
  const port = await freePort();
  const responder = await listening(port, { end: { isTranslated: false } });
  const bytes = await firstAnswer(port, [
    encodeRequest({ nonce: 1n, sentAtUs: 5, vip: '192.0.2.10' }, 1, seal),
    encodeRequest({ nonce: 2n, sentAtUs: 5, vip: '127.0.0.1' }, 1, seal),
  ]);
  expect(decodeAnswer(bytes, seal, '127.0.0.1')?.nonce).toBe(2n);
  expect([responder.answered(), responder.ignored()]).toEqual([1, 1]);
});

/** Somebody who asks, and hears answers and farewells. */
function asker(port: number) {
  const socket = createSocket('udp4');
  const heard: Buffer[] = [];
  let wake = () => {};
  socket.on('message', (bytes) => {
    heard.push(bytes);
    wake();
  });
  const until = async (count: number) => {
    while (heard.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return heard[count - 1] ?? Buffer.alloc(0);
  };
  const ask = (nonce: bigint, vip = '192.0.2.10', by = seal) =>
    socket.send(encodeRequest({ nonce, sentAtUs: Number(nonce), vip }, 1, by), port, '127.0.0.1');
  return { ask, until, heard, close: () => socket.close() };
}

test('the farewell: to each who asked lately, with the last nonce of each VIP; nobody else hears a word', async () => {
  const port = await freePort();
  const responder = await listening(port);
  const [director, other, stranger] = [asker(port), asker(port), asker(port)];
  stranger.ask(90n, '192.0.2.10', wrong);
  for (const nonce of [1n, 2n]) director.ask(nonce);
  director.ask(3n, '127.0.0.1');
  other.ask(4n);
  await director.until(3);
  await other.until(1);
  await responder.farewell();
  const nonceOf = (bytes: Buffer | undefined, vip: string) =>
    decodeFarewell(bytes ?? Buffer.alloc(0), seal, vip)?.nonce;
  await director.until(5);
  expect(nonceOf(director.heard[3], '192.0.2.10')).toBe(2n);
  expect(nonceOf(director.heard[4], '127.0.0.1')).toBe(3n);
  expect(decodeFarewell(await other.until(2), seal, '192.0.2.10')).toEqual({ nonce: 4n, sentAtUs: 4 });
  // It has gone: an answer now would take it back, and a second farewell says nothing new.
  director.ask(5n);
  await responder.farewell();
  await director.until(5);
  expect([director.heard.length, other.heard.length, stranger.heard.length]).toEqual([5, 2, 0]);
  for (const one of [director, other, stranger]) one.close();
});

test('bad news: told once more under the last nonce, all of a moment in one datagram, to those who asked about that VIP', async () => {
  const clock = createManualClock();
  const port = await freePort();
  const responder = await listening(port, { clock });
  const [director, other, stranger] = [asker(port), asker(port), asker(port)];
  for (const nonce of [1n, 2n]) director.ask(nonce);
  await director.until(2);
  other.ask(3n, '127.0.0.1');
  await other.until(1);
  stranger.ask(90n, '192.0.2.10', wrong);
  for (let port = 0; port < 3; port++) responder.worsened('192.0.2.10');
  responder.worsened('203.0.113.1');
  await clock.advance(5);
  expect(decodeAnswer(await director.until(3), seal, '192.0.2.10')).toMatchObject({
    nonce: 2n,
    verdicts: [{ port: 80, verdict: 'unhealthy' }],
  });
  // What follows shows that there was no second one, and none for others.
  director.ask(4n);
  other.ask(5n, '127.0.0.1');
  expect(decodeAnswer(await director.until(4), seal, '192.0.2.10')?.nonce).toBe(4n);
  expect(decodeAnswer(await other.until(2), seal, '127.0.0.1')?.nonce).toBe(5n);
  await clock.advance(3_001);
  responder.worsened('192.0.2.10');
  await clock.advance(5);
  await responder.farewell();
  expect([director.heard.length, other.heard.length, stranger.heard.length]).toEqual([4, 2, 0]);
  for (const one of [director, other, stranger]) one.close();
});

test('who has not asked for three seconds is not told', async () => {
  const clock = createManualClock();
  const port = await freePort();
  const responder = await listening(port, { clock });
  const [early, late] = [asker(port), asker(port)];
  early.ask(1n);
  await early.until(1);
  await clock.advance(3_001);
  late.ask(2n);
  await late.until(1);
  await responder.farewell();
  expect(decodeFarewell(await late.until(2), seal, '192.0.2.10')?.nonce).toBe(2n);
  expect(early.heard.length).toBe(1);
  for (const one of [early, late]) one.close();
});

test('the farewell of one whom nobody asked, or who has no key yet', async () => {
  const responder = await listening(await freePort());
  await responder.farewell();
  const idle = createResponder({
    sealOf,
    clock: realClock,
    random: Math.random,
    openSocket: createProbeSocket,
    verdicts: () => [],
    onTrouble: () => {},
    onListening: () => {},
  });
  await idle.farewell();
  idle.close();
});

test('a farewell that can’t be sent keeps nobody from ending', async () => {
  const clock = createManualClock();
  const port = await freePort();
  let isStuck = false;
  const responder = await listening(port, {
    clock,
    openSocket(family) {
      const socket = createProbeSocket(family);
      const send = socket.send.bind(socket) as (...words: unknown[]) => void;
      socket.send = (...words: unknown[]) => {
        if (!isStuck) send(...words);
      };
      return socket;
    },
  });
  const director = asker(port);
  director.ask(1n);
  await director.until(1);
  isStuck = true;
  let isOver = false;
  const over = responder.farewell().then(() => {
    isOver = true;
  });
  await clock.advance(199);
  expect(isOver).toBe(false);
  await clock.advance(1);
  await over;
  director.close();
});

test('a copy of a request that was answered is not answered', async () => {
  const port = await freePort();
  const responder = await listening(port);
  const director = asker(port);
  for (const nonce of [1n, 1n, 1n, 2n]) director.ask(nonce);
  await director.until(2);
  expect([responder.answered(), responder.ignored()]).toEqual([2, 2]);
  director.close();
});

test('a question of a size is answered shortly, once, and only as long as it says; the application was not asked', async () => {
  const port = await freePort();
  const responder = await listening(port);
  const question = { nonce: 5n, sentAtUs: 6, vip: '127.0.0.1', sizeBytes: 1_452 };
  const bytes = encodeSizeQuestion(question, seal);
  const short = encodeSizeQuestion({ ...question, nonce: 6n, sizeBytes: 200 }, seal);
  const forged = encodeSizeQuestion({ ...question, nonce: 7n }, wrong);
  if (bytes === undefined || short === undefined || forged === undefined) throw new Error('they fit');
  const answer = await firstAnswer(port, [forged, bytes.subarray(0, 1_400), bytes, bytes, short]);
  expect(decodeSizeAnswer(answer, seal, '127.0.0.1')).toEqual({ nonce: 5n, sentAtUs: 6, sizeBytes: 1_452 });
  expect(answer.length).toBeLessThan(short.length);
  await expect.poll(() => [responder.answered(), responder.ignored()]).toEqual([2, 3]);
});
