import { createServer, connect as realConnect, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { createKnocker, type KnockerOptions } from '../../../agents/director/knocker.ts';
import { probeSourcePort } from '../../../src/domain/probe.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';

const ends: { close(): void }[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end.close();
});

/** Far from what other tests on this machine bind. */
const slot = 3_700 + (process.pid % 90);

function knocker(address = '127.0.0.1', connect: KnockerOptions['connect'] = realConnect) {
  const outcomes: string[] = [];
  const created = createKnocker({
    address,
    otherAddresses: ['2001:db8:1::2'],
    clock: realClock,
    connect,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  ends.push(created);
  return { ...created, outcomes };
}

async function listening(onConnection: (port: number | undefined) => void): Promise<Server> {
  const server = createServer((socket) => {
    onConnection(socket.remotePort);
    socket.on('error', () => {});
  });
  ends.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

test('a handshake comes from the port of its real server, and leaves the port free for the next', async () => {
  const from: (number | undefined)[] = [];
  const server = await listening((port) => from.push(port));
  const { knock } = knocker();
  for (let time = 0; time < 20; time++)
    expect(await knock(slot, '127.0.0.1', portOf(server), 2_000)).toBe('handshake');
  while (from.length < 20) await new Promise((resolve) => setImmediate(resolve));
  expect(new Set(from)).toEqual(new Set([probeSourcePort(slot)]));
});

test('a knock at a VIP of the other family leaves from an address of that family, for the kernel would take the VIP itself', async () => {
  const asked: unknown[] = [];
  const { knock } = knocker('127.0.0.1', (options) => {
    asked.push(options.localAddress);
    return realConnect({ host: '127.0.0.1', port: 9, localPort: probeSourcePort(slot) });
  });
  await knock(slot, '2001:db8:a::10', 80, 2_000);
  await knock(slot, '127.0.0.1', 80, 2_000);
  expect(asked).toEqual(['2001:db8:1::2', '127.0.0.1']);
});

test('several ports of one real server are tried at once, all from its source port', async () => {
  const servers = await Promise.all([listening(() => {}), listening(() => {}), listening(() => {})]);
  const { knock } = knocker();
  const outcomes = servers.map((server) => knock(slot, '127.0.0.1', portOf(server), 2_000));
  expect(await Promise.all(outcomes)).toEqual(['handshake', 'handshake', 'handshake']);
});

test('a port that nobody serves refuses', async () => {
  const server = await listening(() => {});
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  expect(await knocker().knock(slot, '127.0.0.1', port, 2_000)).toBe('refused');
});

test('what this host itself refuses was not tried, and says why until it is', async () => {
  const server = await listening(() => {});
  const here = knocker('127.0.0.1');
  const nowhere = knocker('192.0.2.77');
  expect(await nowhere.knock(slot, '127.0.0.1', portOf(server), 2_000)).toBe(undefined);
  expect(nowhere.trouble()).toMatch(/EADDRNOTAVAIL/);
  expect(nowhere.outcomes).toEqual(['untried']);
  expect(await here.knock(slot, '127.0.0.1', portOf(server), 2_000)).toBe('handshake');
  expect(here.trouble()).toBe('');
});

test('another program on the source port is no silence of the real server', async () => {
  const server = await listening(() => {});
  const holder = createServer();
  ends.push(holder);
  await new Promise<void>((resolve) => holder.listen(probeSourcePort(slot), '127.0.0.1', resolve));
  const { knock, trouble } = knocker();
  expect(await knock(slot, '127.0.0.1', portOf(server), 2_000)).toBe(undefined);
  expect(trouble()).toMatch(/EADDRINUSE/);
});

test('a closed knocker tries nothing', async () => {
  const { knock, close } = knocker();
  close();
  expect(await knock(slot, '127.0.0.1', 9, 2_000)).toBe(undefined);
});
