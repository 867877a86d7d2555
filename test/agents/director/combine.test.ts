import { expect, test } from 'vitest';
import { combinePaths, combineVerdicts, verdictOfVip } from '../../../agents/director/combine.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
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

test.each<[AppVerdict[], AppVerdict]>([
  [[], 'unknown'],
  [['healthy'], 'healthy'],
  [['healthy', 'unknown'], 'unknown'],
  [['healthy', 'unhealthy', 'unknown'], 'unhealthy'],
])('verdicts %j make %s', (verdicts, verdict) => {
  expect(combineVerdicts(verdicts)).toBe(verdict);
});

test('a VIP counts with the verdicts of the service’s own ports, and only while it answers', () => {
  const said = [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 53, protocol: 'udp', verdict: 'unhealthy' },
  ] as const;
  const web = [{ port: 80, protocol: 'tcp' }] as const;
  expect(verdictOfVip('up', said, web)).toBe('healthy');
  expect(verdictOfVip('up', said, [{ port: 53, protocol: 'udp' }])).toBe('unhealthy');
  expect(verdictOfVip('up', said, [{ port: 53, protocol: 'tcp' }])).toBe('unknown');
  expect(verdictOfVip('unknown', said, web)).toBe('unknown');
  expect(verdictOfVip('down', said, web)).toBe('unhealthy');
  expect(verdictOfVip('gone', said, web)).toBe('unhealthy');
});
