import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Destination,
  destinationId,
  type IpvsOperation,
  type IpvsTable,
  type ServiceEntry,
  serviceId,
  type VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import { tcpKey } from './fixtures.ts';

const owned = tcpKey('192.0.2.10', 80);
const foreign = tcpKey('198.51.100.1', 80);
const owns = (key: VirtualServiceKey) => key.kind === 'address' && key.address.startsWith('192.0.2.');

function entry(
  key: VirtualServiceKey,
  destinations: readonly Destination[],
  scheduler = 'wrr',
): ServiceEntry {
  const schedulerFlags = { fallback: false, port: false };
  return { service: { key, scheduler, schedulerFlags, persistenceSeconds: 0 }, destinations };
}

function to(address: string, weight = 100, type: 'ipip' | 'gre' = 'ipip'): Destination {
  return { address, port: 80, weight, forwarding: 'tunnel', tunnel: { type, port: 0, checksum: false } };
}

function lines(desired: IpvsTable, actual: IpvsTable): string[] {
  return diffIpvs(desired, actual, owns).map(describeIpvsOperation);
}

describe('operations', () => {
  const web = 'tcp 192.0.2.10:80';
  test.each<[string, IpvsTable, IpvsTable, string[]]>([
    [
      'from nothing',
      [entry(owned, [to('10.1.0.1'), to('10.1.0.2', 0, 'gre')])],
      [],
      [
        `add service ${web} scheduler wrr`,
        `add destination 10.1.0.1:80 of ${web}: weight 100 tunnel ipip`,
        `add destination 10.1.0.2:80 of ${web}: weight 0 tunnel gre`,
      ],
    ],
    ['nothing to do', [entry(owned, [to('10.1.0.1')])], [entry(owned, [to('10.1.0.1')])], []],
    [
      'add before remove',
      [entry(owned, [to('10.1.0.2')])],
      [entry(owned, [to('10.1.0.1')])],
      [
        `add destination 10.1.0.2:80 of ${web}: weight 100 tunnel ipip`,
        `delete destination 10.1.0.1:80 of ${web}`,
      ],
    ],
    [
      'a weight is an edit, and those that rise come first',
      [entry(owned, [to('10.1.0.1', 0), to('10.1.0.2', 100)])],
      [entry(owned, [to('10.1.0.1', 100), to('10.1.0.2', 0)])],
      [
        `edit destination 10.1.0.2:80 of ${web}: weight 0 → 100`,
        `edit destination 10.1.0.1:80 of ${web}: weight 100 → 0`,
      ],
    ],
    [
      'a tunnel is an edit',
      [entry(owned, [to('10.1.0.1', 100, 'gre')])],
      [entry(owned, [to('10.1.0.1')])],
      [`edit destination 10.1.0.1:80 of ${web}: tunnel ipip → tunnel gre`],
    ],
    [
      'a scheduler is an edit of the service',
      [entry(owned, [], 'mh')],
      [entry(owned, [])],
      [`edit service ${web}: scheduler wrr → scheduler mh`],
    ],
    ['a service that is ours goes', [], [entry(owned, [to('10.1.0.1')])], [`delete service ${web}`]],
    ['what is not ours stays', [], [entry(foreign, [to('10.1.0.1')])], []],
    ['what is not ours is not made either', [entry(foreign, [])], [], []],
  ])('%s', (_, desired, actual, expected) => {
    expect(lines(desired, actual)).toEqual(expected);
  });
});

describe('on a modelled kernel', () => {
  const destination = fc.record({
    address: fc.constantFrom('10.1.0.1', '10.1.0.2', '10.2.0.1'),
    weight: fc.nat(3),
    type: fc.constantFrom<'ipip' | 'gre'>('ipip', 'gre'),
  });
  const table = fc.uniqueArray(
    fc.record({
      key: fc.constantFrom(owned, tcpKey('192.0.2.10', 443), tcpKey('192.0.2.11', 80), foreign),
      scheduler: fc.constantFrom('wrr', 'mh'),
      destinations: fc.uniqueArray(destination, { selector: ({ address }) => address }),
    }),
    { selector: ({ key }) => serviceId(key) },
  );
  const toTable = (given: Parameters<typeof build>[0][]) => given.map(build);
  const build = (one: {
    key: VirtualServiceKey;
    scheduler: string;
    destinations: { address: string; weight: number; type: 'ipip' | 'gre' }[];
  }) =>
    entry(
      one.key,
      one.destinations.map(({ address, weight, type }) => to(address, weight, type)),
      one.scheduler,
    );

  test('the diff, applied, gives what is wanted; foreign entries stay; a second diff is empty', () => {
    fc.assert(
      fc.property(table, table, (wanted, present) => {
        const desired = toTable(wanted);
        const actual = toTable(present);
        const after = applied(actual, diffIpvs(desired, actual, owns));
        const part = (of: IpvsTable, mine: boolean) => of.filter(({ service }) => owns(service.key) === mine);
        expect(canonical(part(after, true))).toEqual(canonical(part(desired, true)));
        expect(canonical(part(after, false))).toEqual(canonical(part(actual, false)));
        expect(diffIpvs(desired, after, owns)).toEqual([]);
      }),
    );
  });
});

/** What the kernel does, and what it refuses: adding what is there, editing or deleting what is not. */
function applied(table: IpvsTable, operations: readonly IpvsOperation[]): IpvsTable {
  const services = new Map(
    table.map(({ service, destinations }) => [
      serviceId(service.key),
      { service, destinations: new Map(destinations.map((one) => [destinationId(one), one])) },
    ]),
  );
  for (const operation of operations) {
    const key = 'service' in operation ? operation.service.key : operation.key;
    const there = services.get(serviceId(key));
    if (operation.kind === 'add-service') {
      expect(there).toBeUndefined();
      services.set(serviceId(key), { service: operation.service, destinations: new Map() });
      continue;
    }
    if (there === undefined) throw new Error(`no ${serviceId(key)}`);
    if (operation.kind === 'edit-service') there.service = operation.service;
    else if (operation.kind === 'delete-service') services.delete(serviceId(key));
    else {
      const id = destinationId(operation.destination);
      expect(there.destinations.has(id)).toBe(operation.kind !== 'add-destination');
      if (operation.kind === 'delete-destination') there.destinations.delete(id);
      else there.destinations.set(id, operation.destination);
    }
  }
  return [...services.values()].map(({ service, destinations }) => ({
    service,
    destinations: [...destinations.values()],
  }));
}

function canonical(table: IpvsTable): unknown[] {
  return table
    .map(({ service, destinations }) => ({
      id: serviceId(service.key),
      service,
      destinations: destinations.toSorted((a, b) => (a.address < b.address ? -1 : 1)),
    }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
