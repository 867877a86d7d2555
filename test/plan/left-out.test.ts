import { expect, test } from 'vitest';
import { takingPart } from '../../src/plan/left-out.ts';
import { director, realServer, service } from './fixtures.ts';

const names = (members: readonly { readonly name: string }[]) => members.map(({ name }) => name);

test('who has a possible address of his own takes part', () => {
  const { directors, realServers, leftOut } = takingPart(
    [director('fra-d'), realServer('fra-1'), realServer('fra-2', { address: '2001:db8::2' })],
    [service()],
  );
  expect([names(directors), names(realServers), leftOut]).toEqual([['fra-d'], ['fra-1', 'fra-2'], []]);
});

test.each([
  ['127.0.0.1', 'no host can be reached at its address 127.0.0.1'],
  ['0.0.0.0', 'no host can be reached at its address 0.0.0.0'],
  ['fe80::1', 'no host can be reached at its address fe80::1'],
  ['192.0.2.10', 'its address 192.0.2.10 is a VIP of Service/web'],
  ['203.0.113.70', 'its address 203.0.113.70 is a VIP of Service/block'],
  ['10.1.0.1', 'its address 10.1.0.1 is that of director fra-d'],
  ['10.1.0.11', 'its address 10.1.0.11 is that of real server fra-1'],
])('a real server at %s is left out alone', (address, reason) => {
  const bad = realServer('fra-9', { address });
  const { directors, realServers, leftOut } = takingPart(
    [bad, realServer('fra-1'), director('fra-d')],
    [service(), service({ name: 'block', vips: ['203.0.113.64/28'] })],
  );
  expect([names(directors), names(realServers)]).toEqual([['fra-d'], ['fra-1']]);
  expect(leftOut).toEqual([{ member: bad, reason }]);
});
