import { expect, test } from 'vitest';
import { ownAddresses } from '../../src/coordinator/own-addresses.ts';

test('of all devices but the loopback and those of an agent, which carry VIPs', () => {
  const at = (address: string, internal = false) => ({ address, internal }) as never;
  expect(
    ownAddresses({
      lo: [at('127.0.0.1', true), at('192.0.2.10', true)],
      eth0: [at('10.1.0.9'), at('fe80::1')],
      'cw-ipip': [at('192.0.2.11')],
      gone: undefined,
    }),
  ).toEqual(['10.1.0.9', 'fe80::1']);
});
