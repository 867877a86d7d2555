import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Server as GrpcServer, ServerCredentials } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, expect, test } from 'vitest';
import { type CheckTarget, runCheck } from '../../../agents/realserver/checks.ts';
import { plainCheck } from '../../../src/domain/health-check.ts';
import { certificate, privateKey } from './certificate.ts';

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
    ...plainCheck,
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

test('http: interim answers are passed over, and the final one decides', async () => {
  const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n';
  const outcomes: [string, Partial<CheckTarget>, string | true][] = [
    ['HTTP/1.1 200 OK\r\n\r\n', {}, true],
    ['HTTP/1.1 503 Busy\r\n\r\n', {}, 'status 503, expected 200'],
    ['HTTP/1.1 302 Found\r\n\r\n', { expect: [{ from: 200, to: 399 }] }, true],
    [
      'HTTP/1.1 404 Not Found\r\n\r\n',
      {
        expect: [
          { from: 200, to: 299 },
          { from: 401, to: 401 },
        ],
      },
      'status 404, expected 200-299,401',
    ],
    ['', {}, 'closed without an answer'],
  ];
  for (const [final, more, outcome] of outcomes) {
    const port = await application((socket) =>
      socket.once('data', () => {
        socket.write(interim);
        socket.end(final);
      }),
    );
    const result = await runCheck(target(port, more));
    expect(result).toEqual(outcome === true ? { ok: true } : { ok: false, reason: outcome, certain: false });
  }
});

test('http: own headers go along, in place of ours of the same name', async () => {
  let asked = '';
  const port = await application((socket) =>
    socket.once('data', (bytes) => {
      asked = bytes.toString();
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    }),
  );
  await runCheck(target(port, { headers: { 'user-agent': 'probe/1', 'X-Check': 'yes' } }));
  expect(asked).toBe(
    'GET /healthz HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\nuser-agent: probe/1\r\nX-Check: yes\r\nConnection: close\r\n\r\n',
  );
});

test.each([
  ['path', { path: '/ HTTP/1.1\r\nX: y' }],
  ['host', { host: 'a\r\nX: y' }],
  ['header name', { headers: { 'a\r\nX': 'y' } }],
  ['header value', { headers: { a: 'b\r\nX: y' } }],
] as [string, Partial<CheckTarget>][])('a %s of two lines never goes on the wire', async (_, more) => {
  let connections = 0;
  const port = await application(() => {
    connections += 1;
  });
  expect(await runCheck(target(port, more))).toMatchObject({ ok: false, certain: false });
  expect(connections).toBe(0);
});

async function listening(server: Server): Promise<number> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('https: the name asked for, and what verification makes of the certificate', async () => {
  const names: (string | false | null)[] = [];
  const server = createTlsServer({ key: privateKey, cert: certificate }, (socket) => {
    socket.on('error', () => {});
    names.push(socket.servername);
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  });
  server.on('tlsClientError', () => {});
  const port = await listening(server);
  const off = { serverName: '', verify: false, ca: '' };
  const https = (tls: CheckTarget['tls'], host = 'shop.example') =>
    runCheck(target(port, { type: 'https', host, tls }));
  expect(await https(off)).toEqual({ ok: true });
  expect(await https(off, '192.0.2.10')).toEqual({ ok: true });
  expect(await https({ ...off, serverName: 'other.example' })).toEqual({ ok: true });
  expect(names).toEqual(['shop.example', false, 'other.example']);
  expect(await https({ ...off, verify: true, ca: certificate })).toEqual({ ok: true });
  const verified = await Promise.all([
    https({ ...off, verify: true }),
    https({ ...off, verify: true, ca: certificate, serverName: 'other.example' }),
    https({ ...off, verify: true, ca: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n' }),
  ]);
  for (const result of verified)
    expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(/^TLS: /), certain: false });
});

test('https: an application that speaks no TLS is unhealthy', async () => {
  const port = await application((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
  );
  const tls = { serverName: '', verify: false, ca: '' };
  expect(await runCheck(target(port, { type: 'https', tls }))).toMatchObject({ ok: false });
});

test('grpc: the standard health service is asked, by name where there is one', async () => {
  let answer: { status: string } | undefined;
  const asked: string[] = [];
  const health = new GrpcServer();
  health.addService(healthService, {
    check(call: { request: { service: string } }, callback: (error: object | null, value?: object) => void) {
      asked.push(call.request.service);
      if (answer === undefined) callback({ code: 5, details: 'unknown service' });
      else callback(null, answer);
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    health.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  const grpc = (grpcService: string) => runCheck(target(port, { type: 'grpc', grpcService }));
  answer = { status: 'SERVING' };
  expect(await grpc('')).toEqual({ ok: true });
  expect(await grpc('a'.repeat(200))).toEqual({ ok: true });
  answer = { status: 'NOT_SERVING' };
  expect(await grpc('shop.Cart')).toEqual({ ok: false, reason: 'NOT_SERVING', certain: false });
  answer = undefined;
  expect(await grpc('nobody')).toEqual({ ok: false, reason: 'gRPC status 5', certain: false });
  expect(asked).toEqual(['', 'a'.repeat(200), 'shop.Cart', 'nobody']);
  health.forceShutdown();
});

test('grpc: whoever speaks no HTTP/2 is unhealthy', async () => {
  const port = await application((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n')),
  );
  expect(await runCheck(target(port, { type: 'grpc' }))).toMatchObject({ ok: false, certain: false });
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
