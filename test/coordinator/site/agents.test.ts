/** Who is served, where very many agents call at once. */
import { expect, test } from 'vitest';
import { type AgentsOptions, createAgentHandlers } from '../../../src/coordinator/site/agents.ts';
import type { AgentHello } from '../../../src/domain/agent-message.ts';
import { Elsewhere } from '../../../src/domain/elsewhere.ts';
import { createLog } from '../../../src/runtime/log.ts';

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
const call = { caller: { identity: 'local', role: 'local', site: undefined } } as const;

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
