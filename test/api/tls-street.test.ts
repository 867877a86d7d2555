import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { connect, createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openStreet } from '../../src/api/tls-street.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type TestAuthority, testAuthority } from '../pki/certificates.ts';

let ours: TestAuthority;
let pair: { readonly cert: string; readonly key: string };
beforeAll(async () => {
  ours = await testAuthority();
  const { cert, key } = await ours.issue('coordinator/fra/c1');
  pair = { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
});
afterAll(() => ours.remove());

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** How many have come in by it, with two handshakes at once. */
async function open() {
  const came: string[] = [];
  const door = createServer({ ...pair, minVersion: 'TLSv1.3' }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', (words) => came.push(`${words}`));
  });
  door.on('tlsClientError', (_, socket) => socket.destroy());
  const street = openStreet(door, realClock, 2);
  street.listen(0, '127.0.0.1');
  await once(street, 'listening');
  closing.push(() => street.close());
  return { port: (street.address() as AddressInfo).port, came };
}

function track<S extends Socket>(socket: S): S {
  socket.on('error', () => {});
  closing.push(() => socket.destroy());
  return socket;
}

function come(port: number, words: string): void {
  const socket = track(connect({ port, host: '127.0.0.1', rejectUnauthorized: false }));
  socket.once('secureConnect', () => socket.write(words));
}

test('many more than may shake hands at once all come in', async () => {
  const { port, came } = await open();
  const names = Array.from({ length: 40 }, (_, index) => `agent ${index}`);
  for (const name of names) come(port, name);
  await expect.poll(() => came.toSorted(), { timeout: 20_000 }).toEqual(names.toSorted());
}, 30_000);

test('who says nothing, and who gives up half way, keeps nobody from coming in', async () => {
  const { port, came } = await open();
  for (let index = 0; index < 5; index += 1) track(connectTcp(port, '127.0.0.1'));
  const started = Array.from({ length: 5 }, () => track(connectTcp(port, '127.0.0.1')));
  // The head of a TLS record of 512 bytes, and no more of it.
  for (const socket of started) socket.write(Buffer.from('1603010200', 'hex'));
  await once(started[4] as Socket, 'connect');
  for (const socket of started.slice(2)) socket.destroy();
  come(port, 'agent');
  await expect.poll(() => came, { timeout: 20_000 }).toEqual(['agent']);
}, 30_000);
