import { describe, expect, test } from 'vitest';
import type { RealServerMember } from '../../src/domain/member.ts';
import type { ResourceId, Service } from '../../src/domain/resource.ts';
import { atOnce } from '../../src/domain/steps.ts';
import type { World } from '../../src/domain/world.ts';
import { checkResources as checking } from '../../src/plan/check-resources.ts';
import { director, realServer, service, site, world } from './fixtures.ts';

const checkResources = (...of: Parameters<typeof checking>) => atOnce(checking(...of));
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

  test.each<[string, Partial<Service>, Partial<World>, string]>([
    [
      'VIP of a member',
      { vips: ['10.1.0.11'] },
      {},
      'spec.vips[0] | 10.1.0.11 | an address of its own; this one is the underlay address of real server fra-1',
    ],
    [
      'a scheduler that the kernel of a director lacks',
      { scheduler: 'twos' },
      { directors: [director('fra-d', { capabilities: ['service-tuning', 'lacks-twos'] })] },
      'spec.scheduler | twos | another scheduler, or the module ip_vs_twos for the kernel of fra-d, whose agent then has to be restarted',
    ],
    [
      'a word that a director of before does not know',
      { tuning: { onePacket: true } },
      {},
      'spec | directors of an older version | nothing that needs newer programs (scheduler wrr, schedulerFlags, prefixes of persistence, onePacket, thresholds): upgrade fra-d',
    ],
    [
      'a range that agents of before do not know',
      { ports: [tcp(80), { ...tcp(8_000), lastPort: 8_100 }] },
      {
        directors: [director('fra-d')],
        realServers: [realServer('fra-1', { capabilities: ['port-ranges'] }), realServer('lon-1')],
      },
      'spec.ports[1] | 8000-8100/tcp | single ports, or newer programs: upgrade fra-d, lon-1, which know no ranges',
    ],
    [
      'a network that agents of before do not know',
      { vips: ['192.0.2.10', '203.0.113.64/28'] },
      {
        directors: [director('fra-d')],
        realServers: [realServer('fra-1', { capabilities: ['port-ranges'] })],
      },
      'spec.vips[1] | 203.0.113.64/28 | addresses, or newer programs: upgrade fra-d, which know no networks',
    ],
    [
      "a network with a member's address",
      { vips: ['10.1.0.0/28'] },
      {
        directors: [director('fra-d', { capabilities: ['port-ranges'] })],
        realServers: [realServer('fra-1', { capabilities: ['port-ranges'] })],
      },
      'spec.vips[0] | 10.1.0.0/28 | addresses of its own; 10.1.0.1 is the underlay address of director fra-d',
    ],
    [
      "a VIP in another service's network",
      {},
      { services: [service({ name: 'any', vips: ['192.0.2.0/28'], ports: [tcp(81)] })] },
      "spec.vips[0] | 192.0.2.10 | addresses that no other service has, for a network is one service's; Service/any has some of them",
    ],
    [
      "port in another service's range",
      { ports: [tcp(80), tcp(8_050)] },
      { services: [service({ name: 'any', ports: [{ ...tcp(8_000), lastPort: 8_100 }] })] },
      'spec.vips[0] | 192.0.2.10 8050/tcp | an address and port that no other service has; Service/any does',
    ],
    [
      "VIP that is a real server's gateway",
      { vips: ['10.1.0.254'] },
      { realServers: [realServer('fra-1', { gateways: ['10.1.0.254'] })] },
      'this one is the gateway of real server fra-1',
    ],
    [
      "VIP that is a director's gateway",
      { vips: ['2001:db8::1'] },
      { directors: [director('fra-d', { gateways: ['10.1.0.254', '2001:db8::1'] })] },
      'this one is the gateway of director fra-d',
    ],
    [
      "VIP that is the coordinator's",
      { vips: ['10.1.0.9'] },
      { ownAddresses: ['10.1.0.9'] },
      "this one is an address of the coordinator's own host",
    ],
    ['site unknown', { sites: ['fra', 'par'] }, {}, 'spec.sites[1] | par | a declared site: fra, lon, nyc'],
    [
      'selector of nothing',
      { selector: { app: 'wbe' } },
      {},
      'spec.selector | app=wbe | labels that at least one',
    ],
  ])('%s', (_, changes, others, expected) => {
    const found = problems(changes, others);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  const own = realServer('fra-1');
  const six = realServer('fra-6', { address: '2001:db8:1::b', prefixLength: 64 });
  const beyond = realServer('fra-7', { address: '10.1.7.11' });

  test.each<[string, Partial<Service>, readonly RealServerMember[], string | undefined]>([
    ['translated', { forwarding: 'masquerade' }, [own], undefined],
    [
      'translated into the other family',
      { forwarding: 'masquerade', vips: ['192.0.2.10', '2001:db8:a::10'] },
      [own],
      'spec.vips[1] | 2001:db8:a::10 | a VIP of the family of its real servers, or forwarding tunnel: the kernel translates no address of one family into one of the other, and there are fra-1 (10.1.0.11)',
    ],
    [
      'translated, each family by its own real servers',
      { forwarding: 'masquerade', vips: ['192.0.2.10', '2001:db8:a::10'] },
      [own, six],
      undefined,
    ],
    ['of the other family in a tunnel', { forwarding: 'tunnel', vips: ['2001:db8:a::10'] }, [own], undefined],
    ['direct', { forwarding: 'direct' }, [own], undefined],
    [
      'direct, behind a router',
      { forwarding: 'direct' },
      [own, beyond],
      'spec.forwarding | direct | real servers on one link with a director of the service, or forwarding auto or tunnel: fra-7 gets nothing',
    ],
    [
      'translated in a site without directors',
      { forwarding: 'masquerade', sites: ['fra'] },
      [own, realServer('nyc-1', { address: '10.3.0.11' })],
      'spec.forwarding | masquerade | real servers in the site of a director of the service, or forwarding auto or tunnel: nyc-1 gets nothing',
    ],
    ['direct, with auto beside it', { forwarding: 'auto' }, [own, beyond], undefined],
  ])('%s', (_, changes, realServers, expected) => {
    expect(problems(changes, { realServers, directors: [director('fra-d')] })).toEqual(
      expected === undefined ? [] : [expected],
    );
  });

  test('a selector of nothing names the labels there are', () => {
    expect(problems({ selector: { app: 'wbe' } })[0]).toContain('there are app=web');
    expect(problems({}, { realServers: [] })[0]).toContain('no real server with labels has registered yet');
    expect(problems({}, { sites: [site('ams')] })[0]).toContain('those that match stand in fra, lon, nyc');
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

  test('a site whose VIPs are routed has no directors of before', () => {
    const able = director('fra-e', { capabilities: ['announce'] });
    const routed = world({
      sites: [{ ...site('fra'), announce: 'routing' }, site('lon')],
      directors: [director('fra-d'), able, director('lon-d')],
    });
    const fra: ResourceId = { kind: 'Site', name: 'fra' };
    const [problem, ...others] = checkResources(routed, [fra]);
    expect(problem).toMatchObject({ resource: fra, path: 'spec.announce', found: 'routing' });
    expect(problem?.expected).toMatch(/^link, .*: upgrade fra-d$/);
    expect(others).toEqual([]);
    expect(checkResources({ ...routed, directors: [able] }, [fra])).toEqual([]);
    // That one does not know VRRP yet.
    const vrrp = world({ sites: [{ ...site('fra'), announce: 'vrrp' }, site('lon')], directors: [able] });
    expect(checkResources(vrrp, [fra])[0]?.expected).toMatch(/^link or routing, .*: upgrade fra-e$/);
    const newer = director('fra-e', { capabilities: ['announce', 'vrrp'] });
    expect(checkResources({ ...vrrp, directors: [newer] }, [fra])).toEqual([]);
    expect(checkResources(routed, [])).toEqual([]);
  });

  test('settings of IPVS are taken, and directors of before that do not heed them are named', () => {
    const able = director('lon-d', { capabilities: ['service-tuning'] });
    const given = world({ ipvs: { udpTimeoutSeconds: 30 }, directors: [director('fra-d'), able] });
    const settings: ResourceId = { kind: 'Settings', name: 'default' };
    const [problem, ...others] = checkResources(given, [settings]);
    expect(problem).toMatchObject({ path: 'spec.ipvs', found: 'udpTimeoutSeconds', mayCome: true });
    expect(problem?.expected).toMatch(/upgrade fra-d$/);
    expect(others).toEqual([]);
    expect(checkResources({ ...given, directors: [able] }, [settings])).toEqual([]);
    expect(checkResources({ ...given, ipvs: {} }, [settings])).toEqual([]);
  });
});
