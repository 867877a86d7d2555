import { describe, expect, it } from 'vitest';
import { readRecords } from '../../src/lab/load-record.ts';
import { clientFigures, convergence, percentile } from '../../src/lab/statistics.ts';
import { failure, request } from './story.ts';

describe('figures of a client', () => {
  it('count who served, errors, and percentiles of what was answered', () => {
    const records = [
      request(0, 'fra-r1', { ms: 5 }),
      request(1, 'fra-r2', { ms: 7 }),
      request(2, 'lon-r1', { ms: 90 }),
      failure(3),
    ];
    expect(clientFigures(records)).toEqual({
      requests: 4,
      errors: 1,
      servedBy: { fra: 2, lon: 1 },
      p50Ms: 7,
      p99Ms: 90,
    });
  });

  it.each([
    [[], 0.5, 0],
    [[4], 0.99, 4],
    [[1, 2, 3, 4], 0.5, 2],
    [Array.from({ length: 100 }, (_, index) => index + 1), 0.99, 99],
  ])('percentile of %j at %f is %i', (sorted, share, expected) => {
    expect(percentile(sorted, share)).toBe(expected);
  });
});

describe('convergence', () => {
  const quiet = 2_000;
  it.each([
    { story: 'nothing happens', records: [request(10, 'a-r2')], expected: [0, 0] },
    { story: 'errors end', records: [failure(100), request(200, 'a-r2'), failure(600)], expected: [600, 0] },
    {
      story: 'a dead host still serves',
      records: [request(50, 'a-r1'), request(400, 'a-r1')],
      expected: [400, 0],
    },
    {
      story: 'errors come back after a quiet time',
      records: [failure(300), failure(2_500), failure(2_600)],
      expected: [300, 2],
    },
    { story: 'trouble begins late', records: [failure(5_000)], expected: [0, 1] },
    { story: 'before the injection nothing counts', records: [failure(-5)], expected: [0, 0] },
  ])('$story', ({ records, expected }) => {
    const shifted = records.map((record) => ({ ...record, atMs: record.atMs + 1_000 }));
    const { convergedMs, errorsAfter } = convergence(shifted, 1_000, ['a-r1'], quiet);
    expect([convergedMs, errorsAfter]).toEqual(expected);
  });
});

describe('lines of the load generator', () => {
  it('come back as they went, whatever the pieces', () => {
    const records = [request(1, 'a-r1'), failure(2)];
    const text = `something is odd at load.pl\n${records.map((record) => `${JSON.stringify(record)}\n`).join('')}`;
    const first = readRecords(text.slice(0, -5));
    const second = readRecords(first.rest + text.slice(-5));
    expect([...first.records, ...second.records]).toEqual(records);
    expect(second.rest).toBe('');
  });
});
