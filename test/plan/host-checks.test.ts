// What on a host would make an applied snapshot carry nothing, as sentences for `causeway status`.
import { describe, expect, test } from 'vitest';
import { sentenceOf } from '../../src/domain/finding.ts';
import type { HostSurvey, SurveyedLink, Way } from '../../src/domain/host-survey.ts';
import { type DirectorView, directorChecks } from '../../src/plan/director-check.ts';
import { realServerChecks, vipOnCard } from '../../src/plan/real-server-check.ts';
import { directorContent, realServerContent } from '../../src/plan/snapshots.ts';
import { director, realServer, service, world } from './fixtures.ts';

const dual = service({ vips: ['192.0.2.10', '2001:db8::10'] });
const eth0: SurveyedLink = { name: 'eth0', kind: undefined, up: true, mtu: 1_500 };
const inVrf: SurveyedLink[] = [
  { ...eth0, master: 'blue' },
  { name: 'blue', kind: 'vrf', up: true, mtu: 65_575 },
];
const way = (changes: Partial<Way> = {}): Way => ({ link: 'eth0', isLocal: false, ...changes });

describe('a director', () => {
  const snapshot = directorContent(world({ services: [dual] }), director('fra-d'));
  const view: DirectorView = {
    address: '10.1.0.1',
    link: 'eth0',
    survey: { addresses: [], links: [eth0], ipv6: 'on' },
    ways: new Map([
      ['192.0.2.10', way({ source: '10.1.0.1' })],
      ...snapshot.realServers.map(({ address }) => [address, way({ source: '10.1.0.1' })] as const),
    ]),
  };
  const told = (changes: Partial<DirectorView>) =>
    directorChecks(snapshot, { ...view, ...changes }).map(sentenceOf);
  const withWay = (to: string, found: Way | undefined) => ({ ways: new Map([...view.ways, [to, found]]) });

  test('on whose host all is well tells nothing; nor does one that has not looked yet', () => {
    expect(told({})).toEqual([]);
    expect(told({ ways: new Map() })).toEqual([]);
  });

  test.each<[string, Partial<DirectorView>, RegExp]>([
    [
      'a VRF',
      { survey: { addresses: [], links: inVrf, ipv6: 'on' } },
      /belongs to the VRF blue: .*ip link set eth0 nomaster/,
    ],
    [
      'no IPv6',
      { survey: { addresses: [], links: [eth0], ipv6: 'off' } },
      /^2001:db8::10 cannot be served: IPv6 is off/,
    ],
    [
      'a VIP that is local by a wider route',
      withWay('192.0.2.10', way({ isLocal: true })),
      /takes 192\.0\.2\.10 for its own, .*ip route get 192\.0\.2\.10 from 10\.1\.0\.1/,
    ],
    ['no route to the VIP', withWay('192.0.2.10', undefined), /no route to 192\.0\.2\.10, .*default route/],
    ['no route to a real server', withWay('10.2.0.11', undefined), /no route to lon-1 \(10\.2\.0\.11\)/],
    [
      'a real server on the same host',
      withWay('10.1.0.11', way({ isLocal: true })),
      /fra-1 \(10\.1\.0\.11\) is this very host/,
    ],
    [
      'another source address than the one that real servers let in',
      withWay('10.2.0.11', way({ source: '172.16.0.9' })),
      /lon-1 \(10\.2\.0\.11\) leave from 172\.16\.0\.9, while real servers let in 10\.1\.0\.1 alone/,
    ],
  ])('%s', (_, changes, sentence) => {
    const troubles = told(changes);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(sentence);
  });

  test('without a tunnel it matters to nobody what the source is', () => {
    // fra-1 is on the director's own link, and gets its packets as they came.
    expect(told(withWay('10.1.0.11', way({ source: '172.16.0.9' })))).toEqual([]);
  });

  test('an address of its own within a VIP that is a network, where all but services is dropped, is named', () => {
    const block = service({ vips: ['198.51.100.16/28', '192.0.2.10'] });
    const able = director('fra-d', { capabilities: ['port-ranges'] });
    const wide = directorContent(world({ services: [block], directors: [able] }), able);
    const on = (link: string, address: string) => ({ link, address, prefixLength: 32 });
    const tell = (...addresses: HostSurvey['addresses']) =>
      directorChecks(wide, { ...view, survey: { addresses, links: [eth0], ipv6: 'on' } }).map(sentenceOf);
    expect(
      tell(
        on('lo', '198.51.100.17'),
        on('cw-director', '198.51.100.17'),
        on('eth0', '198.51.100.17'),
        on('eth0', '192.0.2.10'),
        on('eth1', '198.51.100.32'),
      ),
    ).toEqual([]);
    expect(tell(on('eth1', '198.51.100.20'))).toEqual([
      'the address 198.51.100.20 on eth1 of this host is within the VIP 198.51.100.16/28: what comes for it but for services and ICMP is dropped; reach this host by another one, or give the service a network without it',
    ]);
  });
});

describe('a real server', () => {
  const snapshot = realServerContent(world({ services: [dual] }), realServer('fra-1'));
  const facts = { address: '10.1.0.11', link: 'eth0', ipv6: 'on' } as const;
  const survey: HostSurvey = {
    links: [eth0, { name: 'old', kind: 'dummy', up: true, mtu: 1_500 }],
    addresses: [
      { link: 'eth0', address: '10.1.0.11', prefixLength: 24 },
      { link: 'lo', address: '192.0.2.10', prefixLength: 32 },
      { link: 'old', address: '192.0.2.10', prefixLength: 32 },
      { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 },
    ],
    ways: new Map(snapshot.directors.map(({ address }) => [address, way()])),
    clients: { ipv4: way(), ipv6: way() },
    strict: new Set(),
    ipv6: 'on',
  };
  const told = (changes: Partial<HostSurvey>, ipv6: HostSurvey['ipv6'] = 'on') =>
    realServerChecks(snapshot, { ...survey, ...changes }, { ...facts, ipv6 }).map(sentenceOf);

  test('on whose host all is well tells nothing; nor does one without VIPs', () => {
    expect(told({})).toEqual([]);
    const idle = { ...snapshot, services: [] };
    expect(realServerChecks(idle, { ...survey, ways: new Map(), clients: {} }, facts)).toEqual([]);
  });

  test.each<[string, Partial<HostSurvey>, RegExp]>([
    ['a VRF', { links: [...inVrf, ...survey.links.slice(1)] }, /belongs to the VRF blue/],
    [
      'no route back to a director',
      { ways: new Map([...survey.ways, ['10.2.0.1', undefined]]) },
      /no route back to lon-d \(10\.2\.0\.1\)/,
    ],
    [
      'the VIP on its own card',
      { addresses: [{ link: 'eth0', address: '192.0.2.10', prefixLength: 24 }] },
      /192\.0\.2\.10 on eth0\).*ip address delete 192\.0\.2\.10\/24 dev eth0/,
    ],
  ])('%s', (_, changes, sentence) => {
    const troubles = told(changes);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(sentence);
  });

  test('no IPv6 is told once', () => {
    expect(told({}, 'off')).toEqual([expect.stringMatching(/^2001:db8::10 cannot be served: IPv6 is off/)]);
  });

  test('the VIP on lo, on a dummy and on our own device harms nobody', () => {
    expect(vipOnCard(['192.0.2.10'], survey)).toBeUndefined();
  });
});
