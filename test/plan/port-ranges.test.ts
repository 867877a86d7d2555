/** Services with ranges of ports: one firewall-mark service for all ports of a protocol at each VIP, and what follows from it. */
import { describe, expect, test } from 'vitest';
import { serviceId } from '../../src/domain/ipvs-table.ts';
import type { DirectorMember } from '../../src/domain/member.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import { isServiceMark, serviceMark } from '../../src/domain/service-mark.ts';
import { disjoint } from '../../src/domain/service-port.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { canonicalNftTable } from '../../src/kernel/nft-table.ts';
import { planOperations } from '../../src/plan/agent-plan.ts';
import { checkRanges, lackOfRanges } from '../../src/plan/check-ranges.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable, type HealthView, ownsService } from '../../src/plan/director-table.ts';
import { realServerContentDuring } from '../../src/plan/handover-content.ts';
import { begunHandover } from '../../src/plan/handover-steps.ts';
import { probeServices } from '../../src/plan/probe-services.ts';
import { realServerHost } from '../../src/plan/real-server-host.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { touchedServices } from '../../src/plan/touched.ts';
import { knockPorts } from '../../src/plan/virtual-ends.ts';
import { director, realServer, service, site, world } from './fixtures.ts';

const range = (protocol: 'tcp' | 'udp', port: number, lastPort: number): ServicePort => ({
  protocol,
  port,
  lastPort,
  targetPort: port,
});
const tcp = (port: number) => ({ protocol: 'tcp' as const, port, targetPort: port });
const [vip, vip6] = ['192.0.2.10', '2001:db8::10'];
const capabilities = ['service-tuning', 'port-ranges'];
const fra = director('fra-d', { capabilities });
const able = realServer('fra-1', { capabilities });
/** TCP by single ports, UDP by a range and a port beside it. */
const media = service({
  name: 'media',
  vips: [vip, vip6],
  ports: [tcp(80), { ...tcp(3_478), protocol: 'udp' }, range('udp', 10_000, 20_000)],
  health: { ...service().health, port: 80 },
});
const given = world({ sites: [site('fra')], services: [media], directors: [fra], realServers: [able] });
const allHealthy: HealthView = { path: () => 'up', application: () => 'healthy' };

const facts = {
  address: '10.1.0.11',
  link: 'eth0',
  mtuBytes: 1_500,
  networks: [],
  isStrict: false,
  elsewhere: [],
  clientsElsewhere: false,
  ipv6: 'on',
} as const;

function virtualServices(of: DirectorMember, services = [media]): string[] {
  const content = directorContent({ ...given, services }, of);
  return directorTable(content, allHealthy, []).map(({ service: { key }, destinations }) =>
    [serviceId(key), ...destinations.map(({ address, port, weight }) => `${address}:${port} ${weight}`)].join(
      ', ',
    ),
  );
}

const markText = (name: string, address: string, protocol: 'tcp' | 'udp') =>
  `mark 0x${serviceMark(name, address, protocol).toString(16)}`;

