import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { expect, test } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import type { AgentIdentity } from '../../src/domain/agent-message.ts';
import { createManualClock } from '../agents/manual-clock.ts';
import { materialOf, testAuthority } from '../pki/certificates.ts';

const hello = (): AgentIdentity => ({
  ...{ role: 'realserver', name: 'r1', site: 'fra', address: '10.1.2.1', prefixLength: 24 },
  ...{ labels: {}, capacity: 1, programVersion: 'test' },
});

test('an agent that is not served waits longer each time, up to 40 s: what was done for it is not done in vain', async () => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const clock = createManualClock();
  const said: string[] = [];
  const link = connectAgent({
    coordinators: [`127.0.0.1:${(silent.address() as AddressInfo).port}`],
    clock,
    random: () => 0.5,
    hello,
    held: () => undefined,
    onSnapshot() {},
    onState: (_, why) => said.push(why.replace(/^.*: /, '')),
  });
  try {
    for (let second = 0; second < 130; second += 1) await clock.advance(1_000);
    expect(said).toEqual([5, 10, 20, 40, 40].map((seconds) => `no answer within ${seconds} s`));
  } finally {
    await link.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});

test('an agent whose coordinator has begun with it waits as long again', async () => {
  const ours = await testAuthority();
  const read = (path: string) => readFileSync(path, 'utf8');
  const ofCoordinator = await ours.issue('coordinator/fra/c1');
  const ownFiles = await ours.issue('realserver/fra/r1');
  const door = createTlsServer({
    ...{ cert: read(ofCoordinator.cert), key: read(ofCoordinator.key), minVersion: 'TLSv1.3' },
    ALPNProtocols: ['h2'],
  });
  const arrived = Promise.withResolvers<Socket>();
  const street = createServer((socket) => arrived.resolve(socket.on('error', () => {})));
  street.listen(0, '127.0.0.1');
  await once(street, 'listening');
  const clock = createManualClock();
  const said: string[] = [];
  const link = connectAgent({
    coordinators: [`127.0.0.1:${(street.address() as AddressInfo).port}`],
    clock,
    random: () => 0.5,
    tls: () => materialOf(ownFiles),
    hello,
    held: () => undefined,
    onSnapshot() {},
    onState: (_, why) => said.push(why.replace(/^.*: /, '')),
  });
  const socket = await arrived.promise;
  try {
    await clock.advance(4_000);
    door.emit('connection', socket);
    await once(door, 'secureConnection');
    await clock.advance(4_000);
    expect(said).toEqual([]);
    await clock.advance(1_000);
    expect(said).toEqual(['no answer within 5 s']);
  } finally {
    await link.close();
    socket.destroy();
    street.close();
    ours.remove();
  }
});
