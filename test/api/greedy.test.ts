/** Callers who have come in, and want more than their part: more calls, more connections, more said, nothing read. */
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls } from 'node:tls';
import { Client, type ClientDuplexStream, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CallerLimits, callerLimits } from '../../src/api/caller-limits.ts';
import type { Handlers, Refused } from '../../src/api/handlers.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { dialling } from '../../src/api/tls-client.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { Site } from '../../src/domain/resource.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { createManualClock, type ManualClock } from '../agents/manual-clock.ts';
import { directorSnapshot } from '../agents/snapshots.ts';
import { materialOf, type TestAuthority, testAuthority } from '../pki/certificates.ts';
import { fakeHandlers } from './fake-handlers.ts';

let ca: TestAuthority;
let clock: ManualClock;
let server: ApiServer;
let refused: Refused[];
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  ca = await testAuthority();
  clock = createManualClock();
  refused = [];
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.close(0);
  ca.remove();
});

async function serve(handlers: Handlers, limits: Partial<CallerLimits> = {}): Promise<void> {
  server = await serveApi({
    listen: '127.0.0.1:0',
    handlers: { ...handlers, onRefused: (one) => void refused.push(one) },
    limits: { ...callerLimits, ...limits },
    clock,
    tls: {
      files: await ca.issue('coordinator/fra/c1'),
      own: { role: 'coordinator', site: 'fra', name: 'c1' },
      ...{ clock: realClock, onRenewed: () => {}, onNotRenewed: () => {} },
    },
  });
}

const raw = (bytes: Buffer): Buffer => bytes;

async function client(holder: string): Promise<Client> {
  const { credentials, options } = dialling(materialOf(await ca.issue(holder)));
  const made = new Client(`127.0.0.1:${server.port}`, credentials, options);
  closing.push(() => made.close());
  return made;
}

function list(from: Client): Promise<ServiceError | undefined> {
  const { List } = loadApi().admin.service;
  return new Promise((resolve) => {
    from.makeUnaryRequest(List.path, raw, raw, Buffer.alloc(0), (error) => resolve(error ?? undefined));
  });
}

const { Connect } = loadApi().agents.service;
const hello = Connect.requestSerialize({
  hello: { role: 'realserver', name: 'r1', site: 'fra', address: '10.1.2.1', capabilities: ['sections'] },
});
const report = (connections: number): Buffer =>
  Connect.requestSerialize({ report: { load: { connections } } });

/** With its hello. */
function agent(from: Client): ClientDuplexStream<Buffer, Buffer> {
  const stream = from.makeBidiStreamRequest(Connect.path, raw, raw);
  stream.on('error', () => {});
  stream.write(hello);
  return stream;
}

test('who calls too often, or too much at once, is refused by name; others are served, and he is again later', async () => {
  let answer = (): void => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { handlers } = fakeHandlers({
    list: async () => {
      await asked;
      return { resources: [], revision: 1 };
    },
  });
  await serve(handlers, { calls: { perSecond: 1, burst: 4 }, atOnce: { others: 2 } });
  const [alice, bob] = [await client('admin/alice'), await client('viewer/bob')];
  const waiting = [list(alice), list(alice)];
  const third = list(alice);
  expect(await third).toMatchObject({
    code: status.UNAVAILABLE,
    details: 'call Admin.List: 2 of its calls are being answered, and 2 may be at once: try again later',
  });
  const others = list(bob);
  answer();
  expect(await Promise.all([...waiting, others])).toEqual([undefined, undefined, undefined]);
  expect([await list(alice), await list(alice)]).toEqual([undefined, undefined]);
  expect((await list(alice))?.details).toContain('it calls more than 1 times a second');
  await clock.advance(1_000);
  expect(await list(alice)).toBeUndefined();
  expect(new Set(refused.map(({ identity, method }) => `${identity} ${method}`))).toEqual(
    new Set(['spiffe://causeway.example/admin/alice Admin.List']),
  );
});

test('an agent that never stops talking is heard at its pace, and loses nothing', async () => {
  const { handlers, reports } = fakeHandlers();
  await serve(handlers, { messages: { perSecond: 10, burst: 20 } });
  const stream = agent(await client('realserver/fra/r1'));
  for (let one = 1; one <= 200; one += 1) stream.write(report(one));
  const heard = (): number => reports.length;
  // The hello was one of them; what waits is at its end of the connection.
  await expect.poll(heard).toBeGreaterThanOrEqual(19);
  const atOnce = heard();
  expect(atOnce).toBeLessThan(25);
  await clock.advance(1_000);
  await expect.poll(heard).toBeGreaterThan(atOnce);
  expect(heard()).toBeLessThan(atOnce + 15);
  for (let second = 0; second < 40; second += 1) {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect
    .poll(async () => {
      await clock.advance(1_000);
      return reports.map((one: AgentReport) => one.load?.connections);
    })
    .toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
});

test('what is said before it is accepted is bounded, whatever waits for the acceptance', async () => {
  const { handlers } = fakeHandlers();
  const never = { connect: () => new Promise<never>(() => {}) };
  await serve({ ...handlers, agents: never });
  const stream = agent(await client('realserver/fra/r1'));
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve as never));
  const large = Connect.requestSerialize({ report: { troubles: ['x'.repeat(60_000)] } });
  for (let one = 0; one < 10; one += 1) stream.write(large);
  expect(await ended).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: expect.stringMatching(/bytes before it was accepted, expected at most 65536/),
  });
  expect(refused).toEqual([
    expect.objectContaining({
      identity: 'spiffe://causeway.example/realserver/fra/r1',
      method: 'Agents.Connect',
    }),
  ]);
});