describe('a director', () => {
  test('has one virtual service for the ports of a protocol with a range, and destinations without a port', () => {
    expect(virtualServices(fra).slice(0, 4)).toEqual([
      `tcp ${vip}:80, 10.1.0.11:80 100`,
      `${markText('media', vip, 'udp')} ipv4, 10.1.0.11:0 100`,
      `tcp [${vip6}]:80, 10.1.0.11:80 100`,
      `${markText('media', vip6, 'udp')} ipv6, 10.1.0.11:0 100`,
    ]);
  });

  test('goes by the verdict on a range: who says nothing of it, as a real server of before, is not known to have it', () => {
    const health: HealthView = {
      path: () => 'up',
      application: (_realServer, _vip, { lastPort, protocol }) =>
        protocol === 'tcp' || lastPort === undefined ? 'healthy' : 'unknown',
    };
    const lines = directorTable(directorContent(given, fra), health, []).map(
      ({ service: { key }, destinations }) =>
        [
          serviceId(key),
          ...destinations.map(({ address, port, weight }) => `${address}:${port} ${weight}`),
        ].join(', '),
    );
    expect(lines.slice(0, 2)).toEqual([
      `tcp ${vip}:80, 10.1.0.11:80 100`,
      `${markText('media', vip, 'udp')} ipv4, 10.1.0.11:0 0`,
    ]);
  });

  test('marks what is for them', () => {
    const [table] = directorHost(directorContent(given, fra)).nft;
    const of = (address: string) => ({
      address,
      protocol: 'udp',
      mark: serviceMark('media', address, 'udp'),
    });
    expect(table).toMatchObject({
      kind: 'probe-marks',
      services: [
        { ...of(vip), port: 3_478 },
        { ...of(vip), port: 10_000, lastPort: 20_000 },
        { ...of(vip6), port: 3_478 },
        { ...of(vip6), port: 10_000, lastPort: 20_000 },
      ],
    });
    const single = directorHost(directorContent({ ...given, services: [service()] }, fra)).nft;
    expect(single[0]).not.toHaveProperty('services');
  });

  test('of before is given the rest of the service, or nothing', () => {
    const old = director('fra-d', { capabilities: ['service-tuning'] });
    expect(virtualServices(old)).toEqual([
      `tcp ${vip}:80, 10.1.0.11:80 100`,
      `udp ${vip}:3478, 10.1.0.11:3478 100`,
      `tcp [${vip6}]:80, 10.1.0.11:80 100`,
      `udp [${vip6}]:3478, 10.1.0.11:3478 100`,
      ...['ipv4', 'ipv6'].map((family) => `mark 0x43570001 ${family}, 10.1.0.11:0 1`),
    ]);
    expect(directorContent(given, old).services[0]).not.toHaveProperty('askedPort');
    const content = directorContent({ ...given, services: [{ ...media, ports: [range('udp', 1, 9)] }] }, old);
    expect(content.services).toEqual([]);
  });

  test('knows its marks from those of others', () => {
    const owns = (mark: number) => ownsService({ kind: 'mark', mark, family: 'ipv4' }, new Set());
    const marks = [serviceMark('media', vip, 'udp'), serviceMark('web', vip6, 'tcp')];
    expect(marks.every(isServiceMark)).toBe(true);
    expect(marks.every(owns)).toBe(true);
    expect([1, 0x42ff_ffff, 0x4358_0000, 0x437f_ffff, 0x4400_0000].some(owns)).toBe(false);
    const probes = probeServices(directorContent(given, fra)).map(({ service: { key } }) => key);
    expect(probes.some((key) => key.kind === 'mark' && isServiceMark(key.mark))).toBe(false);
  });

  test('knocks at the port at which the application is asked, where packets for it get through', () => {
    const [has] = directorContent(given, fra).services;
    const asked = { ...media, ports: [range('tcp', 8_000, 8_100)] };
    const of = (port: number) =>
      directorContent({ ...given, services: [{ ...asked, health: { ...asked.health, port } }] }, fra)
        .services[0];
    expect(has && media.ports.map(knockPorts(has))).toEqual([80, undefined, undefined]);
    expect([8_050, 9_000].map((port) => of(port)?.askedPort)).toEqual([8_050, undefined]);
    expect(
      [8_050, 9_000].map((port) => {
        const one = of(port);
        return one && asked.ports.map(knockPorts(one));
      }),
    ).toEqual([[8_050], [undefined]]);
  });

  test('decides anew about all ports that share a virtual service', () => {
    const content = directorContent(given, fra);
    const ends = { service: 'media', ports: [range('udp', 10_000, 20_000)] };
    expect(touchedServices(content, { realServer: 'fra-1', ends })).toEqual([
      `${markText('media', vip, 'udp')} ipv4`,
      `${markText('media', vip6, 'udp')} ipv6`,
    ]);
  });
});

describe('a real server', () => {
  const far = director('lon-d', { address: '10.2.0.1', capabilities });
  const sites = [site('fra'), site('lon')];

  test('lets ranges in, and what directors ask at once, whatever overlaps', () => {
    const any = service({ name: 'any', ports: [range('tcp', 7_000, 8_000), range('udp', 10_000, 20_000)] });
    const content = realServerContent({ ...given, sites, directors: [far], services: [any] }, able);
    const [table] = realServerHost(content, facts).nft;
    expect(table?.kind === 'closed-decapsulation' && table.ports).toEqual([
      { address: vip, protocol: 'udp', port: 7_483 },
      { address: vip, protocol: 'udp', port: 10_000, lastPort: 20_000 },
      { address: vip, protocol: 'tcp', port: 7_000, lastPort: 8_000 },
    ]);
  });

  test('of before is told of single ports alone: it says nothing of a range, and gets nothing of it', () => {
    const content = realServerContent(given, realServer('fra-1'));
    expect(content.services.map(({ ports }) => ports.map(({ port }) => port))).toEqual([[80, 3_478]]);
  });
});

