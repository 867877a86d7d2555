import { expect, test } from 'vitest';
import { readFacts } from '../../../agents/realserver/facts.ts';
import type { Family } from '../../../src/domain/address.ts';

function host(v4: { link: string; gateway?: string; mtu: number } | undefined) {
  return {
    interfaceAddresses: async () => [
      { link: 'lo', address: '127.0.0.1', prefixLength: 8 },
      { link: 'eth1', address: '10.1.0.11', prefixLength: 24 },
    ],
    defaultRoute: async (family: Family) => (family === 'ipv4' ? v4 : undefined),
  };
}

test('link, prefix, MTU and gateway of the RIP', async () => {
  expect(await readFacts(host({ link: 'eth1', gateway: '10.1.0.1', mtu: 9_000 }), '10.1.0.11')).toEqual({
    address: '10.1.0.11',
    prefixLength: 24,
    link: 'eth1',
    mtuBytes: 9_000,
    gatewayV4: '10.1.0.1',
  });
});

test.each([
  ['another link has the default route', { link: 'eth0', gateway: '172.16.0.1', mtu: 1_500 }],
  ['nobody has', undefined],
])('%s: no gateway by which replies would leave', async (_, route) => {
  const facts = await readFacts(host(route), '10.1.0.11');
  expect(facts).toMatchObject({ link: 'eth1', mtuBytes: 1_500 });
  expect(facts).not.toHaveProperty('gatewayV4');
});

test('an address that is not here is said with the remedy', async () => {
  await expect(readFacts(host(undefined), '10.1.0.99')).rejects.toThrow(
    /find address 10\.1\.0\.99: no interface of this host has it: set address/,
  );
});
