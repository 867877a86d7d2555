import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Counter, Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseNetwork } from '../../src/domain/network.ts';
import { type HttpServer, serveHttp } from '../../src/runtime/http.ts';
import { createManualClock } from '../agents/manual-clock.ts';

let server: HttpServer;
let trouble: string | undefined;
const registry = new Registry();
new Counter({ name: 'causeway_test_total', help: 'a test', registers: [registry] }).inc(3);

const log = { warn: () => {} };
const base = { exposition: registry, log, clock: createManualClock() };

beforeEach(async () => {
  trouble = undefined;
  server = await serveHttp({ ...base, address: '127.0.0.1:0', healthy: () => trouble });
});
afterEach(() => server.close());

async function get(path: string, method = 'GET'): Promise<[number, string]> {
  const response = await fetch(`http://${server.address}${path}`, { method });
  return [response.status, await response.text()];
}

it('shows metrics', async () => {
  const [status, text] = await get('/metrics');
  expect(status).toBe(200);
  expect(text).toContain('causeway_test_total 3');
});

it('says whether all is well', async () => {
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  trouble = 'no coordinator for 12 s';
  expect(await get('/healthz?verbose')).toEqual([503, 'no coordinator for 12 s\n']);
});

it.each([
  ['/', 'GET', 404],
  ['/metrics', 'POST', 405],
])('refuses %s by %s', async (path, method, status) => expect((await get(path, method))[0]).toBe(status));

function silent(): Promise<Socket> {
  const [host, port] = server.address.split(':');
  const socket = connect(Number(port), host);
  socket.on('error', () => {});
  return once(socket, 'connect').then(() => socket);
}

it('answers whoever asks while 200 sockets say nothing: those that have been here longest make room', async () => {
  const sockets = await Promise.all(Array.from({ length: 200 }, silent));
  expect(await get('/healthz')).toEqual([200, 'ok\n']);
  expect((await get('/metrics'))[0]).toBe(200);
  await expect.poll(() => sockets.filter((socket) => socket.destroyed).length).toBeGreaterThanOrEqual(136);
  for (const socket of sockets) socket.destroy();
});

it('ends a request whose head does not come to its end', async () => {
  const socket = await silent();
  socket.write('GET /metrics HTTP/1.1\r\nhost: x\r\nx-slow:');
  socket.resume();
  await once(socket, 'close');
}, 20_000);

it.each(['//', '/metrics%', '/healthz?a=%zz', 'http://['])('survives the address %s', async (path) => {
  const socket = await silent();
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toMatch(/^HTTP\/1\.1 (200|400|404) /);
});

it('says what to do where the port is taken', async () => {
  const second = serveHttp({ ...base, address: server.address, healthy: () => undefined });
  await expect(second).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('--http'),
  });
});

it('answers those whom it may, and reads nothing of others; the same is told once a minute', async () => {
  let peer = '10.1.7.9';
  const told: unknown[] = [];
  const clock = createManualClock();
  const narrow = await serveHttp({
    ...{ ...base, clock, address: '127.0.0.1:0', healthy: () => undefined, peerOf: () => peer },
    allow: [parseNetwork('10.1.0.0/16'), parseNetwork('2001:db8::/32')].filter((one) => one !== undefined),
    log: { warn: (line: unknown) => void told.push(line) },
  });
  const ask = () =>
    fetch(`http://${narrow.address}/metrics`, { headers: { connection: 'close' } }).then(
      ({ status }) => status,
      () => 'cut off',
    );
  const asked: Record<string, unknown> = {};
  for (peer of ['10.1.7.9', '2001:db8::1', '127.0.0.1', '::1', '10.2.0.1', '2001:db9::1', '10.2.0.1'])
    asked[peer] = await ask();
  expect(asked).toEqual({
    ...{ '10.1.7.9': 200, '2001:db8::1': 200, '127.0.0.1': 200, '::1': 200 },
    ...{ '10.2.0.1': 'cut off', '2001:db9::1': 'cut off' },
  });
  await clock.advance(60_000);
  expect(told).toEqual([
    { peer: '10.2.0.1', times: 1 },
    { peer: '2001:db9::1', times: 1 },
    { peer: '10.2.0.1', times: 1 },
  ]);
  await narrow.close();
});
