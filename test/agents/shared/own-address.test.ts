import { expect, test } from 'vitest';
import { ownAddresses } from '../../../agents/shared/own-address.ts';

const card = { link: 'eth0', address: '10.1.0.2', prefixLength: 24 };

test.each([
  [
    'of a card',
    { link: 'eth0', address: '2001:db8::2', prefixLength: 64 },
    ['ipv4', 'ipv6'],
    ['2001:db8::2'],
  ],
  ['that the kernel made', { link: 'eth0', address: 'fe80::2', prefixLength: 64 }, ['ipv4'], []],
  ['that is a VIP on lo', { link: 'lo', address: '2001:db8::10', prefixLength: 128 }, ['ipv4'], []],
  [
    'that is a VIP where routing daemons follow it',
    { link: 'cw-director', address: '2001:db8::10', prefixLength: 128 },
    ['ipv4'],
    [],
  ],
])('a host asks over the family of an address %s, or not', async (_, other, families, others) => {
  const found = await ownAddresses({ interfaceAddresses: async () => [card, other] }, card.address, []);
  expect([[...found.families], found.otherAddresses]).toEqual([families, others]);
});
