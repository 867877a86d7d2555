/** What a destination may carry when all that is known of it is silence, refusal, or nothing. */
import { expect, test } from 'vitest';
import { type Candidate, effectiveWeights, isServable } from '../../src/plan/effective-weight.ts';

const well: Candidate = {
  tier: 0,
  plannedWeight: 50,
  drain: 'none',
  path: 'up',
  application: 'healthy',
  presentWeight: 50,
};
const silent: Candidate = { ...well, path: 'down' };
const gone: Candidate = { ...well, path: 'gone' };
const failing: Candidate = { ...well, application: 'unhealthy' };

test.each<[string, readonly Candidate[], readonly (number | undefined)[]]>([
  ['one is silent, another serves', [silent, well], [0, 50]],
  ['one is gone, another serves', [gone, well], [undefined, 50]],
  ['all are silent: each keeps what it has', [silent, { ...silent, presentWeight: 20 }], [50, 20]],
  [
    'the last one falls silent: it keeps its weight, and the one before stays at 0',
    [{ ...silent, presentWeight: 0 }, silent],
    [0, 50],
  ],
  ['all are gone: nothing is deleted for silence alone', [gone, gone], [50, 50]],
  ['silent, and not in the kernel: not put there', [{ ...silent, presentWeight: undefined }], [0]],
  [
    'silent and drained by order: the order holds',
    [
      { ...silent, drain: 'going' },
      { ...silent, plannedWeight: 0 },
    ],
    [0, 0],
  ],
  ['all refuse: nobody is sent there', [failing, failing], [0, 0]],
  ['one refuses and the other is silent: the silent one keeps', [failing, silent], [0, 50]],
  ['silent, and its port was found dead before: not kept', [{ ...silent, application: 'unhealthy' }], [0]],
  [
    'not known, and nobody serves its port: not kept',
    [{ ...well, path: 'unknown', application: 'unhealthy' }],
    [0],
  ],
  ['not known: as the kernel has it', [{ ...well, path: 'unknown', application: 'unknown' }], [50]],
])('%s', (_, candidates, weights) => {
  expect(effectiveWeights(candidates, 'tcp')).toEqual(weights);
});

test('a UDP destination of weight 0 is left out, but the last silent one stays', () => {
  expect(effectiveWeights([silent, well], 'udp')).toEqual([undefined, 50]);
  expect(effectiveWeights([silent, silent], 'udp')).toEqual([50, 50]);
});

test('silence attracts nobody, whatever weight is kept', () => {
  expect(isServable([silent, failing])).toBe(false);
  expect(isServable([silent, well])).toBe(true);
  expect(isServable([{ ...well, path: 'unknown', application: 'unknown' }])).toBe(true);
});
