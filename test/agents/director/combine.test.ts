import { expect, test } from 'vitest';
import { combinePaths } from '../../../agents/director/combine.ts';
import type { PathState } from '../../../src/domain/report.ts';

test.each<[PathState[], PathState]>([
  [[], 'unknown'],
  [['unknown'], 'unknown'],
  [['up'], 'up'],
  [['down', 'up'], 'up'],
  [['gone', 'up', 'unknown'], 'up'],
  [['unknown', 'down'], 'down'],
  [['gone', 'down'], 'down'],
  [['gone', 'unknown'], 'unknown'],
  [['gone', 'gone'], 'gone'],
])('VIPs %j make a path that is %s', (states, path) => {
  expect(combinePaths(states)).toBe(path);
});
