import { expect, test } from 'vitest';
import type { Status } from '../../src/domain/status.ts';
import { isNearest } from '../../src/lab/agents-state.ts';

const status = (rttsMs: Readonly<Record<string, number>>): Status =>
  ({
    latency: Object.entries(rttsMs).map(([to, rttMs]) => ({
      ...{ from: 'fra', to, p50Us: 1_000 * rttMs, p90Us: 1_000 * rttMs, loss: 0 },
    })),
  }) as unknown as Status;

test.each([
  ['it is nearer than all others', { fra: 1, nyc: 82, lon: 120 }, true],
  ['another is nearer, after a jam', { fra: 1, nyc: 218, lon: 120 }, false],
  ['nobody measured it', { fra: 1, lon: 120 }, false],
  ['nobody measured the others', { nyc: 82 }, true],
])('the site whose real servers take over is the nearest: %s', (_, rttsMs, isSo) => {
  expect(isNearest(status(rttsMs), 'fra', 'nyc')).toBe(isSo);
});
