// What was found on a director's host, or a coordinator's, and what the doctor says of it: a row a situation.
import { describe, expect, test } from 'vitest';
import type { ModuleState } from '../../../src/domain/host-examination.ts';
import type { HostSurvey } from '../../../src/domain/host-survey.ts';
import type { DirectorSubject } from '../../../src/plan/doctor/subject.ts';
import { directorContent } from '../../../src/plan/snapshots.ts';
import { director, service, world } from '../fixtures.ts';
import {
  chain,
  drop,
  established,
  eth0,
  examination,
  isNew,
  match,
  nft,
  notSyn,
  type Row,
  rule,
  saved,
  told,
  way,
} from './situations.ts';

describe('a director', () => {
  const content = directorContent(
    world({ services: [service({ forwarding: 'tunnel' })] }),
    director('fra-d'),
  );
  const subject: DirectorSubject = { role: 'director', address: '10.1.0.1', snapshot: { value: content } };
  const ways = new Map([
    ['192.0.2.10', way('eth0', '10.1.0.1')],
    ...content.realServers.map(({ address }) => [address, way('eth0', '10.1.0.1')] as const),
  ]);
  const survey: HostSurvey = {
    links: [eth0],
    addresses: [{ link: 'eth0', address: '10.1.0.1', prefixLength: 24 }],
    ways,
    clients: { ipv4: way() },
    strict: new Set(),
    ipv6: 'on',
    filters: { chains: [] },
  };
  const rows: Readonly<Record<string, Row>> = {
    'all is well': { ids: [] },
    'a VIP reached by another card, and a strict filter': {
      survey: { ways: new Map([...ways, ['192.0.2.10', way('eth1', '10.1.0.1')]]) },
      settings: { 'net.ipv4.conf.all.rp_filter': '1' },
      ids: ['rp-filter-underlay: fails'],
      text: /sysctl -w net\.ipv4\.conf\.eth0\.rp_filter=2/,
    },
    'another source than the registered address': {
      survey: { ways: new Map([...ways, ['10.2.0.11', way('eth0', '172.16.0.9')]]) },
      ids: ['route-source: fails'],
    },
    'nft drops protocol 4 as it leaves': {
      survey: {
        filters: {
          chains: nft(chain('output'), rule('output', match({ meta: { key: 'l4proto' } }, 4), drop)),
        },
      },
      ids: ['filter-output: fails'],
      text: /drops tunnelled packets to fra-1 .*nft insert rule inet fw output ip daddr 10\.1\.0\.11 meta l4proto 4 accept/,
    },
    'nft drops what is new, but no SYN': {
      survey: { filters: { chains: nft(chain('input'), rule('input', notSyn, isNew, drop)) } },
      ids: ['filter-not-syn: fails'],
    },
    'iptables drops what is new, but no SYN': {
      survey: {
        filters: {
          chains: saved(
            '-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP',
          ),
        },
      },
      ids: ['filter-not-syn: fails'],
      text: /drops all but the first of clients' packets to 192\.0\.2\.10:80\/tcp/,
    },
    'iptables drops invalid state, and connection tracking is loose': {
      survey: { filters: { chains: saved('-A INPUT -m conntrack --ctstate INVALID -j DROP') } },
      settings: { 'net.netfilter.nf_conntrack_tcp_loose': '1' },
      ids: [],
    },
    'iptables drops invalid state, and connection tracking is not loose': {
      survey: { filters: { chains: saved('-A INPUT -m conntrack --ctstate INVALID -j DROP') } },
      settings: { 'net.netfilter.nf_conntrack_tcp_loose': '0' },
      ids: ['filter-not-syn: fails'],
      text: /sysctl -w net\.netfilter\.nf_conntrack_tcp_loose=1/,
    },
    'its link has the MTU of Google Cloud': {
      survey: { links: [{ ...eth0, mtu: 1_460 }] },
      ids: ['mtu: warns'],
    },
    'no IPVS in the kernel': {
      seen: { modules: { value: new Map<string, ModuleState>([['ip_vs', 'missing']]) } },
      ids: ['kernel-ipvs: fails'],
      text: /no module ip_vs: install the kernel package/,
    },
    'one real server of two that the tunnel does not reach': {
      seen: {
        program: {
          value: {
            paths: [
              { realServer: 'lon-1', state: 'down' },
              { realServer: 'fra-1', state: 'up' },
            ],
          },
        },
      },
      ids: ['peer-path: warns'],
      text: /^lon-1 is not reached/,
    },
    'no real server that the tunnel reaches': {
      seen: { program: { value: { paths: [{ realServer: 'lon-1', state: 'gone' }] } } },
      ids: ['peer-path: fails'],
      text: /^lon-1 is not reached/,
    },
    'paths that its program could not tell': {
      seen: { program: { value: { pathsUnseen: 'no answer' } } },
      ids: ['peer-path: unknown'],
      text: /could not be looked at: no answer/,
    },
    'a program that is not well': {
      seen: { program: { value: { trouble: 'the kernel could not be brought to what is wanted' } } },
      ids: ['agent: fails'],
    },
  };

  test.each(Object.entries(rows))('%s', (_, row) => {
    const settings = new Map(Object.entries(row.settings ?? {}));
    const seen = examination({ ...survey, ...row.survey }, { settings, ...row.seen });
    const { ids, text, mends } = told(subject, seen);
    expect(ids).toEqual(row.ids);
    if (row.mends !== undefined) expect(mends).toEqual(row.mends);
    if (row.text !== undefined) expect(text).toMatch(new RegExp(row.text.source, 's'));
  });

  test('NAT needs a host that forwards, and no rule against what is invalid', () => {
    const translated = directorContent(
      world({ services: [service({ forwarding: 'masquerade' })] }),
      director('fra-d'),
    );
    const of = { ...subject, snapshot: { value: translated } };
    const invalid = saved('-A FORWARD -m conntrack --ctstate INVALID -j DROP');
    const seen = (forward: string, chains = saved(), tracked = '0') =>
      examination(
        { ...survey, filters: { chains } },
        {
          settings: new Map([
            ['net.ipv4.ip_forward', forward],
            ['net.ipv4.vs.conntrack', tracked],
          ]),
        },
      );
    expect(told(of, seen('1')).ids).toEqual([]);
    expect(told(of, seen('0')).mends).toEqual(['sysctl -w net.ipv4.ip_forward=1']);
    expect(told(of, seen('1', invalid)).ids).toEqual(['filter-not-syn: fails']);
    expect(told(of, seen('1', invalid, '1')).ids).toEqual([]);
    // As a host of containers has it.
    const closed = nft(chain('forward', 'drop'), rule('forward', established, { accept: null }));
    expect(told(of, seen('1', closed))).toMatchObject({
      ids: expect.arrayContaining(['filter-not-syn: fails']),
      text: expect.stringMatching(
        /chain forward of nft's table inet fw drops by its policy what .* \(masquerade\) are that/,
      ),
    });
  });
});

test('a coordinator that is not well is a warning: traffic goes on without it', () => {
  const survey: HostSurvey = {
    ...{ links: [eth0], addresses: [], ways: new Map(), clients: {}, strict: new Set() },
    ...{ ipv6: 'on' },
  };
  const seen = examination(survey, { program: { value: { trouble: 'no etcd answers' } } });
  expect(told({ role: 'coordinator' }, seen)).toMatchObject({
    ids: ['agent: warns'],
    text: expect.stringContaining('no etcd answers'),
  });
});
