// Every mistake that a resource file can have by itself is refused, with its place, what was found and what is allowed.
import { describe, expect, it } from 'vitest';
import { mistakeText } from '../../src/resource/mistake.ts';
import { nameExpected } from '../../src/resource/names.ts';
import { parseResources } from '../../src/resource/parse.ts';

const head = 'apiVersion: causeway/v1\nkind: Service\nmetadata: { name: web }\nspec:\n';

/** A service whose lines are these, from line 5 on; keys that are not given are right. */
function service(...lines: string[]): string {
  const given = lines.join('\n');
  const rest = [
    ['vips', '  vips: [192.0.2.10]'],
    ['ports', '  ports: [80/tcp]'],
    ['selector', '  selector: { app: web }'],
  ];
  const missing = rest.flatMap(([key, line]) => (given.includes(`  ${key}:`) ? [] : [line]));
  return `${head}${[...lines, ...missing].join('\n')}\n`;
}

/** A drain of fra but for these keys; `undefined` takes one away. */
function override(changes: Record<string, string | undefined>): string {
  const right = {
    kind: 'drain',
    site: 'fra',
    owner: 'ann',
    reason: 'works',
    expires: '2030-01-31T18:00:00Z',
  };
  const lines = Object.entries({ ...right, ...changes }).filter(([, value]) => value !== undefined);
  const spec = lines.map(([key, value]) => `  ${key}: ${value}\n`).join('');
  return `apiVersion: causeway/v1\nkind: Override\nmetadata: { name: o }\nspec:\n${spec}`;
}

function settings(name: string, spec: string): string {
  return `apiVersion: causeway/v1\nkind: Settings\nmetadata: { name: ${name} }\nspec: ${spec}\n`;
}

function complaints(text: string): string[] {
  const parsed = parseResources(text, 'web.yaml');
  return 'mistakes' in parsed ? parsed.mistakes.map(mistakeText) : [];
}

const portAllowed =
  'a port from 1 to 65535, or a range of them, with a protocol, such as 80/tcp or 10000-20000/udp (tcp, udp, sctp)';
const vipAllowed =
  'a unicast IPv4 or IPv6 address, such as 192.0.2.10, or a network, such as 192.0.2.0/28 (from /16, IPv6: from /48)';
const serviceKeys =
  'vips, ports, selector, scheduler, forwarding, schedulerFlags, persistence, onePacket, thresholds, placement, drainSeconds, health, requireReturnPath, sites';