describe('a VIP that is a network', () => {
  const block = service({
    name: 'block',
    vips: ['203.0.113.64/28', '2001:db8:b::/64', vip],
    ports: [tcp(80), { ...tcp(53), protocol: 'udp' }],
  });
  const world = { ...given, services: [block] };
  const [at, at6] = ['203.0.113.65', '2001:db8:b::1'];

  test('is one virtual service a protocol, asked at one address; other VIPs of the service are as ever', () => {
    expect(virtualServices(fra, [block]).map((line) => line.split(', ')[0])).toEqual([
      `tcp ${vip}:80`,
      `udp ${vip}:53`,
      `${markText('block', at, 'tcp')} ipv4`,
      `${markText('block', at, 'udp')} ipv4`,
      `${markText('block', at6, 'tcp')} ipv6`,
      `${markText('block', at6, 'udp')} ipv6`,
      ...['ipv4', 'ipv6'].map((family) => `mark 0x43570001 ${family}`),
    ]);
    expect(directorContent(world, fra).services[0]).toMatchObject({
      vips: [at, at6, vip],
      networks: ['203.0.113.64/28', '2001:db8:b::/64'],
    });
  });

  test('is claimed, marked and kept shut as a whole', () => {
    const host = directorHost(directorContent(world, fra));
    expect(host.routes.map(({ destination }) => destination)).toEqual([
      `${vip}/32`,
      '203.0.113.64/28',
      '2001:db8:b::/64',
    ]);
    expect(host.addresses.map(({ address }) => address)).toEqual([vip, at, at6]);
    const [table] = host.nft;
    expect(table).toMatchObject({
      vips: [vip, '203.0.113.64/28', '2001:db8:b::/64'],
      services: [
        { address: '203.0.113.64/28', protocol: 'tcp', port: 80, mark: serviceMark('block', at, 'tcp') },
        { address: '203.0.113.64/28', protocol: 'udp', port: 53, mark: serviceMark('block', at, 'udp') },
        { address: '2001:db8:b::/64', protocol: 'tcp', port: 80, mark: serviceMark('block', at6, 'tcp') },
        { address: '2001:db8:b::/64', protocol: 'udp', port: 53, mark: serviceMark('block', at6, 'udp') },
      ],
    });
    expect(table && canonicalNftTable(table)).toEqual(table);
  });

  test('is wholly the real server’s own, and let in', () => {
    const far = director('lon-d', { address: '10.2.0.1', capabilities });
    const content = realServerContent(
      { ...world, sites: [site('fra'), site('lon')], directors: [far] },
      able,
    );
    const host = realServerHost(content, facts);
    expect(
      host.routes.map(({ destination, type, table, link }) => `${type} ${destination} ${link} ${table}`),
    ).toEqual(['local 203.0.113.64/28 cw-ipip 255', 'local 2001:db8:b::/64 cw-sit 255']);
    const [table] = host.nft;
    expect(table?.vips).toEqual([vip, '203.0.113.64/28', '2001:db8:b::/64']);
    expect(table && canonicalNftTable(table)).toMatchObject({
      ports: expect.arrayContaining([{ address: '203.0.113.64/28', protocol: 'tcp', port: 80 }]),
    });
    expect(realServerContent(world, realServer('fra-1')).services).toMatchObject([{ vips: [vip] }]);
    expect(realServerContent(world, realServer('fra-1')).services[0]).not.toHaveProperty('networks');
  });
});

