import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createKnock, type Knock } from '../../../agents/realserver/knock.ts';
import { localHandshake } from '../../../agents/realserver/local-handshake.ts';
import { createManualClock } from '../manual-clock.ts';

const here = '127.0.0.1';
/** For what is done in milliseconds, on a machine that has other things to do. */
const inheriting = fileURLToPath(new URL('./knock-heir.ts', import.meta.url));
const opened: (Knock | Server)[] = [];
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const one of opened.splice(0)) one.close();
});

/** A listener of somebody else's, whose port is free once it is closed. */
async function other(host = here, port = 0): Promise<{ server: Server; port: number; descriptor: number }> {
  const server = createServer((socket) => socket.on('error', () => {}));
  opened.push(server);
  server.listen({ host, port });
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const { _handle: handle } = server as unknown as { _handle: { fd: number } };
  return { server, port: bound.port, descriptor: handle.fd };
}

async function freePort(): Promise<number> {
  const { server, port } = await other();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function setUp(port: number, inherited: readonly number[] = []) {
  const clock = createManualClock();
  const useless: string[] = [];
  const asked: string[] = [];
  let completes = true;
  const knock = createKnock({
    inherited,
    clock,
    random: () => 1,
    port,
    handshake: async (address) => {
      asked.push(address);
      return completes;
    },
    onUseless: (_descriptor, reason) => useless.push(reason),
  });
  opened.push(knock);
  return { clock, knock, useless, asked, answer: (next: boolean) => (completes = next) };
}

/** How a connection ends from which a byte is sent once it stands. */
async function ending(port: number): Promise<string> {
  const socket = connect(port, here);
  socket.once('connect', () => socket.write('x'));
  const [error] = await once(socket, 'error');
  return error.code;
}

test('where nobody else listens, the agent does, resets whoever gets through, and says that it does', async () => {
  const port = await freePort();
  const { knock } = setUp(port);
  knock.listen([here]);
  await expect.poll(() => knock.state().own).toEqual([here]);
  expect(await localHandshake(here, port)).toBe(true);
  expect(await ending(port)).toBe('ECONNRESET');
  knock.close();
  await expect.poll(() => localHandshake(here, port)).toBe(false);
});

test('somebody else holds the port: a handshake shows that it is good, and is asked for again now and then', async () => {
  const { port } = await other();
  const { clock, knock, asked } = setUp(port);
  knock.listen([here]);
  await expect.poll(() => asked).toEqual([here]);
  expect(knock.state()).toEqual({ own: [], taken: [], missing: [] });
  await clock.advance(30_000);
  await expect.poll(() => asked.length).toBe(2);
});

test('somebody who completes none is told of, until he does, or has gone', async () => {
  const { server, port } = await other();
  const { clock, knock, answer } = setUp(port);
  answer(false);
  knock.listen([here]);
  await expect.poll(() => knock.state().taken).toEqual([here]);
  answer(true);
  await clock.advance(30_000);
  await expect.poll(() => knock.state().taken).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  await clock.advance(30_000);
  await expect.poll(() => knock.state().own).toEqual([here]);
  expect(knock.state().taken).toEqual([]);
});

test('an address that is not there yet is tried again soon', async () => {
  const { clock, knock } = setUp(await freePort());
  knock.listen(['192.0.2.77']);
  await expect.poll(() => knock.state().missing).toMatchObject([{ address: '192.0.2.77', sinceMs: 0 }]);
  await clock.advance(5_000);
  expect(knock.state()).toMatchObject({ own: [], taken: [] });
  knock.listen([]);
  expect(knock.state()).toEqual({ own: [], taken: [], missing: [] });
});

/** A process to which the listener is handed over, as the only one that holds it; what it says of it. */
async function heir(listener: Server, descriptor: number, port: number) {
  const child = spawn(process.execPath, [inheriting, here, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit', descriptor],
  });
  children.push(child);
  const [said] = await once(child.stdout as Readable, 'data');
  await new Promise((resolve) => listener.close(resolve));
  return JSON.parse(String(said));
}

test('a socket that was handed over is served and emptied', async () => {
  const { server, port, descriptor } = await other();
  const first = await heir(server, descriptor, port);
  expect(first).toEqual({ own: [], taken: [], missing: [], useless: [] });
  expect(await localHandshake(here, port)).toBe(true);
  expect(await ending(port)).toBe('ECONNRESET');
});

test('one of another port is left alone and told of; the agent listens itself', async () => {
  const { server, descriptor } = await other();
  const port = await freePort();
  const first = await heir(server, descriptor, port);
  expect(first.own).toEqual([here]);
  expect(first.useless).toMatchObject([
    expect.stringMatching(/^it listens on TCP port \d+, not on TCP port \d+$/),
  ]);
});

test('no socket at all is told of', async () => {
  const { useless } = setUp(await freePort(), [999]);
  await expect.poll(() => useless).toMatchObject([expect.stringMatching(/EINVAL/)]);
});

test('a handshake that is refused, and one from an address that is not here', async () => {
  expect(await localHandshake(here, await freePort())).toBe(false);
  expect(await localHandshake('192.0.2.77', 80)).toBe(false);
});