const table: [string, string, string | string[]][] = [
  [
    'unknown kind',
    'apiVersion: causeway/v1\nkind: Frontend\nmetadata: { name: web }\n',
    'web.yaml:2: kind: found "Frontend", expected one of Site, Service, RealServer, Override, Settings',
  ],
  [
    'no kind',
    'apiVersion: causeway/v1\n',
    'web.yaml:1: kind: found nothing, expected one of Site, Service, RealServer, Override, Settings',
  ],
  [
    'unknown version',
    'apiVersion: causeway/v2\nkind: Site\nmetadata: { name: fra }\n',
    'web.yaml:1: apiVersion: found "causeway/v2", expected causeway/v1',
  ],
  [
    'unknown key',
    service('  colour: red'),
    `web.yaml:5: spec.colour: found an unknown key, expected one of the keys ${serviceKeys}`,
  ],
  [
    'unknown key, nested',
    service('  health:', '    type: tcp', '    retries: 3'),
    'web.yaml:7: spec.health.retries: found an unknown key, expected one of the keys type, port, path, host, expect, expectStatus, headers, tls, grpcService, intervalMs, timeoutMs, fall, rise, ports',
  ],
  [
    'unknown key beside spec',
    'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\nstatus: {}\n',
    'web.yaml:4: status: found an unknown key, expected one of the keys apiVersion, kind, metadata, spec',
  ],
  [
    'VIP that is no address',
    service('  vips: [192.0.2.300]'),
    `web.yaml:5: spec.vips[0]: found "192.0.2.300", expected ${vipAllowed}`,
  ],
  [
    'VIP with a prefix length',
    service('  vips: [192.0.2.1/32]'),
    `web.yaml:5: spec.vips[0]: found "192.0.2.1/32", expected ${vipAllowed}`,
  ],
  [
    'network with bits of a host',
    service('  vips: [192.0.2.1/28]'),
    `web.yaml:5: spec.vips[0]: found "192.0.2.1/28", expected ${vipAllowed}`,
  ],
  [
    'VIP within a network',
    service('  vips: [192.0.2.0/28, 192.0.2.15, 192.0.2.16]'),
    'web.yaml:5: spec.vips[1]: found 192.0.2.15, some of it in 192.0.2.0/28 as well, expected each address once',
  ],
  [
    'several ports of a network without a port to check',
    service('  vips: [192.0.2.0/28]', '  ports: [80/tcp, 443/tcp, 53/udp]'),
    'web.yaml:4: spec.health.port: found nothing, expected the tcp port at which the application is checked, for no port of 80/tcp and 443/tcp, which at a network share one verdict, can be guessed; or type: none',
  ],
  [
    'port that changes at a network',
    service('  forwarding: masquerade', '  vips: [192.0.2.0/28]', '  ports: [80:8080/tcp]'),
    'web.yaml:7: spec.ports[0]: found "80:8080/tcp", expected the same port on both sides, such as 80/tcp: beside a VIP that is a network it cannot be changed',
  ],
  [
    'VIP that no router carries',
    service('  vips:', '    - 127.0.0.1'),
    `web.yaml:6: spec.vips[0]: found "127.0.0.1", expected ${vipAllowed}`,
  ],
  [
    'multicast VIP',
    service('  vips: ["ff02::1"]'),
    `web.yaml:5: spec.vips[0]: found "ff02::1", expected ${vipAllowed}`,
  ],
  [
    'no VIP',
    service('  vips: []'),
    'web.yaml:5: spec.vips: found an empty list, expected a list of at least one address',
  ],
  [
    'VIP twice, spelt differently',
    service('  vips: ["2001:db8::a", "2001:DB8:0::A"]'),
    'web.yaml:5: spec.vips[1]: found 2001:db8::a twice, expected each address once',
  ],
  [
    'port 0',
    service('  ports: [0/tcp]'),
    `web.yaml:5: spec.ports[0]: found "0/tcp", expected ${portAllowed}`,
  ],
  [
    'port 65536',
    service('  ports:', '    - 80/tcp', '    - 65536/tcp'),
    `web.yaml:7: spec.ports[1]: found "65536/tcp", expected ${portAllowed}`,
  ],
  [
    'target port 65536',
    service('  ports: [80:65536/tcp]'),
    `web.yaml:5: spec.ports[0]: found "80:65536/tcp", expected ${portAllowed}`,
  ],
  [
    'range that ends before it begins',
    service('  ports: [8100-8000/tcp]'),
    `web.yaml:5: spec.ports[0]: found "8100-8000/tcp", expected ${portAllowed}`,
  ],
  [
    'range to another port',
    service('  ports: [8000-8100:9000/tcp]'),
    `web.yaml:5: spec.ports[0]: found "8000-8100:9000/tcp", expected ${portAllowed}`,
  ],
  [
    'port within a range',
    service('  ports: [8000-8100/tcp, 8100/udp, 8100/tcp]', '  health: { port: 8000 }'),
    'web.yaml:5: spec.ports[2]: found 8100/tcp, some of it in 8000-8100/tcp as well, expected each port once',
  ],
  [
    'range over the port of probes',
    service('  ports: [7000-8000/udp]', '  health: { type: none }'),
    `web.yaml:5: spec.ports[0]: found "7000-8000/udp", expected two ranges around 7483/udp, which of every VIP carries Causeway's own probes`,
  ],
  [
    'range without a port to check',
    service('  ports: [443/tcp, 10000-20000/udp]'),
    'web.yaml:4: spec.health.port: found nothing, expected the tcp port at which the application is checked, for no port of 10000-20000/udp can be guessed; or type: none',
  ],
  [
    'port of a range asked by itself',
    service('  ports: [80/tcp, 8000-8100/tcp]', '  health: { port: 80, ports: { 80/tcp: { type: http } } }'),
    'web.yaml:6: spec.health.ports["80/tcp"]: found 80/tcp, expected no such key: all tcp ports of this service, which has a range of them, share one virtual service, and one verdict',
  ],
  [
    'port that changes beside a range',
    service(
      '  forwarding: masquerade',
      '  ports: [80:8080/tcp, 9000-9100/tcp, 53:5353/udp]',
      '  health: { port: 80 }',
    ),
    'web.yaml:6: spec.ports[0]: found "80:8080/tcp", expected the same port on both sides, such as 80/tcp: beside a range of tcp it cannot be changed',
  ],
  [
    'port without a protocol',
    service('  ports: [80]'),
    `web.yaml:5: spec.ports[0]: found 80, expected ${portAllowed}`,
  ],
  [
    'unknown protocol',
    service('  ports: [80/icmp]'),
    `web.yaml:5: spec.ports[0]: found "80/icmp", expected ${portAllowed}`,
  ],
  [
    'no port',
    service('  ports: []'),
    'web.yaml:5: spec.ports: found an empty list, expected a list of at least one port, such as 80/tcp',
  ],
  [
    'port twice',
    service('  ports: [80/tcp, 80/tcp]'),
    'web.yaml:5: spec.ports[1]: found 80/tcp twice, expected each port once',
  ],
  [
    "the probes' own port",
    service('  ports: [80/tcp, 7483/udp]'),
    'web.yaml:5: spec.ports[1]: found "7483/udp", expected another port: 7483/udp of every VIP carries Causeway\'s own probes',
  ],
  ...['auto', 'tunnel', 'direct'].map((forwarding): [string, string, string] => [
    `port remapped under ${forwarding}`,
    service('  ports: [80:8080/tcp]', `  forwarding: ${forwarding}`),
    'web.yaml:5: spec.ports[0]: found "80:8080/tcp", expected the same port on both sides, such as 80/tcp: only forwarding masquerade can change it',
  ]),
  [
    'selector that could match nothing',
    service('  selector: {}'),
    'web.yaml:5: spec.selector: found a mapping, expected a mapping of labels that a real server must carry, such as app: web',
  ],
  [
    'label that is a number',
    service('  selector:', '    tier: 1'),
    'web.yaml:6: spec.selector.tier: found 1, expected text of letters, digits, "-", "_" and ".", that begins and ends with a letter or digit (at most 63 characters; numbers in quotes)',
  ],
  [
    'unknown scheduler',
    service('  scheduler: wlcr'),
    'web.yaml:5: spec.scheduler: found "wlcr", expected one of rr, wrr, wlc, sed, sh, mh, lc, nq, lblc, lblcr, dh, fo, ovf, twos',
  ],
  [
    'flags of a scheduler that has none',
    service('  scheduler: wrr', '  schedulerFlags: { port: true, fallback: true }'),
    'web.yaml:6: spec.schedulerFlags: found flags of wrr, expected no such key: only mh and sh have flags',
  ],
  [
    'a network that sticks together, with nothing to stick to',
    service('  persistence: { seconds: 0, ipv4Prefix: 24 }'),
    'web.yaml:5: spec.persistence.seconds: found 0, expected at least 1 beside a prefix: nobody sticks to anything',
  ],
  [
    'single packets of TCP',
    service('  onePacket: true'),
    'web.yaml:7: spec.ports[0]: found "80/tcp", expected udp alone beside onePacket: the kernel ignores it for others',
  ],
  [
    'thresholds upside down',
    service('  thresholds: { upper: 100, lower: 101 }'),
    'web.yaml:5: spec.thresholds.lower: found 101, expected at most upper, 100',
  ],
  [
    'unknown forwarding',
    service('  forwarding: nat'),
    'web.yaml:5: spec.forwarding: found "nat", expected one of auto, tunnel, direct, masquerade',
  ],
  [
    'unknown policy',
    service('  placement: { policy: best }'),
    'web.yaml:5: spec.placement.policy: found "best", expected one of optimal, local, latency, static',
  ],
  [
    'slow start without end',
    service('  placement: { slowStartSeconds: 3601 }'),
    'web.yaml:5: spec.placement.slowStartSeconds: found 3601, expected a whole number from 0 to 3600',
  ],
  [
    'drain that lasts too long',
    service('  drainSeconds: 86401'),
    'web.yaml:5: spec.drainSeconds: found 86401, expected a whole number from 0 to 86400',
  ],
  [
    'failOpen that is no yes or no',
    service('  placement: { failOpen: maybe }'),
    'web.yaml:5: spec.placement.failOpen: found "maybe", expected true or false',
  ],
  [
    'no site at all',
    service('  sites: []'),
    'web.yaml:5: spec.sites: found an empty list, expected a list of at least one site, or no such key for all sites',
  ],
  [
    'http setting under tcp',
    service('  health:', '    path: /up'),
    'web.yaml:6: spec.health.path: found a setting of http, https checks, expected type: http or https beside it',
  ],
  [
    'nothing to ask',
    service('  ports: [53/udp]', '  health: { type: http }'),
    'web.yaml:6: spec.health.port: found nothing, expected a tcp port on which the application can be checked, since the service has none',
  ],
  [
    'status out of range',
    service('  health: { type: http, expectStatus: 20 }'),
    'web.yaml:5: spec.health.expectStatus: found 20, expected a whole number from 200 to 599',
  ],
  [
    'a range of statuses the wrong way',
    service('  health: { type: http, expect: [200, 399-300] }'),
    'web.yaml:5: spec.health.expect[1]: found "399-300", expected a status from 200 to 599, or a range such as 200-399',
  ],
  [
    'a status that is no answer',
    service('  health: { type: http, expect: 100 }'),
    'web.yaml:5: spec.health.expect: found 100, expected a status from 200 to 599, or a range such as 200-399',
  ],
  [
    'two spellings of a status',
    service('  health: { type: http, expect: 200, expectStatus: 200 }'),
    'web.yaml:5: spec.health.expectStatus: found expect beside it, expected one of the two',
  ],
  [
    'a header of two lines',
    service('  health: { type: http, headers: { X-A: "b\\r\\nX: y" } }'),
    'web.yaml:5: spec.health.headers.X-A: found "b\\r\\nX: y", expected printable text on one line',
  ],
  [
    'a header that every request has',
    service('  health: { type: http, headers: { Host: a } }'),
    'web.yaml:5: spec.health.headers.Host: found the key "Host", expected the name of a header, none of connection, content-length, content-type, host, te, transfer-encoding, upgrade',
  ],
  [
    'a tls setting without TLS',
    service('  health: { type: http, tls: { verify: true } }'),
    'web.yaml:5: spec.health.tls: found a setting of https, grpc checks, expected type: https or grpc beside it',
  ],
  [
    'authorities for what is not verified',
    service('  health:', '    type: https', '    tls:', '      verify: false', '      ca: x'),
    [
      'web.yaml:9: spec.health.tls.ca: found "x", expected certificates in PEM',
      'web.yaml:9: spec.health.tls.ca: found authorities for what is not verified, expected no ca beside verify: false, or verify: true',
    ],
  ],
  [
    'a check of a port that is not there',
    service('  ports: [80/tcp]', '  health:', '    ports:', '      81/tcp: { type: tcp }'),
    'web.yaml:8: spec.health.ports["81/tcp"]: found 81/tcp, expected a port of this service: 80/tcp',
  ],
  [
    'a check of udp',
    service('  ports: [53/udp]', '  health:', '    ports:', '      53/udp: { type: tcp }'),
    'web.yaml:8: spec.health.ports["53/udp"]: found a check of type tcp, expected port: a tcp port to ask instead, or type: none, for nobody can be asked at udp',
  ],
  [
    'an http setting of a tcp port',
    service('  ports: [80/tcp]', '  health:', '    ports:', '      80/tcp: { type: tcp, path: /up }'),
    'web.yaml:8: spec.health.ports["80/tcp"].path: found a setting of http, https checks, expected type: http or https beside it',
  ],
  [
    'unknown tunnel type',
    'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\nspec: { tunnel: { type: vxlan } }\n',
    'web.yaml:4: spec.tunnel.type: found "vxlan", expected one of ipip, gre, gue',
  ],
  [
    'weight out of range',
    'apiVersion: causeway/v1\nkind: RealServer\nmetadata: { name: a }\nspec: { weight: 1001 }\n',
    'web.yaml:4: spec.weight: found 1001, expected a whole number from 0 to 1000',
  ],
  [
    'override of an unknown kind',
    override({ kind: 'stop' }),
    'web.yaml:5: spec.kind: found "stop", expected one of freeze, drain, pin, cap, bias',
  ],
  [
    'override about nothing',
    override({ site: undefined }),
    'web.yaml:4: spec.site: found nothing, expected a site, or realServer, or director: what it is about',
  ],
  [
    'override about two things',
    override({ realServer: 'fra-1' }),
    'web.yaml:10: spec.realServer: found a site as well, expected either site or realServer',
  ],
  [
    'freeze of a real server',
    override({ kind: 'freeze', site: undefined, realServer: 'fra-1' }),
    'web.yaml:9: spec.realServer: found a real server, expected site instead: a freeze is about a whole site',
  ],
  [
    'override of nobody, for nothing',
    override({ owner: undefined, reason: '" "' }),
    [
      'web.yaml:4: spec.owner: found nothing, expected who answers for it',
      'web.yaml:7: spec.reason: found " ", expected why it is needed',
    ],
  ],
  [
    'override for ever',
    override({ expires: undefined }),
    'web.yaml:4: spec.expires: found nothing, expected a time with its zone, such as 2030-01-31T18:00:00Z, or for: 30m',
  ],
  [
    'expiry without a zone',
    override({ expires: '2030-01-31T18:00:00' }),
    'web.yaml:9: spec.expires: found "2030-01-31T18:00:00", expected a time with its zone, such as 2030-01-31T18:00:00Z',
  ],
  [
    'expiry on a day that is none',
    override({ expires: '2030-02-30T18:00:00Z' }),
    'web.yaml:9: spec.expires: found "2030-02-30T18:00:00Z", expected a time with its zone, such as 2030-01-31T18:00:00Z',
  ],
  [
    'two ends',
    override({ for: '30m' }),
    'web.yaml:10: spec.for: found expires as well, expected either expires or for',
  ],
  [
    'a time from now where now is not known',
    override({ expires: undefined, for: '30m' }),
    'web.yaml:9: spec.for: found a time from now, expected expires, since nothing here says when now is',
  ],
  [
    'a span without a unit',
    override({ for: '30' }),
    [
      'web.yaml:10: spec.for: found 30, expected a time from now of at most 90d, such as 30m (s, m, h, d)',
      'web.yaml:10: spec.for: found expires as well, expected either expires or for',
    ],
  ],
  [
    'pin without a share',
    override({ kind: 'pin' }),
    'web.yaml:4: spec.share: found nothing, expected a share from 0% to 100%, such as 40%',
  ],
  [
    'share that is none',
    override({ kind: 'pin', share: '140%' }),
    'web.yaml:10: spec.share: found "140%", expected a share from 0% to 100%, such as 40%',
  ],
  [
    'cap without a number, with a share',
    override({ kind: 'cap', share: '40%' }),
    [
      'web.yaml:4: spec.connections: found nothing, expected a number of connections',
      'web.yaml:10: spec.share: found a setting of kind pin, expected no such key under cap',
    ],
  ],
  [
    'bias out of range',
    override({ kind: 'bias', biasMs: '10001' }),
    'web.yaml:10: spec.biasMs: found 10001, expected a whole number from -10000 to 10000',
  ],
  [
    'drain with a figure',
    override({ connections: '5' }),
    'web.yaml:10: spec.connections: found a setting of kind cap, expected no such key under drain',
  ],
  [
    'service twice in an override',
    override({ services: '[web, web]' }),
    'web.yaml:10: spec.services[1]: found web twice, expected each service once',
  ],
  [
    'a name that could not be a key',
    'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: ../fra }\n',
    'web.yaml:3: metadata.name: found "../fra", expected a name of small letters, digits, "-" and ".", that begins and ends with a letter or digit (at most 253 characters)',
  ],
  [
    'the same resource twice',
    'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n---\napiVersion: causeway/v1\nkind: Site\nmetadata: { name: fra }\n',
    'web.yaml:7: metadata.name: found Site/fra again, expected each resource once: the other stands at web.yaml:3',
  ],
  [
    'a key twice',
    service('  scheduler: rr', '  scheduler: rr'),
    'web.yaml:6: found the same key twice, expected each key once in a mapping',
  ],
  [
    'a setting of IPVS that would undo what Causeway does',
    settings('default', '{ ipvs: { runEstimation: 0 } }'),
    'web.yaml:4: spec.ipvs.runEstimation: found 0, expected at least 1: Causeway measures demand by these counters',
  ],
  [
    'a timeout that is none',
    settings('default', '{ ipvs: { udpTimeoutSeconds: 0 } }'),
    'web.yaml:4: spec.ipvs.udpTimeoutSeconds: found 0, expected a whole number from 1 to 2147483',
  ],
  [
    'Settings of another name',
    settings('another', '{}'),
    'web.yaml:3: metadata.name: found "another", expected default: there is one Settings',
  ],
  [
    'a setting of a later version',
    settings('default', '{ timeouts: { tcpSeconds: 900 } }'),
    'web.yaml:4: spec.timeouts: found an unknown key, expected one of the keys removal, operators, ipvs',
  ],
  [
    'an operator who is given nothing',
    settings('default', '{ operators: [{ name: bob }] }'),
    'web.yaml:4: spec.operators[0]: found neither services nor sites, expected what this operator may change',
  ],
  [
    'an operator who is named twice',
    settings('default', '{ operators: [{ name: bob, sites: [fra] }, { name: bob, sites: [lon] }] }'),
    'web.yaml:4: spec.operators[1]: found bob twice, expected each operator once',
  ],
  [
    'an operator who is given all and one',
    settings('default', '{ operators: [{ name: bob, services: ["*", web] }] }'),
    'web.yaml:4: spec.operators[0].services: found all of them, and names, expected "*" alone, or names alone',
  ],
  [
    'an operator by his whole identity',
    settings('default', '{ operators: [{ name: operator/bob, sites: [fra] }] }'),
    `web.yaml:4: spec.operators[0].name: found "operator/bob", expected ${nameExpected}`,
  ],
  [
    'a limit that is no share',
    settings('default', '{ removal: { services: 3 } }'),
    'web.yaml:4: spec.removal.services: found 3, expected a share from 0% to 100%, such as 40%',
  ],
  [
    'not a mapping',
    '- a\n',
    'web.yaml:1: found a list, expected a mapping with apiVersion, kind, metadata, spec',
  ],
  [
    'nothing',
    '# later\n',
    'web.yaml: found no resource, expected at least one of Site, Service, RealServer, Override, Settings',
  ],
];

