import { describe, expect, it } from 'vitest';
import { createSteadyClock } from '../../src/runtime/steady-clock.ts';

const hourMs = 3_600_000;

/** A host's clock, and what is told while it is set as the story says. */
function setUp() {
  let [monotonicMs, aheadMs] = [0, 0];
  const steps: number[] = [];
  const host = { nowMs: () => 1e12 + monotonicMs + aheadMs, monotonicMs: () => monotonicMs };
  const after = () => ({ cancel() {} });
  const clock = createSteadyClock({ ...host, after }, (byMs) => steps.push(byMs));
  return {
    clock,
    steps,
    /** Sets the host's clock, looks every second, and says how far what is told is from right then. */
    run(stepMs: number, forMs: number): number {
      aheadMs += stepMs;
      for (const endMs = monotonicMs + forMs; monotonicMs < endMs; monotonicMs += 1_000) clock.nowMs();
      return clock.nowMs() - 1e12 - monotonicMs;
    },
  };
}

describe.each([hourMs, -hourMs])('a host whose clock is stepped by %i ms', (stepMs) => {
  it('is not followed, and told, until it is set right', () => {
    const { clock, steps, run } = setUp();
    expect(run(stepMs, 10 * 60_000)).toBe(0);
    expect(clock.trouble()).toMatch(/was stepped (forward|back) by 3600 s/);
    expect(run(-stepMs, 60_000)).toBe(0);
    expect(clock.trouble()).toBeUndefined();
    expect(run(0, hourMs)).toBe(0);
    expect(steps).toEqual([stepMs, -stepMs]);
  });

  it('is followed after a quarter of an hour: it knows no better', () => {
    const { clock, run } = setUp();
    expect(run(stepMs, 14 * 60_000)).toBe(0);
    expect(run(0, 2 * 60_000)).toBe(stepMs);
    expect(clock.trouble()).toBeUndefined();
  });
});

it('a clock that is being set right by and by is followed', () => {
  const { clock, steps, run } = setUp();
  expect(run(5_000, 60_000)).toBe(5_000);
  expect(run(-3_000, 60_000)).toBe(2_000);
  expect(clock.trouble()).toBeUndefined();
  expect(steps).toEqual([]);
});
