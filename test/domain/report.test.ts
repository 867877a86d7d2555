import { expect, test } from 'vitest';
import { utilOf } from '../../src/domain/report.ts';

test.each([
  ['connections', { connectionsUtil: 0.8, cpuUtil: 0.5, backlogUtil: 0 }, 0.8],
  ['CPU', { connectionsUtil: 0.2, cpuUtil: 0.5, backlogUtil: 0 }, 0.5],
  ['accept queue', { connectionsUtil: 0.2, cpuUtil: 0.5, backlogUtil: 1 }, 1],
  ['the only one known', { connectionsUtil: undefined, cpuUtil: 0, backlogUtil: undefined }, 0],
  ['nothing known', { connectionsUtil: undefined, cpuUtil: undefined, backlogUtil: undefined }, undefined],
])('how full a real server is: %s', (_, parts, expected) => {
  expect(utilOf({ connections: undefined, ...parts })).toBe(expected);
});
