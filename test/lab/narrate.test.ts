import { describe, expect, it } from 'vitest';
import { clientTable, createStyle, faultLine } from '../../src/lab/narrate.ts';

describe('what a person reads', () => {
  it('is a small table a phase', () => {
    const clients = {
      fra: { requests: 120, errors: 3, servedBy: { nyc: 20, fra: 97 }, p50Ms: 14.4, p99Ms: 1_201 },
      lon: { requests: 9, errors: 9, servedBy: {}, p50Ms: 0, p99Ms: 0 },
    };
    expect(clientTable(clients)).toEqual([
      'client  requests  errors  served by       p50 ms  p99 ms',
      'fra          120       3  fra 97, nyc 20      14    1201',
      'lon            9       9  nobody               0       0',
    ]);
  });

  it('says how long it took', () => {
    const figures = {
      name: 'x',
      detectedMs: 410,
      convergedMs: null,
      errorsAfterConvergence: 2,
      recoveredMs: 0,
    };
    expect(faultLine(figures)).toBe('detected after 410 ms · converged after never · 2 errors after that');
  });

  it('is plain where it is no terminal', () => {
    expect(createStyle(false).bold('text')).toBe('text');
    expect(createStyle(true).bold('text')).not.toBe('text');
  });
});
