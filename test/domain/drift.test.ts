// Which operations put right what others changed, and by which name: what is due for another reason is no drift.
import { expect, test } from 'vitest';
import { hostDrift, ipvsDrift } from '../../src/domain/drift.ts';
import type { HostOperation, Link } from '../../src/domain/host-state.ts';
import { type IpvsOperation, type ServiceEntry, serviceId } from '../../src/domain/ipvs-table.ts';

const link: Link = { name: 'cw-ipip', type: 'ipip', external: true, up: true };
const address = { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 };
const filter = { name: 'net.ipv4.conf.cw-ipip.rp_filter', value: '2' };

const onHost: readonly [string, HostOperation[], string[]][] = [
  [
    'a deleted device is one thing, with all that stood on it',
    [
      { kind: 'add-link', link },
      { kind: 'set-sysctl', sysctl: filter, previous: '' },
      { kind: 'set-link-up', link },
      { kind: 'add-address', address },
    ],
    ['link-missing'],
  ],
  ['a device that was set down', [{ kind: 'set-link-up', link }], ['link-down']],
  ['a deleted VIP', [{ kind: 'add-address', address }], ['address-missing']],
  ['a changed setting', [{ kind: 'set-sysctl', sysctl: filter, previous: '1' }], ['sysctl-changed']],
];

test('that somebody gives a VIP to a card is none; that a route of a card returns is one', () => {
  const route = {
    family: 'ipv4',
    table: 255,
    type: 'local',
    destination: '192.0.2.10/32',
    link: 'eth0',
  } as const;
  const operation = { kind: 'withdraw-route', route: { ...route, addressPrefixLength: 32 } } as const;
  expect(hostDrift([operation])).toEqual([]);
  expect(hostDrift([operation], [route]).map(({ name }) => name)).toEqual(['route-returned']);
  expect(hostDrift([{ kind: 'withdraw-route', route }]).map(({ name }) => name)).toEqual(['route-returned']);
});

test.each(onHost)('%s', (_, operations, names) => {
  expect(hostDrift(operations).map(({ name }) => name)).toEqual(names);
});

const key = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
const service = {
  ...{ key, scheduler: 'wlc', persistenceSeconds: 0 },
  schedulerFlags: { fallback: false, port: false },
};
const one = { address: '10.1.0.11', port: 80, weight: 100, forwarding: 'direct' } as const;
const two = { ...one, address: '10.1.0.12' };
const table = (...entries: ServiceEntry[]) =>
  new Map(entries.map((entry) => [serviceId(entry.service.key), entry]));
const both = table({ service, destinations: [one, two] });
const none = table();

const ofIpvs: readonly [string, IpvsOperation[], ReturnType<typeof table>, string[]][] = [
  [
    'a new destination is wanted',
    [{ kind: 'add-destination', key, destination: { ...one, port: 81 } }],
    both,
    [],
  ],
  [
    'another weight is wanted',
    [{ kind: 'edit-destination', key, destination: { ...one, weight: 1 }, from: one }],
    both,
    [],
  ],
  ['a destination is wanted no longer', [{ kind: 'delete-destination', key, destination: two }], both, []],
  [
    'all was flushed: the services, with all of theirs',
    [
      { kind: 'add-service', service },
      { kind: 'add-destination', key, destination: one },
    ],
    none,
    ['ipvs-service-missing'],
  ],
  [
    'a destination was deleted',
    [{ kind: 'add-destination', key, destination: two }],
    table({ service, destinations: [one] }),
    ['ipvs-destination-missing'],
  ],
  [
    'a weight was changed',
    [{ kind: 'edit-destination', key, destination: one, from: { ...one, weight: 0 } }],
    table({ service, destinations: [{ ...one, weight: 0 }, two] }),
    ['ipvs-destination-changed'],
  ],
  [
    'a scheduler was changed',
    [{ kind: 'edit-service', service, from: { ...service, scheduler: 'rr' } }],
    table({ service: { ...service, scheduler: 'rr' }, destinations: [one, two] }),
    ['ipvs-service-changed'],
  ],
  [
    'a destination was added',
    [{ kind: 'delete-destination', key, destination: { ...one, port: 81 } }],
    table({ service, destinations: [one, two, { ...one, port: 81 }] }),
    ['ipvs-destination-surplus'],
  ],
];

test.each(ofIpvs)('%s', (_, operations, now, names) => {
  expect(ipvsDrift(operations, both, now).map(({ name }) => name)).toEqual(names);
});
