import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type CheckTarget, runCheck } from '../../../agents/realserver/checks.ts';

const opened: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of opened.splice(0)) server.close();
});

async function application(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function target(port: number, more: Partial<CheckTarget> = {}): CheckTarget {
  return {
    type: 'http',
    address: '127.0.0.1',
    port,
    path: '/healthz',
    host: 'shop.example',
    expectStatus: 200,
    timeoutMs: 2_000,
    ...more,
  };
}

test('tcp: an accepted connection is enough', async () => {
  const port = await application(() => {});
  expect(await runCheck(target(port, { type: 'tcp' }))).toEqual({ ok: true });
});

test('nobody listens: refused, and certain', async () => {
  const port = await application(() => {});
  await new Promise((resolve) => opened.splice(0)[0]?.close(resolve));
  expect(await runCheck(target(port))).toEqual({ ok: false, reason: 'connection refused', certain: true });
});

test('an address that is not on this host is never asked for across the network', async () => {
  expect(await runCheck(target(80, { address: '192.0.2.77' }))).toEqual({
    ok: false,
    reason: 'address is not on this host',
    certain: true,
  });
});

test('http: what is asked, and which answers count', async () => {
  const asked: string[] = [];
  let answer = '';
  const port = await application((socket) =>
    socket.once('data', (bytes) => {
      asked.push(bytes.toString());
      socket.end(answer);
    }),
  );
  const outcomes: [string, string | true][] = [
    ['HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', true],
    ['HTTP/1.0 200\r\n\r\n', true],
    ['HTTP/1.1 503 Service Unavailable\r\n\r\n', 'status 503, expected 200'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'the answer is not HTTP'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'the answer is not HTTP'],
    ['x'.repeat(5_000), 'the answer is not HTTP'],
    ['HTTP/1.1 200', 'closed without an answer'],
    ['', 'closed without an answer'],
  ];
  for (const [bytes, outcome] of outcomes) {
    answer = bytes;
    const result = await runCheck(target(port));
    expect(result).toEqual(outcome === true ? { ok: true } : { ok: false, reason: outcome, certain: false });
  }
  expect(asked[0]).toBe(
    'GET /healthz HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: causeway-check\r\nAccept: */*\r\nConnection: close\r\n\r\n',
  );
});

test('http: the status line alone decides; an endless body is cut off', async () => {
  let written = 0;
  let cut: Promise<void> | undefined;
  const port = await application((socket) => {
    cut = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const more = () => {
      while (!socket.destroyed && written < 50_000_000) {
        written += 16_384;
        if (!socket.write(Buffer.alloc(16_384))) return;
      }
    };
    socket.on('drain', more);
    more();
  });
  expect(await runCheck(target(port))).toEqual({ ok: true });
  await cut;
  expect(written).toBeLessThan(50_000_000);
});

test('an application that accepts and says nothing runs into the deadline', async () => {
  const port = await application(() => {});
  const started = performance.now();
  expect(await runCheck(target(port, { timeoutMs: 60 }))).toEqual({
    ok: false,
    reason: 'no answer within 60 ms',
    certain: false,
  });
  expect(performance.now() - started).toBeLessThan(1_000);
});
