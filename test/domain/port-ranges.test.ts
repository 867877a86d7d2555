import { expect, test } from 'vitest';
import { includesPorts, unitePorts, withoutPorts } from '../../src/domain/port-ranges.ts';

test.each([
  ['', '24001-28000', '24001-28000'],
  ['8080,9148', '24001-28000', '8080,9148,24001-28000'],
  ['24001-28000', '24001-28000', '24001-28000'],
  ['20000-25000,30000', '24001-28000', '20000-28000,30000'],
  ['28001-28002', '24001-28000', '24001-28002'],
  [' 1 , nonsense,7-9', '8', '1,7-9'],
])('%j and %j are %j', (a, b, united) => {
  expect(unitePorts(a, b)).toBe(united);
});

test('a list includes what would not change it', () => {
  expect(includesPorts('8080,24000-30000', '24001-28000')).toBe(true);
  expect(includesPorts('24001-27999', '24001-28000')).toBe(false);
  expect(includesPorts('', '24001-28000')).toBe(false);
});

test.each([
  ['8080,24001-28000', '24001-28000', '8080'],
  ['20000-30000', '24001-28000', '20000-24000,28001-30000'],
  ['24500-29000', '24001-28000,28500', '28001-28499,28501-29000'],
  ['8080', '', '8080'],
  ['', '8080', ''],
])('%j without %j is %j', (list, unwanted, left) => {
  expect(withoutPorts(list, unwanted)).toBe(left);
});
