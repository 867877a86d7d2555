import { expect, test } from 'vitest';
import { probeEnds } from '../../../agents/realserver/probe-ends.ts';
import { realServerSnapshot } from '../snapshots.ts';

const director = (forwarding: 'tunnel' | 'direct' | 'masquerade') => ({
  name: forwarding,
  address: '10.1.0.2',
  forwarding,
});
const vip = '192.0.2.10 itself';
const rip = '10.1.0.11 translated';

test.each([
  ['tunnelled', [director('tunnel')], [vip]],
  ['on its link', [director('direct')], [vip]],
  ['translated', [director('masquerade')], [rip]],
  ['both', [director('tunnel'), director('masquerade')], [vip, rip]],
  ['no director yet', [], [vip]],
])('%s', (_, directors, expected) => {
  const ends = probeEnds(realServerSnapshot({ directors }), '10.1.0.11');
  const text = ends.map((end) => `${end.address} ${end.isTranslated ? 'translated' : 'itself'}`);
  expect(text).toEqual(expected);
});
