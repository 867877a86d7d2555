import { expect, test } from 'vitest';
import { checkHello } from '../../../src/coordinator/site/check-hello.ts';
import type { AgentHello } from '../../../src/domain/agent-message.ts';

function check(change: Record<string, unknown>) {
  const hello = {
    role: 'realserver',
    name: 'fra-r1',
    site: 'fra',
    address: '10.1.0.11',
    prefixLength: 24,
    labels: { app: 'web' },
    capacity: 100,
    appliedVersion: 0,
    appliedChecksum: '',
    programVersion: '1.0.0',
    ...change,
  };
  return () => checkHello(hello as AgentHello);
}

test.each([
  [{}],
  [{ address: '2001:db8::11', prefixLength: 64 }],
  [{ gateways: ['10.1.0.254', 'fe80::1'] }],
  [{ appliedVersion: 7, appliedChecksum: 'ab'.repeat(32) }],
  [{ role: 'director', otherAddresses: ['2001:db8::2'] }],
])('%o is taken', (change) => {
  expect(check(change)).not.toThrow();
});

test.each([
  '0.0.0.0',
  '127.0.0.1',
  '169.254.0.5',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::1',
  'ff02::1',
  '::ffff:10.1.0.11',
  '10.1.0.011',
  '2001:DB8::1',
])('nobody is registered at %s', (address) => {
  expect(check({ address, prefixLength: 24 })).toThrow(
    `register realserver "fra-r1": found address ${JSON.stringify(address)}, expected the canonical spelling of a unicast`,
  );
});

const long = 'x'.repeat(100_000);
test.each<[Record<string, unknown>, string]>([
  [{ address: '10.1.0.255' }, 'found address 10.1.0.255/24, expected a host'],
  [{ address: '10.1.0.0' }, 'found address 10.1.0.0/24, expected a host'],
  [{ prefixLength: 0 }, 'found prefix length 0, expected 1 to 32'],
  [{ prefixLength: 33 }, 'found prefix length 33'],
  [{ name: long }, 'found name "xxx'],
  [{ site: '../etc' }, 'found site "../etc"'],
  [
    { role: 'director', otherAddresses: ['10.1.0.3'] },
    'found other addresses "10.1.0.3", expected at most one',
  ],
  [{ role: 'director', otherAddresses: ['fe80::2'] }, 'found other addresses'],
  [{ role: 'director', otherAddresses: ['2001:db8::2', '2001:db8::3'] }, 'found other addresses'],
  [{ capacity: 0 }, 'found capacity 0, expected 1 to'],
  [{ capacity: 4_294_967_295 }, 'found capacity 4294967295'],
  [{ labels: { [long]: 'a' } }, 'found label "xxx'],
  [{ labels: { app: long } }, 'found label app="xxx'],
  [{ labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`l${i}`, 'a'])) }, 'found 65 labels'],
  [{ gateways: ['10.1.0.256'] }, 'found gateways 10.1.0.256'],
  [{ gateways: Array(9).fill('10.1.0.254') }, 'expected at most 8 addresses'],
  [{ appliedVersion: 2 ** 64 }, 'found applied version 18446744073709552000'],
  [{ appliedChecksum: long }, 'found checksum "xxx'],
  [{ programVersion: long }, 'found version xxx'],
])('what can not be true is refused in a short sentence: %#', (change, expected) => {
  expect(check(change)).toThrow(expected);
  expect(messageLength(check(change))).toBeLessThan(600);
});

function messageLength(run: () => void): number {
  try {
    run();
    return 0;
  } catch (error) {
    return String(error).length;
  }
}
