/** Who is served, where very many agents call at once. */
import { expect, test } from 'vitest';
import { createMetrics } from '../../../src/coordinator/coordinator-metrics.ts';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { type AgentsOptions, createAgentHandlers } from '../../../src/coordinator/site/agents.ts';
import { createSerial } from '../../../src/coordinator/view/serial.ts';
import { openStoreView } from '../../../src/coordinator/view/store-view.ts';
import type { AgentHello } from '../../../src/domain/agent-message.ts';
import { Elsewhere } from '../../../src/domain/elsewhere.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';

const hello: AgentHello = {
  role: 'director',
  name: 'd1',
  site: 'fra',
  address: '10.1.0.2',
  prefixLength: 24,
  appliedVersion: 0,
  appliedChecksum: '',
  programVersion: 'test',
};
const call = { caller: { identity: 'local', role: 'local', site: undefined, from: '127.0.0.1' } } as const;

/** A coordinator that gets to nobody before it is told to. */
function open() {
  const { promise, resolve } = Promise.withResolvers<void>();
  const looked: string[] = [];
  const handlers = createAgentHandlers({
    serial: <Result>(work: () => Promise<Result>) => promise.then(work),
    place(name: string) {
      looked.push(name);
      throw new Elsewhere('serve agent', name, 'seen', { address: 'b', retryAfterMs: 0, coordinators: [] });
    },
    log: createLog('test', 'silent'),
  } as unknown as AgentsOptions);
  const connect = (name: string, isOver = false): Promise<unknown> =>
    handlers.connect(
      { ...hello, name },
      { peer: 'test', send() {}, holds() {}, close() {}, isOver: () => isOver },
      call,
    );
  return { connect, looked, goOn: resolve };
}

test('beyond a thousand that wait, it says when to come again', async () => {
  const { connect, goOn } = open();
  const waiting = Array.from({ length: 1_000 }, (_, index) => connect(`d${index}`).catch(() => {}));
  await expect(connect('one-more')).rejects.toMatchObject({
    message: expect.stringContaining('too many wait'),
    place: { address: undefined, retryAfterMs: 2_000 },
  });
  goOn();
  await Promise.all(waiting);
  await expect(connect('later')).rejects.toMatchObject({ place: { address: 'b' } });
});

test('nothing is done for those who have gone when it is their turn', async () => {
  const { connect, looked, goOn } = open();
  const both = [connect('gone', true), connect('here')];
  goOn();
  const outcomes = await Promise.allSettled(both);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(looked).toEqual(['here']);
});

test('an agent whose site goes to another while it is registered is sent there, and not left without anybody', async () => {
  const store = openEmbeddedStore({ file: ':memory:', clock: realClock });
  const view = await openStoreView(store, { onSetAside() {}, onTrouble() {}, clock: realClock });
  const agents = createAgentRecords();
  let isOwned = true;
  const handlers = createAgentHandlers({
    ...{ store, view, agents, serial: createSerial(), clock: realClock, metrics: createMetrics() },
    names: { check() {} },
    place(name: string) {
      if (isOwned) {
        isOwned = false;
        return { coordinators: [], fence: undefined };
      }
      throw new Elsewhere('serve agent', name, 'lost', { address: 'b', retryAfterMs: 0, coordinators: [] });
    },
    log: createLog('test', 'silent'),
  } as unknown as AgentsOptions);
  const stream = { peer: 'test', send() {}, holds() {}, close() {} };
  await expect(handlers.connect(hello, stream, call)).rejects.toMatchObject({ place: { address: 'b' } });
  expect([...agents.connected()]).toEqual([]);
  await view.close();
  await store.close();
});
