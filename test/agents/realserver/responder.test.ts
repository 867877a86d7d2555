import { createSocket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { createResponder, type Responder } from '../../../agents/realserver/responder.ts';
import { decodeAnswer, encodeRequest, probeKey } from '../../../src/probe/datagram.ts';
import { realClock } from '../../../src/runtime/clock.ts';
import { createManualClock } from '../manual-clock.ts';

const key = probeKey('ab'.repeat(32));
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

async function listening(port: number): Promise<Responder> {
  return await new Promise((resolve) => {
    const responder = createResponder({
      clock: realClock,
      random: Math.random,
      port,
      verdicts: (vip) =>
        vip === '192.0.2.10' ? [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }] : undefined,
      onTrouble: (_address, error) => {
        throw error;
      },
      onListening: () => resolve(responder),
    });
    responders.push(responder);
    responder.listen(['127.0.0.1'], key);
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
    encodeRequest({ ...request, vip: '192.0.2.10' }, 1, probeKey('cd'.repeat(32))),
    encodeRequest({ ...request, vip: '192.0.2.11' }, 1, key),
    encodeRequest({ nonce: 2n, sentAtUs: 6, vip: '192.0.2.10' }, 1, key),
  ]);
  expect(decodeAnswer(bytes, key)).toEqual({
    nonce: 2n,
    sentAtUs: 6,
    verdicts: [{ port: 80, protocol: 'tcp', verdict: 'unhealthy' }],
  });
  expect([responder.answered(), responder.ignored()]).toEqual([1, 3]);
});

test('an address that is not there yet is tried again, with growing pauses, and told of once', async () => {
  const clock = createManualClock();
  const troubles: string[] = [];
  const told = Promise.withResolvers<void>();
  const responder = createResponder({
    clock,
    random: () => 1,
    port: await freePort(),
    verdicts: () => [],
    onTrouble: (address, error) => {
      troubles.push(`${address} ${'code' in error ? error.code : ''}`);
      told.resolve();
    },
    onListening: () => {},
  });
  responders.push(responder);
  responder.listen(['192.0.2.77'], key);
  await told.promise;
  await clock.advance(5_000);
  expect(troubles).toEqual(['192.0.2.77 EADDRNOTAVAIL']);
  expect(responder.missing()).toEqual(['192.0.2.77']);
  responder.listen([], key);
  expect(responder.missing()).toEqual([]);
});
