import { expect, test } from 'vitest';
import { sendsGue } from '../../../agents/director/sends-gue.ts';

test.each([
  ['4.18.0-553.el8.x86_64', false],
  ['5.2.21', false],
  ['5.3.0', true],
  ['5.10.0-28-amd64', true],
  ['6.1.0-18-cloud-amd64', true],
  ['', false],
])('a kernel %s: %s', (release, expected) => {
  expect(sendsGue(release)).toBe(expected);
});
