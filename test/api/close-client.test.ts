import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { createManualClock } from '../agents/manual-clock.ts';

afterEach(() => void vi.useRealTimers());

/** Sockets get their turns; no timer does. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

test('an attempt that failed is over: nothing of it connects when the coordinator is back', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  const failed = Promise.withResolvers<void>();
  const link = connectAgent({
    coordinators: [`127.0.0.1:${port}`],
    // Stands still: it does not try again.
    clock: createManualClock(),
    random: () => 0.5,
    hello: () => ({
      ...{ role: 'realserver', name: 'r1', site: 'fra', address: '10.1.2.1', prefixLength: 24 },
      ...{ labels: {}, capacity: 1, programVersion: 'test' },
    }),
    held: () => undefined,
    onSnapshot() {},
    onState: (isConnected) => (isConnected ? undefined : failed.resolve()),
  });
  await failed.promise;
  await turns(10);
  const came: (number | undefined)[] = [];
  const back = createServer((socket) => came.push(socket.on('error', () => {}).remotePort));
  back.listen(port, '127.0.0.1');
  await once(back, 'listening');
  vi.advanceTimersByTime(60_000);
  await turns(10);
  // Whoever called before this one stands before it.
  const last = connect(port, '127.0.0.1');
  await once(last, 'connect');
  await expect.poll(() => came).toContain(last.localPort);
  expect(came).toEqual([last.localPort]);
  last.destroy();
  await link.close();
  back.close();
});
