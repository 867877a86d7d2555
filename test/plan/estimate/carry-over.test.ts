import { expect, test } from 'vitest';
import { carryOverConnections } from '../../../src/plan/estimate/carry-over.ts';

test.each([
  ['more than planned stays for a while', 120, 100_000, 20],
  ['less than planned is still to come', 80, 100_000, 0],
  ['nothing planned: all of it', 80, 0, 80],
  ['no number counts as none', Number.NaN, 0, 0],
  ['infinitely many count as none', Number.POSITIVE_INFINITY, 0, 0],
])('%s', (_, active, plannedMilli, expected) => {
  expect(carryOverConnections(active, plannedMilli)).toBe(expected);
});
