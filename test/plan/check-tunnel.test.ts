// A site's tunnel is refused by name where an agent's kernel or program cannot do it.
import { expect, test } from 'vitest';
import { agentCapabilities } from '../../src/domain/member.ts';
import { resourceId } from '../../src/domain/resource.ts';
import { checkTunnels } from '../../src/plan/check-tunnel.ts';
import { director, realServer, service, site, world } from './fixtures.ts';

const able = { capabilities: agentCapabilities };
const all = new Set(['Site/fra', 'Site/lon']);
const both = [realServer('fra-1'), realServer('fra-2')];

function told(changes: Parameters<typeof world>[0], changed: ReadonlySet<string> = all): string[] {
  return checkTunnels(world(changes), changed).map(
    ({ resource, path, found, expected }) => `${resourceId(resource)} ${path} ${found}: ${expected}`,
  );
}

test('real servers that cannot take it are named with the remedy', () => {
  const [fra1, fra2] = both;
  expect(
    told({
      sites: [site('fra', 'gue'), site('lon')],
      services: [service()],
      realServers: [{ ...fra1, ...able } as never, fra2 as never],
      directors: [{ ...director('fra-d'), ...able }],
    }),
  ).toEqual([
    "Site/fra spec.tunnel.type gue: ipip or gre, as gue cannot be taken by fra-2: load the kernel's module fou there (modprobe fou) " +
      'and restart the agent, or upgrade an agent that is older',
  ]);
});

test('directors that would have to send it and cannot, and no others', () => {
  const servers = both.map((one) => ({ ...one, ...able }));
  const sites = [site('fra', 'gue'), site('lon')];
  const directors = [director('fra-d'), { ...director('lon-d'), ...able }];
  const found = told({ sites, services: [service()], realServers: servers, directors });
  expect(found).toEqual([expect.stringMatching(/gue cannot be sent by fra-d: give it a kernel of 5\.3/)]);
  const elsewhere = service({ sites: ['lon'] });
  expect(told({ sites, services: [elsewhere], realServers: servers, directors })).toEqual([]);
});

test('what nobody touches, and other types, are not judged', () => {
  const directors = [director('fra-d')];
  const given = { services: [service()], realServers: both, directors };
  expect(told({ ...given, sites: [site('fra', 'gre'), site('lon')] })).toEqual([]);
  expect(told({ ...given, sites: [site('fra', 'gue'), site('lon')] }, new Set(['Site/lon']))).toEqual([]);
});

test('a service that is to lead to such a site from now on, and no other', () => {
  const sites = [site('fra', 'gue'), site('lon')];
  const directors = [director('lon-d'), director('fra-d', able)];
  const given = { sites, realServers: both, directors, services: [service(), service({ name: 'api' })] };
  expect(told(given, new Set(['Service/web']))).toEqual([
    'Service/web spec.selector real servers of site fra, by gue: real servers that all its directors can send to; lon-d cannot: ' +
      'give it a kernel of 5.3 or newer, or upgrade an agent that is older',
  ]);
  const own = service({ sites: ['fra'] });
  expect(told({ ...given, services: [own] }, new Set(['Service/web']))).toEqual([]);
});
