import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { onShutdown } from '../../src/runtime/shutdown.ts';

/** A process whose signals the test sends and whose exits it reads. */
function fakeProcess() {
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  return {
    exits,
    on: (signal: string, listener: () => void) => void listeners.set(signal, listener),
    exit: (status: number) => void exits.push(status),
    send: (signal: 'SIGTERM' | 'SIGINT') => listeners.get(signal)?.(),
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asked once: finishes, then exits with 0', async () => {
  const host = fakeProcess();
  const run = vi.fn(async () => {});
  onShutdown(run, { graceMs: 1000, process: host });
  host.send('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect(run).toHaveBeenCalledTimes(1);
  expect(host.exits).toEqual([0]);
  await vi.advanceTimersByTimeAsync(2000);
  expect(host.exits).toEqual([0]);
});

it('asked twice: exits at once', async () => {
  const host = fakeProcess();
  onShutdown(() => new Promise(() => {}), { graceMs: 1000, process: host });
  host.send('SIGINT');
  host.send('SIGTERM');
  expect(host.exits).toEqual([130]);
});

it('does not finish: exits with 1 after the grace, and says so', async () => {
  const host = fakeProcess();
  const onFailure = vi.fn();
  onShutdown(() => new Promise(() => {}), { graceMs: 1000, process: host, onFailure });
  host.send('SIGTERM');
  await vi.advanceTimersByTimeAsync(999);
  expect(host.exits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(host.exits).toEqual([1]);
  expect(String(onFailure.mock.calls[0])).toContain('not finished within 1000 ms');
});

it.each([
  [
    'throws',
    () => {
      throw new Error('no');
    },
  ],
  ['rejects', () => Promise.reject(new Error('no'))],
])('%s: exits with 1, with the reason', async (_name, run) => {
  const host = fakeProcess();
  const onFailure = vi.fn();
  onShutdown(run, { graceMs: 1000, process: host, onFailure });
  host.send('SIGTERM');
  await vi.advanceTimersByTimeAsync(0);
  expect(host.exits).toEqual([1]);
  expect(onFailure).toHaveBeenCalledWith(new Error('no'));
});
