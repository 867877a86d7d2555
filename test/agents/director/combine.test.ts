import { expect, test } from 'vitest';
import { combinePaths, combineVerdicts, verdictOfPorts } from '../../../agents/director/combine.ts';
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

test('the agent’s word on the service’s own ports counts, but where knocks find nobody', () => {
  const said = [
    { port: 80, protocol: 'tcp', verdict: 'healthy' },
    { port: 53, protocol: 'udp', verdict: 'unhealthy' },
  ] as const;
  const port = (number: number, protocol: 'tcp' | 'udp') => [{ port: number, targetPort: number, protocol }];
  const nobody = () => false;
  expect(verdictOfPorts(said, port(80, 'tcp'), nobody)).toBe('healthy');
  expect(verdictOfPorts(said, port(53, 'udp'), nobody)).toBe('unhealthy');
  expect(verdictOfPorts(said, port(53, 'tcp'), nobody)).toBe('unknown');
  expect(verdictOfPorts(said, port(80, 'tcp'), (dead) => dead === 80)).toBe('unhealthy');
  const translated = [{ port: 80, targetPort: 8080, protocol: 'tcp' }] as const;
  expect(verdictOfPorts(said, translated, (dead) => dead === 8080)).toBe('unhealthy');
});