describe('a file with a mistake is refused', () => {
  it.each(table)('%s', (_name, text, expected) => {
    expect(complaints(text)).toEqual([expected].flat());
  });

  it('YAML that does not parse: with the line', () => {
    const [first] = complaints('apiVersion: causeway/v1\nkind: [Service\nspec: x\n');
    expect(first).toMatch(/^web\.yaml:\d: found text that is no YAML \(.+\), expected valid YAML$/);
  });

  it('every mistake of every document at once, in the order of the file', () => {
    const text = `${service('  vips: [nowhere]', '  ports: [0/tcp, 80:81/tcp]')}---\nkind: Frontend\n`;
    expect(complaints(text).map((line) => line.split(' found')[0])).toEqual([
      'web.yaml:5: spec.vips[0]:',
      'web.yaml:6: spec.ports[0]:',
      'web.yaml:6: spec.ports[1]:',
      'web.yaml:9: apiVersion:',
      'web.yaml:9: kind:',
    ]);
  });

  it('lists in lists without end, in bounded time', () => {
    expect(complaints('['.repeat(20_000))[0]).toContain('hundreds of times, expected a flatter file');
    expect(complaints(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)[0]).toContain('expected a flatter file');
  });

  it('a mapping as a key, which is told as every other mistake is, and not by a warning of the program', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', hear);
    expect(complaints(`${head}  ? { vips: [] }\n  : x\n`)).toContainEqual(
      expect.stringContaining('found an unknown key, expected one of the keys vips'),
    );
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });

  it('more documents than a file has', () => {
    expect(complaints('---\n'.repeat(300_000))[0]).toContain(
      'found 300000 documents, expected at most 20000',
    );
  });

  it('aliases that multiply without end', () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    expect(complaints(`l0: &l0 [a]\n${levels.join('\n')}\n`)[0]).toContain('expected aliases in moderation');
  });
});
