import { expect, it } from 'vitest';
import { canonicalEndpoint } from '../../src/runtime/endpoint.ts';

it.each([
  ['a.example', 'a.example:7400'],
  ['a.example:1', 'a.example:1'],
  ['10.0.0.1', '10.0.0.1:7400'],
  ['2001:DB8::1', '[2001:db8::1]:7400'],
  ['[2001:db8::1]', '[2001:db8::1]:7400'],
  ['[::]:0', '[::]:0'],
  ['10.0.0.1:65536', undefined],
  ['10.0.0.256:1', undefined],
  ['[10.0.0.1]:1', undefined],
  ['[2001:db8::g]:1', undefined],
  ['a:b', undefined],
  [':1', undefined],
  ['a b', undefined],
  ['http://a:1', undefined],
  ['', undefined],
])('%s → %s', (text, expected) => expect(canonicalEndpoint(text, 7400)).toBe(expected));
