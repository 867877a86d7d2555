import { expect, test } from 'vitest';
import { troublesOf } from '../../../agents/director/director-troubles.ts';

const none = {
  kernel: undefined,
  unasked: new Map<string, string>(),
  knock: '',
  unprobedVips: [],
  address: '10.1.0.2',
  host: [],
};

test('a director that can do its work has none', () => {
  expect(troublesOf(none)).toEqual([]);
});

test('each is a sentence with what to do; many of a kind are one', () => {
  const unasked = new Map(
    ['r1', 'r2', 'r3', 'r4', 'r5'].map((name) => [name, 'bind EADDRINUSE 10.1.0.2:24001']),
  );
  expect(
    troublesOf({ ...none, kernel: 'EBUSY', unasked, knock: 'connect EPERM', unprobedVips: ['2001:db8::10'] }),
  ).toEqual([
    'the kernel could not be brought to what is wanted: EBUSY; it is tried again',
    'no probe leaves for r1, r2, r3 and 2 more (bind EADDRINUSE 10.1.0.2:24001): they are judged by nothing meanwhile; ' +
      'see who holds the source port, and the route to the VIP',
    'knocks cannot be tried (connect EPERM): see who holds the source port, and the output filter',
    '2001:db8::10 cannot be probed: this host has no address of that family beside 10.1.0.2; give it one',
  ]);
});

test('what is amiss on the host is told as it was found', () => {
  expect(troublesOf({ ...none, host: ['this host has no route to r1'] })).toEqual([
    'this host has no route to r1',
  ]);
});
