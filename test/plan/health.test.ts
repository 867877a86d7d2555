import { expect, test } from 'vitest';
import type { AppVerdict } from '../../src/domain/probe.ts';
import type { PathState } from '../../src/domain/report.ts';
import { destinationHealth, type Health, serviceVerdict } from '../../src/plan/health.ts';

test.each<[PathState, AppVerdict, Health]>([
  ['up', 'healthy', 'healthy'],
  ['up', 'unchecked', 'healthy'],
  ['up', 'unknown', 'unknown'],
  ['up', 'unhealthy', 'unhealthy'],
  ['unknown', 'healthy', 'unknown'],
  ['unknown', 'unchecked', 'unknown'],
  ['unknown', 'unhealthy', 'unhealthy'],
  ['down', 'healthy', 'unhealthy'],
  ['gone', 'unchecked', 'unhealthy'],
])('a way that is %s and a port that is %s: %s', (path, verdict, health) => {
  expect(destinationHealth(path, verdict)).toBe(health);
});

test.each<[AppVerdict[], AppVerdict]>([
  [[], 'unknown'],
  [['healthy', 'unhealthy'], 'healthy'],
  [['unchecked', 'unhealthy'], 'unchecked'],
  [['unknown', 'unhealthy'], 'unknown'],
  [['unhealthy', 'unhealthy'], 'unhealthy'],
])('ports that are %j make a service that is %s', (ends, verdict) => {
  expect(serviceVerdict(ends)).toBe(verdict);
});
