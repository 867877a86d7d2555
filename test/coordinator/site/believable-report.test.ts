import { describe, expect, test } from 'vitest';
import { believableReport } from '../../../src/coordinator/site/believable-report.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';
import type { DestinationReport, LoadReport, PathReport } from '../../../src/domain/report.ts';

const path: PathReport = {
  realServer: 'fra-r1',
  state: 'up',
  sinceMs: 1,
  rttP50Us: 900,
  rttP90Us: 1_200,
  loss: 0.01,
  answered: 30,
  agent: 'present',
  knock: 'works',
};
const destination: DestinationReport = {
  service: 'web',
  realServer: 'fra-r1',
  weight: 100,
  activeConnections: 5,
  connections: 50,
  bytesIn: 1,
  countedSinceMs: 1,
};
const load: LoadReport = { connections: 5, connectionsUtil: 0.5, cpuUtil: 1.2, backlogUtil: 0 };
const whole: AgentReport = { ...emptyReport, paths: [path], destinations: [destination], load };

test('an ordinary report is taken as it is', () => {
  expect(believableReport(whole)).toEqual({ report: whole, refused: 0, example: '' });
});

describe('figures that can not be true', () => {
  test.each<[keyof PathReport, number]>([
    ['loss', 2],
    ['loss', -0.1],
    ['loss', Number.NaN],
    ['loss', Number.POSITIVE_INFINITY],
    ['rttP50Us', 4_294_967_295],
    ['rttP90Us', -1],
    ['answered', Number.NaN],
  ])(
    '%s %d: the path stays, as if nothing had been measured, and its neighbours as they are',
    (key, value) => {
      const other = { ...path, realServer: 'fra-r2' };
      const { report, refused, example } = believableReport({
        ...whole,
        paths: [{ ...path, [key]: value }, other],
      });
      expect(report.paths).toEqual([{ ...path, loss: 0, rttP50Us: 0, rttP90Us: 0, answered: 0 }, other]);
      expect(refused).toBe(1);
      expect(example).toContain('path to fra-r1');
    },
  );

  test.each([-2, 65_536, 0.5, Number.NaN])('a weight of %d leaves its destination out', (weight) => {
    const { report, refused, example } = believableReport({
      ...whole,
      destinations: [{ ...destination, weight }, destination],
    });
    expect([report.destinations, refused]).toEqual([[destination], 1]);
    expect(example).toBe(`weight ${weight} of fra-r1 for web`);
  });

  test.each<[keyof LoadReport, number]>([
    ['cpuUtil', Number.NaN],
    ['cpuUtil', 1e300],
    ['connectionsUtil', -1],
    ['connections', 1e18],
  ])('%s %d is unknown', (key, value) => {
    const { report, refused } = believableReport({ ...whole, load: { ...load, [key]: value } });
    expect([report.load, refused]).toEqual([{ ...load, [key]: undefined }, 1]);
  });

  test('times that no clock shows are none', () => {
    const late = 2 ** 64;
    const { report } = believableReport({
      ...whole,
      paths: [{ ...path, sinceMs: late }],
      applications: [{ service: 'web', verdict: 'healthy', sinceMs: late, reason: '' }],
    });
    expect([report.paths[0]?.sinceMs, report.applications[0]?.sinceMs]).toEqual([0, 0]);
  });

  test('names that nobody has are left out, and many refusals give one short example', () => {
    const name = '\u001b[31m'.repeat(10_000);
    const { report, refused, example } = believableReport({
      ...whole,
      paths: Array.from({ length: 20_000 }, () => ({ ...path, realServer: name })),
      applications: [{ service: '__proto__', verdict: 'healthy', sinceMs: 1, reason: '' }],
    });
    expect([report.paths, report.applications, refused]).toEqual([[], [], 20_001]);
    expect(example.length).toBeLessThanOrEqual(120);
    expect(example).not.toContain('\u001b');
  });
});

test('of return paths what nobody can have, or says too much, is left out', () => {
  const path = { realServer: 'fra-r1', heard: ['192.0.2.10'], silent: [] };
  const long = { ...path, silent: Array.from({ length: 256 }, (_, index) => `192.0.${index}.1`) };
  const { report, refused } = believableReport({
    ...whole,
    returnPaths: [path, { ...path, realServer: '../etc' }, long],
  });
  expect([report.returnPaths, refused]).toEqual([[path], 2]);
});
