import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { createManualClock } from '../agents/manual-clock.ts';

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
    hello: () => ({
      ...{ role: 'realserver', name: 'r1', site: 'fra', address: '10.1.2.1', prefixLength: 24 },
      ...{ labels: {}, capacity: 1, programVersion: 'test' },
    }),
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
