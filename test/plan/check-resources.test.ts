import { describe, expect, test } from 'vitest';
import type { ResourceId, Service } from '../../src/domain/resource.ts';
import type { World } from '../../src/domain/world.ts';
import { checkResources } from '../../src/plan/check-resources.ts';
import { service, site, world } from './fixtures.ts';

const web: ResourceId = { kind: 'Service', name: 'web' };

/** `path | found | expected` of the service's problems. */
function problems(changes: Partial<Service>, others: Partial<World> = {}, changed = [web]): string[] {
  const { services = [], ...rest } = others;
  const given = world({ ...rest, services: [service(changes), ...services] });
  return checkResources(given, changed).map(
    ({ path, found, expected }) => `${path} | ${found} | ${expected}`,
  );
}

const tcp = (port: number, targetPort = port) => ({ protocol: 'tcp' as const, port, targetPort });

describe('a service', () => {
  test('that is right has no problems', () => {
    expect(problems({})).toEqual([]);
  });

  test.each<[string, Partial<Service>, string]>([
    ['VIP no address', { vips: ['192.0.2.300'] }, 'spec.vips[0] | 192.0.2.300 | an IPv4 or IPv6 address'],
    ['no VIP', { vips: [] }, 'spec.vips | none | at least one'],
    [
      'VIP loopback',
      { vips: ['127.0.0.1'] },
      'spec.vips[0] | 127.0.0.1 | an address that packets from elsewhere',
    ],
    [
      'VIP multicast',
      { vips: ['ff02::1'] },
      'spec.vips[0] | ff02::1 | an address that packets from elsewhere',
    ],
    [
      'VIP twice in it',
      { vips: ['2001:db8::1', '2001:DB8:0::1'] },
      'spec.vips[1] | 2001:DB8:0::1 | each address once',
    ],
    ['VIP of a member', { vips: ['10.1.0.11'] }, 'this one is the underlay address of real server fra-1'],
    ['no port', { ports: [] }, 'spec.ports | none | at least one'],
    ['port 0', { ports: [tcp(80), tcp(0)] }, 'spec.ports[1] | 0/tcp | a port from 1 to 65535'],
    ['port 65536', { ports: [tcp(65_536)] }, 'spec.ports[0] | 65536/tcp | a port from 1 to 65535'],
    [
      'port remapped',
      { ports: [tcp(80, 8080)] },
      'spec.ports[0] | 80:8080/tcp | 80/tcp: the kernel remaps ports under',
    ],
    ['port twice', { ports: [tcp(80), tcp(80)] }, 'spec.ports[1] | 80/tcp | each port once'],
    [
      'the probe port',
      { ports: [tcp(80), { protocol: 'udp', port: 7483, targetPort: 7483 }] },
      'spec.ports[1] | 7483/udp',
    ],
    [
      'no tcp port to check',
      { ports: [{ protocol: 'udp', port: 53, targetPort: 53 }] },
      'spec.health.port | 0 | the tcp port to check',
    ],
    ['site unknown', { sites: ['fra', 'par'] }, 'spec.sites[1] | par | a declared site: fra, lon, nyc'],
    [
      'selector of nothing',
      { selector: { app: 'wbe' } },
      'spec.selector | app=wbe | labels that at least one',
    ],
    [
      'scheduler unknown',
      { scheduler: 'lblc' as 'rr' },
      'spec.scheduler | lblc | one of rr, wrr, wlc, sed, sh, mh',
    ],
    [
      'slow start without end',
      { slowStartSeconds: 3_601 },
      'spec.placement.slowStartSeconds | 3601 | a whole number from 0 to 3600',
    ],
    [
      'drain that lasts too long',
      { drainSeconds: 86_401 },
      'spec.drainSeconds | 86401 | a whole number from 0 to 86400',
    ],
    [
      'policy unknown',
      { placement: 'best' as 'local' },
      'spec.placement | best | one of optimal, local, latency, static',
    ],
  ])('%s', (_, changes, expected) => {
    const found = problems(changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test('a selector of nothing names the labels there are', () => {
    expect(problems({ selector: { app: 'wbe' } })[0]).toContain('there are app=web');
    expect(problems({}, { realServers: [] })[0]).toContain('no real server with labels has registered yet');
    expect(problems({}, { sites: [site('ams')] })[0]).toContain('those that match stand in fra, lon, nyc');
  });

  test('masquerade may remap', () => {
    expect(problems({ forwarding: 'masquerade', ports: [tcp(80, 8080)] })).toEqual([]);
  });
});

describe('two services', () => {
  const other = (changes: Partial<Service>) => ({ services: [service({ name: 'api', ...changes })] });

  test.each<[string, Partial<Service>, Partial<World>, string | undefined]>([
    ['same VIP, another port', {}, other({ ports: [tcp(443)] }), undefined],
    [
      'same VIP and port, another protocol',
      {},
      other({ ports: [{ ...tcp(80), protocol: 'udp' }] }),
      undefined,
    ],
    [
      'same VIP and port',
      {},
      other({}),
      'spec.vips[0] | 192.0.2.10 80/tcp | an address and port that no other service has; Service/api does',
    ],
    [
      'same VIP, other sites',
      { sites: ['fra'] },
      other({ ports: [tcp(443)] }),
      'the sites of Service/api, which has the same VIP (all)',
    ],
    [
      'two ways to one real server',
      { forwarding: 'tunnel' },
      other({ vips: ['192.0.2.11'], forwarding: 'direct' }),
      'spec.forwarding | tunnel | direct, as Service/api says for the same real server fra-1',
    ],
  ])('%s', (_, changes, others, expected) => {
    const found = problems(changes, others);
    if (expected === undefined) expect(found).toEqual([]);
    else expect(found.join()).toContain(expected);
  });

  test('the changed one is blamed; the later one if both are; nobody who is not touched', () => {
    const given = world({ services: [service(), service({ name: 'api' })] });
    const blamed = (...names: string[]) =>
      checkResources(
        given,
        names.map((name) => ({ kind: 'Service' as const, name })),
      ).map(({ resource }) => resource.name);
    expect(blamed('api')).toEqual(['api']);
    expect(blamed('web', 'api')).toEqual(['web']);
    expect(blamed()).toEqual([]);
  });
});

describe('other kinds', () => {
  test('a policy for a real server that nobody knows', () => {
    const given = world({
      realServerPolicies: [{ kind: 'RealServer', name: 'fra-9', weight: 100, drain: true }],
    });
    const [problem] = checkResources(given, [{ kind: 'RealServer', name: 'fra-9' }]);
    expect(problem).toMatchObject({ path: 'metadata.name', found: 'fra-9' });
    expect(problem?.expected).toContain('fra-1, fra-2, lon-1');
  });

  test('a site that a service names can not be deleted', () => {
    const given = world({ sites: [site('fra')], services: [service({ sites: ['lon'] })] });
    const [problem] = checkResources(given, [{ kind: 'Site', name: 'lon' }]);
    expect(problem).toMatchObject({ resource: { kind: 'Site', name: 'lon' }, found: 'deletion of lon' });
    expect(problem?.expected).toContain('Service/web');
  });
});