describe('while the VIPs of a service change and real servers take both', () => {
  const block = (vips: string[]) =>
    service({ name: 'block', vips, ports: [tcp(80), range('tcp', 8_000, 8_100)] });

  /** What a real server lets in meanwhile, as it is loaded, and the networks that are its own. */
  function meanwhile(before: string[], after: string[]) {
    const [was, is] = [block(before), block(after)];
    const handovers = [begunHandover(undefined, was, ['lon-d'])];
    const far = director('lon-d', { address: '10.2.0.1', capabilities });
    const sites = [site('fra'), site('lon')];
    const changing = { ...given, services: [is], sites, directors: [far], handovers };
    const host = realServerHost(realServerContentDuring(changing, able), facts);
    const [table] = host.nft;
    if (table?.kind !== 'closed-decapsulation') throw new Error('it is closed');
    const { vips, ports } = table;
    const loaded = canonicalNftTable(table);
    return { vips, ports, loaded, routes: host.routes.map(({ destination }) => destination) };
  }
  const served = ['80', '8000-8100'];

  test.each([
    [['203.0.113.64/28'], ['203.0.113.64/27']],
    [['203.0.113.64/27'], ['203.0.113.64/28']],
    [['203.0.113.65'], ['203.0.113.64/27']],
    [['203.0.113.70'], ['203.0.113.64/27']],
    [['203.0.113.64/27'], ['203.0.113.70']],
    [['203.0.113.80/28', '203.0.113.70'], ['203.0.113.64/27']],
  ])('from %j to %j the wider one and its ports are let in, each address once', (before, after) => {
    const { loaded, ports, routes } = meanwhile(before, after);
    expect(routes).toContain('203.0.113.64/27');
    expect(loaded.kind === 'closed-decapsulation' && loaded.vips).toEqual(['203.0.113.64/27']);
    const letIn = ports.filter(
      ({ address, protocol }) => protocol === 'tcp' && address === '203.0.113.64/27',
    );
    expect(
      letIn.map(({ port, lastPort }) => (lastPort === undefined ? `${port}` : `${port}-${lastPort}`)),
    ).toEqual(expect.arrayContaining(served));
  });
});

test('plan names what bears a mark', () => {
  const before = { ...given, services: [] };
  const [plan] = atOnce(planOperations(before, given));
  expect(plan?.operations).toEqual(
    expect.arrayContaining([
      `add service ${markText('media', vip, 'udp')} ipv4 (${vip} 3478/udp 10000-20000/udp) scheduler wrr`,
      `add destination 10.1.0.11:0 of ${markText('media', vip, 'udp')} ipv4 (${vip} 3478/udp 10000-20000/udp): weight 100 direct`,
    ]),
  );
  const wider = { ...media, ports: [...media.ports.slice(0, 2), range('udp', 10_000, 30_000)] };
  const [change] = atOnce(planOperations(given, { ...given, services: [wider] }));
  expect(change?.operations).toEqual(['load nft table causeway_director (probe-marks)']);
});

test('an agent of before that came after the apply is told of, where it has something to do with it', () => {
  const old = { capabilities: ['service-tuning'] };
  const words = [
    director('fra-d', old),
    director('lon-d', old),
    realServer('fra-2', old),
    realServer('fra-3', { labels: { app: 'other' } }),
    fra,
  ].map((member) => lackOfRanges({ services: [service(), { ...media, sites: ['fra'] }] }, member));
  const told = expect.stringMatching(/has the rest of media alone: upgrade it$/);
  expect(words).toEqual([told, undefined, told, undefined, undefined]);
});

test('two names that come to one mark are refused', () => {
  const marks = new Map<number, string>();
  const ports = [range('udp', 10_000, 20_000)];
  for (let number = 0; ; number += 1) {
    const name = `media-${number}`;
    const mark = serviceMark(name, vip, 'udp');
    const other = marks.get(mark);
    marks.set(mark, name);
    if (other === undefined) continue;
    expect(number).toBeGreaterThan(300);
    const [one, two, three] = [name, other, 'media'].map((own) => ({
      ...media,
      name: own,
      vips: [vip],
      ports,
    }));
    const services = [one, two, three].filter((each) => each !== undefined);
    const problems = (each: typeof one) =>
      each === undefined ? [] : checkRanges({ ...given, services }, each);
    expect(problems(one)).toMatchObject([{ path: 'metadata.name', found: name }]);
    expect(problems(one)[0]?.expected).toContain(other);
    expect(problems(three)).toEqual([]);
    return;
  }
});

test('spans that overlap are one, neighbours stay apart', () => {
  const spans: ServicePort[] = [
    range('tcp', 5, 9),
    tcp(9),
    tcp(10),
    range('tcp', 8, 12),
    range('udp', 1, 3),
    tcp(13),
    tcp(13),
  ];
  expect(disjoint(spans).map(({ port, lastPort, protocol }) => `${port}-${lastPort} ${protocol}`)).toEqual([
    '5-12 tcp',
    '13-undefined tcp',
    '1-3 udp',
  ]);
});