test('of too many connections of one identity the oldest makes room; others keep theirs', async () => {
  await serve(fakeHandlers().handlers);
  const connect = async (holder: string) => {
    const { cert, key, ca: authority } = materialOf(await ca.issue(holder));
    const socket = connectTls({
      ...{ host: '127.0.0.1', port: server.port, cert, key, ca: authority },
      ...{ ALPNProtocols: ['h2'], checkServerIdentity: () => undefined },
    });
    closing.push(() => socket.destroy());
    socket.on('error', () => {});
    let isOpen = true;
    socket.once('close', () => {
      isOpen = false;
    });
    // What the server says first shows that it has let it in.
    await new Promise((resolve) => socket.once('data', resolve));
    return () => isOpen;
  };
  const other = await connect('director/fra/d2');
  const own: (() => boolean)[] = [];
  for (let one = 0; one < 10; one += 1) own.push(await connect('director/fra/d1'));
  await expect.poll(() => own.map((isOpen) => isOpen())).toEqual([false, false, ...Array(8).fill(true)]);
  expect(other()).toBe(true);
  expect(refused).toEqual(
    Array(2).fill({
      peer: '127.0.0.1',
      identity: 'spiffe://causeway.example/director/fra/d1',
      reason: 'it has more than 8 connections: the oldest made room',
    }),
  );
});

/** A caller that sends this one message and reads nothing of what comes: gRPC's own client would read ahead without a bound. */
async function deafCall(holder: string, path: string, message: Buffer) {
  const { cert, key, ca: authority } = materialOf(await ca.issue(holder));
  const session = connectHttp2(`https://127.0.0.1:${server.port}`, {
    ...{ cert, key, ca: authority },
    checkServerIdentity: () => undefined,
  });
  closing.push(() => session.destroy());
  const call = session.request({
    ...{ ':method': 'POST', ':path': path },
    ...{ te: 'trailers', 'content-type': 'application/grpc' },
  });
  call.on('error', () => {});
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const bytes = Buffer.concat([head, message]);
  if (path === Connect.path) call.write(bytes);
  else call.end(bytes);
}

/** The figure, once it has been the same twice. */
async function atRest(figure: () => number): Promise<number> {
  let before = Number.NaN;
  await expect
    .poll(() => {
      const isSame = figure() === before && before > 0;
      before = figure();
      return isSame;
    })
    .toBe(true);
  return before;
}

test('an agent that reads nothing costs what fits on its way, however much there is to tell it', async () => {
  const { handlers, streams } = fakeHandlers();
  await serve(handlers);
  await deafCall('realserver/fra/r1', Connect.path, hello);
  await expect.poll(() => streams.length).toBe(1);
  let made = 0;
  for (let version = 1; version <= 500; version += 1) {
    const snapshot = directorSnapshot({ version });
    const deletedServices = (): string[] => {
      made += 1;
      return Array.from({ length: 100 }, (_, index) => `${index}-${'x'.repeat(1_000)}`);
    };
    // Whole, as a version of before takes it: the agent's answers bound the others further.
    streams[0]?.send(Object.defineProperty({ ...snapshot }, 'deletedServices', { get: deletedServices }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await atRest(() => made)).toBeLessThan(20);
});

test('a watch that is not read takes no more from the store than fits on its way', async () => {
  let taken = 0;
  const { handlers } = fakeHandlers({
    async *watch() {
      for (let revision = 1; revision <= 20_000; revision += 1) {
        taken = revision;
        const resource: Site = { kind: 'Site', name: 'x'.repeat(10_000), tunnel: 'ipip' };
        yield { type: 'put', revision, resource };
      }
    },
  });
  await serve(handlers);
  await deafCall('viewer/bob', loadApi().admin.service.Watch.path, Buffer.alloc(0));
  expect(await atRest(() => taken)).toBeLessThan(100);
});

test('answers that nobody reads are so many at once', async () => {
  const { handlers } = fakeHandlers({ backup: async () => 'x'.repeat(1 << 20) });
  await serve(handlers, { atOnce: { others: 3 } });
  const { path } = loadApi().admin.service.Backup;
  for (let one = 0; one < 6; one += 1) await deafCall('admin/alice', path, Buffer.alloc(0));
  await expect.poll(() => refused.length).toBe(3);
});
