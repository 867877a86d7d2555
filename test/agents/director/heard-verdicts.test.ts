import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endKey, heardVerdicts } from '../../../agents/director/heard-verdicts.ts';
import type { PortVerdict } from '../../../src/probe/verdict-runs.ts';

const keys = [80, 443, 8_080].map((port) => endKey({ protocol: 'tcp', port }));
const words = (answered: readonly PortVerdict[], isWhole = true, before = new Map<number, 'healthy'>()) =>
  keys.map((key) => heardVerdicts(before, keys, answered, isWhole).get(key));

test.each<[string, PortVerdict[], (string | undefined)[]]>([
  ['one port', [{ port: 443, protocol: 'tcp', verdict: 'healthy' }], [undefined, 'healthy', undefined]],
  [
    'a run',
    [{ port: 1, last: 500, protocol: 'tcp', verdict: 'unhealthy' }],
    ['unhealthy', 'unhealthy', undefined],
  ],
  [
    'another protocol',
    [{ port: 80, last: 443, protocol: 'udp', verdict: 'healthy' }],
    [undefined, undefined, undefined],
  ],
  [
    'in any order',
    [
      { port: 8_080, protocol: 'tcp', verdict: 'unchecked' },
      { port: 80, protocol: 'tcp', verdict: 'unknown' },
    ],
    ['unknown', undefined, 'unchecked'],
  ],
])('%s', (_, answered, expected) => {
  expect(words(answered)).toEqual(expected);
});

test('unknown undoes nothing that was known; a whole answer without a port does, a page does not', () => {
  const before = new Map(keys.map((key) => [key, 'healthy' as const]));
  const said: PortVerdict[] = [{ port: 80, last: 443, protocol: 'tcp', verdict: 'unknown' }];
  expect(words(said, true, before)).toEqual(['healthy', 'healthy', undefined]);
  expect(words(said, false, before)).toEqual(['healthy', 'healthy', 'healthy']);
});

test('where nothing is new it is the same map, so that nobody looks again', () => {
  const said: PortVerdict[] = [{ port: 1, last: 9_000, protocol: 'tcp', verdict: 'healthy' }];
  const first = heardVerdicts(new Map(), keys, said, true);
  expect(heardVerdicts(first, keys, said, true)).toBe(first);
});

test('runs of any kind say of each port what a plain search finds', () => {
  const port = fc.integer({ min: 1, max: 60 });
  const answer = fc.uniqueArray(
    fc.record({
      port,
      protocol: fc.constantFrom('tcp', 'udp'),
      verdict: fc.constantFrom('healthy', 'unhealthy'),
    }),
    { selector: (one) => `${one.port} ${one.protocol}` },
  );
  fc.assert(
    fc.property(fc.uniqueArray(port), answer, (wanted, answered) => {
      const sorted = wanted.map((one) => endKey({ protocol: 'udp', port: one })).sort((a, b) => a - b);
      const heard = heardVerdicts(new Map(), sorted, answered as PortVerdict[], true);
      for (const one of wanted) {
        const told = answered.find((said) => said.port === one && said.protocol === 'udp')?.verdict;
        expect(heard.get(endKey({ protocol: 'udp', port: one }))).toBe(told);
      }
    }),
  );
});
