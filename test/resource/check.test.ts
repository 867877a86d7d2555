import { describe, expect, test } from 'vitest';
import type { Override, Resource, Service } from '../../src/domain/resource.ts';
import { checkedResources } from '../../src/resource/check.ts';
import { override, service } from '../plan/fixtures.ts';

function problems(...resources: Resource[]): string[] {
  return checkedResources(resources).problems.map(
    ({ resource, path, found, expected }) =>
      `${resource.kind}/${resource.name} ${path} | ${found} | ${expected}`,
  );
}

const tcp = (port: number, targetPort = port) => ({ protocol: 'tcp' as const, port, targetPort });
const health = (changes: Partial<Service['health']>): Partial<Service> => ({
  health: { ...service().health, ...changes },
});

describe('what comes by the API is judged as a file is', () => {
  test('a service that is right stays as it is', () => {
    expect(checkedResources([service()])).toEqual({ problems: [], resources: [service()] });
  });

  test.each<[string, Partial<Service>, string]>([
    ['a name of the wrong letters', { name: 'Web/1' }, 'metadata.name | "Web/1" | a name of small letters'],
    ['no VIP', { vips: [] }, 'spec.vips | an empty list | a list of at least one address'],
    ['a VIP that is none', { vips: ['127.0.0.1'] }, 'spec.vips[0] | "127.0.0.1" | a unicast'],
    ['IPv4 in disguise', { vips: ['::ffff:192.0.2.10'] }, 'spec.vips[0] | "::ffff:192.0.2.10" | a unicast'],
    [
      'one VIP in two spellings',
      { vips: ['2001:db8::1', '2001:DB8:0:0::1'] },
      'spec.vips[1] | 2001:db8::1 twice | each address once',
    ],
    ['no port', { ports: [] }, 'spec.ports | an empty list | a list of at least one port'],
    ['port 0', { ports: [tcp(80), tcp(0)] }, 'spec.ports[1] | "0/tcp" | a port from 1 to 65535'],
    ['port 65536', { ports: [tcp(65_536)] }, 'spec.ports[0] | "65536/tcp" | a port from 1 to 65535'],
    ['a port remapped', { ports: [tcp(80, 8080)] }, 'spec.ports[0] | "80:8080/tcp" | the same port on both'],
    ['a port twice', { ports: [tcp(80), tcp(80)] }, 'spec.ports[1] | 80/tcp twice | each port once'],
    ['an empty selector', { selector: {} }, 'spec.selector | a mapping | a mapping of labels'],
    ['a label that is none', { selector: { 'a b': 'c' } }, 'the key "a b" | a label of letters'],
    [
      'a scheduler that is none',
      { scheduler: 'nosuch' as 'rr' },
      'spec.scheduler | "nosuch" | one of rr, wrr',
    ],
    ['persistence of years', { persistenceSeconds: 1e9 }, 'spec.persistence.seconds | 1000000000 | a whole'],
    ['a slow start of days', { slowStartSeconds: 86_400 }, 'spec.placement.slowStartSeconds | 86400 | a'],
    ['half a second of drain', { drainSeconds: 0.5 }, 'spec.drainSeconds | 0.5 | a whole number from 0'],
    ['a check without pause', health({ intervalMs: 0 }), 'spec.health.intervalMs | 0 | a whole number from'],
    ['a check in months', health({ intervalMs: 4e9 }), 'spec.health.intervalMs | 4000000000 | a whole'],
    ['a check without time', health({ timeoutMs: 0 }), 'spec.health.timeoutMs | 0 | a whole number from 10'],
    ['no failure is enough', health({ fall: 0 }), 'spec.health.fall | 0 | a whole number from 1 to 100'],
    [
      'a path with a second request in it',
      health({ type: 'http', path: '/\r\nX: y' }),
      'spec.health.path | "/\\r\\nX: y" | a path that begins with /',
    ],
    [
      'a host with a header in it',
      health({ type: 'http', host: 'a\r\nb' }),
      'spec.health.host | "a\\r\\nb" |',
    ],
    ['a site twice', { sites: ['fra', 'fra'] }, 'spec.sites[1] | fra twice | each site once'],
    ['a site without a name', { sites: [''] }, 'spec.sites[0] | "" | a name of small letters'],
  ])('%s', (_, changes, expected) => {
    const found = problems(service(changes));
    expect(found.join('\n')).toContain(expected);
    expect(checkedResources([service(changes)]).resources).toEqual([]);
  });

  test('addresses get their one spelling, and settings of a check that is not made their defaults', () => {
    const { resources } = checkedResources([
      service({ vips: ['2001:DB8:0::1'], ...health({ path: '\r\n', host: 'x y', expectStatus: 7 }) }),
    ]);
    expect(resources).toEqual([service({ vips: ['2001:db8::1'] })]);
  });

  test.each<[string, Partial<Override>, string]>([
    ['no owner', { owner: ' ' }, 'spec.owner | " " | who answers for it'],
    ['no reason', { reason: '' }, 'spec.reason | "" | why it is needed'],
    [
      'a share above all',
      { order: { kind: 'pin', sharePermille: 1_001 } },
      'spec.share | "100.1%" | a share',
    ],
    ['half a connection', { order: { kind: 'cap', connections: 0.5 } }, 'spec.connections | 0.5 | a whole'],
    ['a bias out of range', { order: { kind: 'bias', biasMs: -10_001 } }, 'spec.biasMs | -10001 | a whole'],
    [
      'a freeze of a real server',
      { order: { kind: 'pin', sharePermille: 1 }, subject: { kind: 'director', name: 'fra-d' } },
      'spec.director | a director | site or realServer instead: a pin is about those',
    ],
    [
      'a freeze of a real server',
      { order: { kind: 'freeze' }, subject: { kind: 'realServer', name: 'fra-1' } },
      'spec.realServer | a real server | site instead: a freeze is about a whole site',
    ],
    ['a service twice', { services: ['web', 'web'] }, 'spec.services[1] | web twice | each service once'],
    ['a time that no calendar has', { expiresAtMs: 1e17 }, 'spec.expires | "100000000000000000" | a time'],
    ['a time that is no number', { expiresAtMs: Number.NaN }, 'spec.expires | "NaN" | a time with its zone'],
  ])('%s', (_, changes, expected) => {
    expect(problems(override(changes)).join('\n')).toContain(expected);
  });

  test('a weight out of range, a tunnel that is none, a resource twice', () => {
    const policy = { kind: 'RealServer', name: 'fra-1', weight: 1_001, drain: false } as const;
    const site = { kind: 'Site', name: 'fra', tunnel: 'vxlan' as 'ipip' } as const;
    expect(problems(policy, site, service(), service())).toEqual([
      'RealServer/fra-1 spec.weight | 1001 | a whole number from 0 to 1000',
      'Site/fra spec.tunnel.type | "vxlan" | one of ipip, gre, gue',
      'Service/web metadata.name | Service/web twice | each resource once',
    ]);
  });
});
