import { describe, expect, it } from 'vitest';
import { createServiceManager } from '../../src/runtime/service-manager.ts';

function managed(env: Record<string, string>, isTaken: () => boolean = () => true) {
  const said: string[] = [];
  const failures: string[] = [];
  const timers: { delayMs: number; run: () => void }[] = [];
  const manager = createServiceManager({
    env,
    pid: 7,
    clock: {
      after: (delayMs, run) => {
        timers.push({ delayMs, run });
        return { cancel: () => {} };
      },
    },
    say: async (assignment) => {
      said.push(assignment);
      return isTaken();
    },
    onFailure: (assignment) => failures.push(assignment),
  });
  return { manager, said, failures, timers };
}

const settle = () => new Promise(setImmediate);
const socket = { NOTIFY_SOCKET: '/run/systemd/notify' };

describe('the service manager', () => {
  it('is told once that the program has begun', async () => {
    const { manager, said } = managed(socket);
    manager.ready();
    manager.ready();
    await settle();
    expect(said).toEqual(['READY=1']);
  });

  it('is told three times in its watchdog time that the event loop turns, one after the other', async () => {
    const { said, timers } = managed({ ...socket, WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' });
    await settle();
    timers.at(-1)?.run();
    await settle();
    expect(said).toEqual(['WATCHDOG=1', 'WATCHDOG=1']);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([10_000, 10_000]);
  });

  it.each([
    ['there is none', {}],
    ['another process is watched', { ...socket, WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }],
    ['its time is none', { ...socket, WATCHDOG_USEC: 'soon' }],
  ])('hears no beat where %s', async (_, env) => {
    const { said, timers } = managed(env);
    await settle();
    expect({ said, timers }).toEqual({ said: [], timers: [] });
  });

  it('that takes nothing, since it is busy, is complained of once, and told again a second later: also that the program has begun', async () => {
    const { manager, failures, timers, said } = managed(
      { ...socket, WATCHDOG_USEC: '30000000' },
      () => false,
    );
    manager.ready();
    await settle();
    for (const { run } of [...timers]) run();
    await settle();
    expect(failures).toEqual(['WATCHDOG=1']);
    expect(said).toEqual(['WATCHDOG=1', 'READY=1', 'WATCHDOG=1', 'READY=1']);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([1_000, 1_000, 1_000, 1_000]);
  });

  it('is told no more that the program has begun once it has taken it', async () => {
    const taken = [false, true];
    const { manager, timers, said } = managed(socket, () => taken.shift() ?? true);
    manager.ready();
    await settle();
    timers.at(-1)?.run();
    await settle();
    expect({ said, left: timers.length }).toEqual({ said: ['READY=1', 'READY=1'], left: 1 });
  });
});
