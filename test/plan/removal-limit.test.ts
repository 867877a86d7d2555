import { describe, expect, test } from 'vitest';
import type { RemovalLimit, Service } from '../../src/domain/resource.ts';
import type { World } from '../../src/domain/world.ts';
import { beyondRemovalLimit } from '../../src/plan/removal-limit.ts';
import { director, realServer, service, world } from './fixtures.ts';

const web = (name: string, changes: Partial<Service> = {}) => service({ name, ...changes });
const named = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
const servers = (count: number, app = 'web') =>
  named(count, `${app}-`).map((name) => ({ ...realServer(name), labels: { app } }));
const services = (count: number, changes: Partial<Service> = {}) =>
  named(count, 's').map((name) => web(name, { selector: { app: 'web' }, ...changes }));

const before = (count: number, serverCount: number, changes: Partial<World> = {}): World =>
  world({ services: services(count), realServers: servers(serverCount), ...changes });

interface Row {
  readonly name: string;
  readonly was: World;
  readonly change: (was: World) => World;
  readonly limit?: RemovalLimit;
  readonly force?: boolean;
  /** Absent: it may. */
  readonly says?: string;
}

const kept = (count: number) => (was: World) => ({ ...was, services: was.services.slice(0, count) });
const selecting = (app: string) => (was: World) => ({
  ...was,
  services: was.services.map((one) => ({ ...one, selector: { app } })),
});
const onlyServers = (count: number) => (was: World) => ({
  ...was,
  realServers: was.realServers.slice(0, count),
});
const none: RemovalLimit = { servicesPermille: 0, destinationsPermille: 0 };
const all: RemovalLimit = { servicesPermille: 1_000, destinationsPermille: 1_000 };

const rows: readonly Row[] = [
  { name: 'all of three services', was: before(3, 2), change: kept(0) },
  { name: 'half of four', was: before(4, 2), change: kept(2) },
  { name: 'three of four', was: before(4, 2), change: kept(1), says: '3 of 4 services' },
  { name: 'three of four, where there is no limit', was: before(4, 2), change: kept(1), limit: all },
  {
    name: 'one of four, where nothing may go',
    was: before(4, 2),
    change: kept(3),
    limit: none,
    says: '1 of 4',
  },
  {
    name: 'a service with all of its destinations: it is the service that goes',
    was: before(1, 20),
    change: kept(0),
  },
  { name: 'two of three destinations', was: before(1, 3), change: onlyServers(1) },
  {
    name: 'three of four destinations',
    was: before(1, 4),
    change: onlyServers(1),
    says: '3 of 4 destinations',
  },
  { name: 'half of them', was: before(2, 4), change: onlyServers(2) },
  {
    name: 'blue for green: as many others',
    was: before(1, 4, { realServers: [...servers(4), ...servers(4, 'green')] }),
    change: selecting('green'),
  },
  {
    name: 'blue for one that is green',
    was: before(1, 4, { realServers: [...servers(4), ...servers(1, 'green')] }),
    change: selecting('green'),
    says: '3 of 4 destinations',
  },
  {
    name: 'a selector that nobody carries yet: it is served as before until somebody does',
    was: before(1, 4, { directors: [director('d1')] }),
    change: selecting('green'),
  },
  {
    name: 'the same with force: nobody waits',
    was: before(1, 4, { directors: [director('d1')] }),
    change: selecting('green'),
    force: true,
    says: '4 of 4 destinations',
  },
  { name: 'nothing', was: before(9, 9), change: (was) => was, limit: none },
];

describe('what one change may take away without more ado', () => {
  test.each(rows)('$name', ({ was, change, limit, force = false, says }) => {
    const found = beyondRemovalLimit(was, change(was), { limit, force });
    if (says === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(`it would remove ${says}`);
  });
});
