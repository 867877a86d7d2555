/** The stable texts by which people, logs and ledgers know things. */
import { describe, expect, test } from 'vitest';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import { describeHostOperation, type HostOperation, type Route } from '../../src/domain/host-state.ts';
import { destinationId, serviceId, type VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import { resourceId } from '../../src/domain/resource.ts';
import { portText } from '../../src/domain/snapshot.ts';

test.each<[VirtualServiceKey, string]>([
  [{ kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 }, 'tcp 192.0.2.10:80'],
  [{ kind: 'address', protocol: 'udp', address: '2001:db8::1', port: 53 }, 'udp [2001:db8::1]:53'],
  [{ kind: 'mark', mark: 0x43570001, family: 'ipv4' }, 'mark 0x43570001 ipv4'],
])('service %o', (key, expected) => {
  expect(serviceId(key)).toBe(expected);
});

test('destinations, resources and ports', () => {
  expect(destinationId({ address: '10.1.0.2', port: 80 })).toBe('10.1.0.2:80');
  expect(destinationId({ address: '2001:db8::2', port: 0 })).toBe('[2001:db8::2]:0');
  expect(resourceId({ kind: 'Service', name: 'web' })).toBe('Service/web');
  expect(portText({ protocol: 'tcp', port: 80, targetPort: 80 })).toBe('80/tcp');
  expect(portText({ protocol: 'tcp', port: 80, targetPort: 8080 })).toBe('80:8080/tcp');
});

describe('host operations', () => {
  const link = { name: 'cw-ipip', type: 'ipip', external: true, up: true } as const;
  const local: Route = {
    family: 'ipv4',
    table: 255,
    type: 'local',
    destination: '192.0.2.10/32',
    link: 'lo',
  };
  const reply: Route = {
    family: 'ipv4',
    table: 7478,
    type: 'unicast',
    destination: 'default',
    gateway: '10.1.0.254',
    link: 'eth0',
    advertisedMss: 1440,
  };
  const rule = { family: 'ipv4', priority: 78, table: 7478, from: '192.0.2.10/32' } as const;
  const address = { link: 'lo', address: '2001:db8::10', prefixLength: 128 };
  const sysctl = { name: 'net.ipv4.vs.conn_reuse_mode', value: '3' };

  test.each<[HostOperation, string]>([
    [{ kind: 'add-link', link }, 'add link cw-ipip type ipip external'],
    [{ kind: 'set-link-up', link }, 'set link cw-ipip up'],
    [{ kind: 'delete-link', link }, 'delete link cw-ipip'],
    [{ kind: 'add-address', address }, 'add address 2001:db8::10/128 on lo'],
    [{ kind: 'delete-address', address }, 'delete address 2001:db8::10/128 on lo'],
    [
      { kind: 'replace-route', route: reply },
      'replace route unicast default via 10.1.0.254 dev eth0 table 7478 advmss 1440',
    ],
    [{ kind: 'withdraw-route', route: local }, 'withdraw route local 192.0.2.10/32 dev lo table 255'],
    [{ kind: 'delete-route', route: local }, 'delete route local 192.0.2.10/32 dev lo table 255'],
    [{ kind: 'add-rule', rule }, 'add rule 78: from 192.0.2.10/32 lookup 7478'],
    [{ kind: 'delete-rule', rule }, 'delete rule 78: from 192.0.2.10/32 lookup 7478'],
    [{ kind: 'set-sysctl', sysctl, previous: '1' }, 'set sysctl net.ipv4.vs.conn_reuse_mode = 3 (was 1)'],
    [{ kind: 'delete-nft', name: 'causeway_director' }, 'delete nft table causeway_director'],
  ])('%o', (operation, expected) => {
    expect(describeHostOperation(operation)).toBe(expected);
  });
});

test('an error says what was attempted, on what, and what happened', () => {
  const cause = new Error('boom');
  const error = new CausewayError({
    code: 'kernel',
    operation: 'add destination',
    subject: 'tcp 192.0.2.10:80 → 10.1.0.2',
    errno: 'EEXIST',
    message: 'already there',
    cause,
  });
  expect(messageOf(error)).toBe('add destination tcp 192.0.2.10:80 → 10.1.0.2: already there');
  expect(error).toMatchObject({ name: 'CausewayError', code: 'kernel', errno: 'EEXIST', cause });
  expect(messageOf('words')).toBe('words');
});
