import { expect, test } from 'vitest';
import { checkSample, largest, type SampleVerdict } from '../../../src/plan/estimate/sample.ts';

function check(
  value: number | undefined,
  atMs = 1_000,
  previousAtMs: number | undefined = 500,
  nowMs = 1_000,
) {
  return checkSample({ name: 'util', value, atMs }, { nowMs, previousAtMs, largest: largest.util });
}

function rejected(found: string, why: string): SampleVerdict {
  return { kind: 'rejected', rejection: { name: 'util', found, why } };
}

test.each([
  ['a number', 0.5],
  ['0', 0],
  ['more than full', 1.2],
  ['the largest', 2],
])('accepted: %s', (_, value) => {
  expect(check(value)).toEqual({ kind: 'accepted', value });
});

test.each([
  ['absent', undefined, 'undefined', 'absent'],
  ['NaN', Number.NaN, 'NaN', 'not a finite number'],
  ['infinite', Number.POSITIVE_INFINITY, 'Infinity', 'not a finite number'],
  ['negative', -0.1, '-0.1', 'negative'],
  ['a percentage', 30, '30', 'larger than 2'],
  ['a little more than the largest', 2.000_001, '2.000001', 'larger than 2'],
])('rejected: %s', (_, value, found, why) => {
  expect(check(value)).toEqual(rejected(found, why));
});

test.each([
  ['in the future', 1_001, 500, '1001', 'from the future'],
  ['of the time of the one before', 500, 500, '500', 'not newer'],
  ['before the one before', 499, 500, '499', 'not newer'],
  ['no time', Number.NaN, 500, 'NaN', 'its time is not a finite number'],
  ['before all times', Number.NEGATIVE_INFINITY, 500, '-Infinity', 'its time is not a finite number'],
])('rejected by its time: %s', (_, atMs, previousAtMs, found, why) => {
  expect(check(0.5, atMs, previousAtMs)).toEqual(rejected(found, why));
});

test('the first has none before it', () => {
  const bounds = { nowMs: 1_000, previousAtMs: undefined, largest: largest.util };
  expect(checkSample({ name: 'util', value: 0.5, atMs: 1 }, bounds).kind).toBe('accepted');
});

test('a clock that is no number lets nothing pass', () => {
  expect(check(0.5, 1_000, 500, Number.NaN)).toEqual(rejected('1000', 'from the future'));
});
