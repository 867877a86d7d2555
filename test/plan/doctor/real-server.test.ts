// What was found on a real server's host, and what the doctor says of it: a row a situation.
import { describe, expect, test } from 'vitest';
import type { ModuleState } from '../../../src/domain/host-examination.ts';
import type { HostSurvey, SurveyedLink } from '../../../src/domain/host-survey.ts';
import { diagnose, isFailing } from '../../../src/plan/doctor/diagnose.ts';
import type { RealServerSubject } from '../../../src/plan/doctor/subject.ts';
import { realServerContent } from '../../../src/plan/snapshots.ts';
import { realServer, service, world } from '../fixtures.ts';
import {
  chain,
  drop,
  eth0,
  examination,
  match,
  nft,
  ours,
  type Row,
  rule,
  saved,
  told,
  tunl0,
  way,
} from './situations.ts';

describe('a real server', () => {
  const snapshot = realServerContent(
    world({ services: [service({ forwarding: 'tunnel' })] }),
    realServer('fra-1'),
  );
  const subject: RealServerSubject = {
    role: 'realserver',
    address: '10.1.0.11',
    dedicated: false,
    snapshot: { value: snapshot },
  };
  const survey: HostSurvey = {
    links: [eth0, ours],
    addresses: [
      { link: 'eth0', address: '10.1.0.11', prefixLength: 24 },
      { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 },
    ],
    ways: new Map(snapshot.directors.map(({ address }) => [address, way()])),
    clients: { ipv4: way() },
    strict: new Set(),
    ipv6: 'on',
    filters: { chains: [] },
  };
  // The links of both are one network in this world.
  const quiet = { 'net.ipv4.conf.eth0.arp_ignore': '1', 'net.ipv4.conf.eth0.arp_announce': '2' };

  const rows: Readonly<Record<string, Row>> = {
    'all is well': { ids: [] },
    'strict rp_filter on all with the tunnel device at 0': {
      settings: { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.cw-ipip.rp_filter': '0' },
      seen: {
        settingFiles: {
          value: [{ path: '/etc/sysctl.d/10-hard.conf', text: '# x\nnet.ipv4.conf.all.rp_filter = 1\n' }],
        },
      },
      ids: ['rp-filter-tunnel: fails'],
      text: /all\.rp_filter is 1, set by \/etc\/sysctl\.d\/10-hard\.conf, line 2.*\nsysctl -w net\.ipv4\.conf\.cw-ipip\.rp_filter=2/,
    },
    'strict on all, and 2 on the tunnel device': {
      settings: { 'net.ipv4.conf.all.rp_filter': '1', 'net.ipv4.conf.cw-ipip.rp_filter': '2' },
      ids: [],
    },
    'strict at run time, while the file says otherwise': {
      settings: { 'net.ipv4.conf.cw-ipip.rp_filter': '1' },
      seen: {
        settingFiles: {
          value: [{ path: '/usr/lib/sysctl.d/50-default.conf', text: 'net.ipv4.conf.*.rp_filter=2' }],
        },
      },
      ids: ['rp-filter-tunnel: fails'],
      text: /set at run time; \/usr\/lib\/sysctl\.d\/50-default\.conf, line 1 says 2/,
    },
    'strict for all, of which the pattern of a file makes an exception': {
      settings: { 'net.ipv4.conf.all.rp_filter': '1' },
      seen: {
        settingFiles: {
          value: [
            {
              path: '/usr/lib/sysctl.d/50-default.conf',
              text: 'net.ipv4.conf.*.rp_filter = 2\n-net.ipv4.conf.all.rp_filter\n',
            },
          ],
        },
      },
      ids: ['rp-filter-tunnel: fails'],
      text: /all\.rp_filter is 1, set at run time, by no file of sysctl\.d/,
    },
    'loose, but the tunnel device has no IPv4 address': {
      survey: { addresses: survey.addresses.slice(0, 1) },
      settings: { 'net.ipv4.conf.cw-ipip.rp_filter': '2' },
      ids: ['rp-filter-tunnel: fails'],
      text: /has no IPv4 address.*\nip address add 169\.254\.74\.78\/32 dev cw-ipip scope link/,
    },
    'loose, but no route leads to clients': {
      survey: { clients: {} },
      settings: { 'net.ipv4.conf.cw-ipip.rp_filter': '2' },
      ids: ['route-client: fails'],
    },
    'reverse path of the underlay leaves by another interface': {
      survey: { ways: new Map([...survey.ways, ['10.2.0.1', way('eth1')]]), strict: new Set(['eth0']) },
      settings: { 'net.ipv4.conf.eth0.rp_filter': '1' },
      ids: ['rp-filter-underlay: fails'],
      text: /lon-d \(10\.2\.0\.1\) send arrives by eth0, the way back leaves by eth1.*\nsysctl -w net\.ipv4\.conf\.eth0\.rp_filter=2/,
    },
    'no route back to a director': {
      survey: { ways: new Map([...survey.ways, ['10.2.0.1', undefined]]) },
      ids: ['route-peer: fails'],
    },
    'its device is in a VRF, which others may need': {
      survey: {
        links: [{ ...eth0, master: 'blue' }, { ...eth0, name: 'blue', kind: 'vrf' }, ours],
      },
      ids: ['vrf: fails'],
      text: /take the device out of it \(ip link set eth0 nomaster\), or give Causeway an address on another/,
      mends: [],
    },
    'a VIP on the card': {
      survey: { addresses: [...survey.addresses, { link: 'eth0', address: '192.0.2.10', prefixLength: 32 }] },
      ids: ['vip-place: fails'],
      text: /ip address delete 192\.0\.2\.10\/32 dev eth0/,
      mends: ['ip address delete 192.0.2.10/32 dev eth0'],
    },
    'a VIP on the card, with a network in which other addresses may stand behind it': {
      survey: { addresses: [...survey.addresses, { link: 'eth0', address: '192.0.2.10', prefixLength: 24 }] },
      ids: ['vip-place: fails'],
      text: /take it away \(ip address delete 192\.0\.2\.10\/24 dev eth0\).* takes the other addresses of its network along/,
      mends: [],
    },
    'it answers ARP for VIPs on the director’s link': {
      settings: { 'net.ipv4.conf.eth0.arp_ignore': '0' },
      ids: ['arp: fails'],
      text: /sysctl -w net\.ipv4\.conf\.eth0\.arp_ignore=1/,
    },
    'tunl0 open to anybody': {
      survey: { links: [eth0, ours, { ...tunl0, name: 'gre7', kind: 'gre' }] },
      ids: ['tunnel-open: warns'],
      text: /gre7 \(gre\) decapsulates what anybody sends: set it down if nobody needs it \(ip link set gre7 down\)/,
      mends: [],
    },
    'tunl0 open to anybody, and ours would take its packets': {
      survey: { links: [eth0, ours, tunl0] },
      ids: ['tunnel-rival: fails', 'tunnel-open: warns'],
      text: /cw-ipip takes its packets; the agent puts one device for each director in its place/,
      mends: ['systemctl restart causeway-realserver'],
    },
    'another tunnel takes what directors send': {
      survey: { links: [eth0, ours, { ...tunl0, name: 'far', remote: '10.1.0.1' }] },
      ids: ['tunnel-rival: fails'],
      mends: [],
    },
    'our tunnel device is down': {
      survey: { links: [eth0, { ...ours, up: false }] },
      ids: ['kernel-tunnel: fails'],
      text: /cw-ipip is down.*\nip link set cw-ipip up/,
    },
    'our table was flushed': {
      seen: { tables: { value: [] } },
      ids: ['tunnel-open: warns'],
      text: /causeway_realserver is gone/,
    },
    'nft drops protocol 4 as it comes in': {
      survey: {
        filters: { chains: nft(chain('input'), rule('input', match({ meta: { key: 'l4proto' } }, 4), drop)) },
      },
      ids: ['filter-input: fails'],
      text: /nft insert rule inet fw input ip saddr 10\.1\.0\.1 meta l4proto 4 accept/,
    },
    'nft drops protocol 4 in forward, on a host that forwards': {
      survey: {
        filters: {
          chains: nft(chain('forward'), rule('forward', match({ meta: { key: 'l4proto' } }, 4), drop)),
        },
      },
      settings: { 'net.ipv4.ip_forward': '1' },
      ids: ['filter-forward: warns'],
      text: /where tunnels of directors pass here, let them through \(nft insert rule inet fw forward meta l4proto '\{ 4 \}' accept\)/,
      mends: [],
    },
    'nft drops protocol 4 in forward, on a host that does not': {
      survey: {
        filters: {
          chains: nft(chain('forward'), rule('forward', match({ meta: { key: 'l4proto' } }, 4), drop)),
        },
      },
      settings: { 'net.ipv4.ip_forward': '0' },
      ids: [],
    },
    'replies from the VIP may not leave': {
      survey: {
        filters: {
          chains: nft(
            chain('output'),
            rule('output', match({ payload: { protocol: 'ip', field: 'saddr' } }, '192.0.2.10'), drop),
          ),
        },
      },
      ids: ['filter-output: fails'],
      text: /nft insert rule inet fw output ip saddr 192\.0\.2\.10 accept/,
    },
    'iptables drops invalid state, which replies are not': {
      survey: { filters: { chains: saved('-A OUTPUT -m conntrack --ctstate INVALID -j DROP') } },
      ids: [],
    },
    'a rule plays the part of rp_filter': {
      survey: {
        filters: {
          chains: nft(
            chain('prerouting'),
            rule('prerouting', match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false), drop),
          ),
        },
      },
      ids: ['filter-reverse-path: warns'],
    },
    'legacy rules plays the part of rp_filter': {
      survey: { filters: { chains: saved('-A INPUT -m rpfilter --invert -j DROP') } },
      ids: ['filter-reverse-path: warns'],
    },
    'rules are too many to be read': {
      survey: { filters: { chains: [], unread: 'they are too many to be judged' } },
      ids: ['filter-unread: unknown'],
    },
    'connection tracking nearly full': {
      settings: { 'net.netfilter.nf_conntrack_count': '850', 'net.netfilter.nf_conntrack_max': '1000' },
      ids: ['conntrack: warns'],
      text: /sysctl -w net\.netfilter\.nf_conntrack_max=2000/,
    },
    'connection tracking full': {
      settings: { 'net.netfilter.nf_conntrack_count': '1000', 'net.netfilter.nf_conntrack_max': '1000' },
      ids: ['conntrack: fails'],
    },
    'no module for the tunnel': {
      seen: { modules: { value: new Map<string, ModuleState>([['ipip', 'missing']]) } },
      ids: ['kernel-tunnel: fails'],
      text: /no module ipip: install the kernel package that carries it/,
      mends: [],
    },
    'no program nft': {
      seen: { hasNft: { value: false } },
      ids: ['kernel-nft: fails'],
      text: /apt-get install -y nftables/,
    },
    'a module that the kernel loads when asked': {
      seen: { modules: { value: new Map<string, ModuleState>([['ipip', 'available']]) } },
      ids: [],
    },
    Azure: { seen: { provider: { value: 'azure' } }, ids: ['cloud: fails'] },
    AWS: { seen: { provider: { value: 'aws' } }, ids: ['cloud: warns'], text: /--no-source-dest-check/ },
    'Google Cloud': { seen: { provider: { value: 'gcp' } }, ids: ['cloud: warns'], text: /can_ip_forward/ },
    'a clock an hour ahead': {
      seen: { coordinators: { value: [{ endpoint: '10.1.0.9:7400', aheadMs: 3_600_000 }] } },
      ids: ['clock: warns'],
      text: /3600 s ahead/,
    },
    'no coordinator is reached, but the host knows what to do': {
      seen: { coordinators: { value: [{ endpoint: '10.1.0.9:7400', problem: 'connection refused' }] } },
      ids: ['coordinator: warns', 'clock: unknown'],
      text: /nc -vz 10\.1\.0\.9 7400/,
    },
    'its program does not run': {
      seen: { program: { value: { absent: 'connection refused' } } },
      ids: ['agent: warns'],
      text: /systemctl restart causeway-realserver/,
    },
    'no interface has its address': {
      survey: { addresses: [] },
      ids: ['address: fails'],
    },
    'devices could not be read': {
      seen: { survey: { unseen: 'netlink is forbidden' } },
      ids: ['host-survey: unknown'],
      text: /netlink is forbidden/,
    },
    'not root': {
      seen: { tables: { unseen: 'nftables does not tell: run as root (CAP_NET_ADMIN)' } },
      ids: ['filter-unread: unknown'],
      text: /sudo causeway doctor/,
    },
  };

  test.each(Object.entries(rows))('%s', (_, row) => {
    const settings = new Map(Object.entries({ ...quiet, ...row.settings }));
    const seen = examination({ ...survey, ...row.survey }, { settings, ...row.seen });
    const { ids, text, mends } = told(subject, seen);
    expect(ids).toEqual(row.ids);
    if (row.mends !== undefined) expect(mends).toEqual(row.mends);
    if (row.text !== undefined) expect(text).toMatch(new RegExp(row.text.source, 's'));
  });

  test('datagrams that do not fit are told with their number', () => {
    const ports = [{ protocol: 'udp' as const, port: 53, targetPort: 53 }];
    const content = realServerContent(
      world({ services: [service({ forwarding: 'tunnel', ports })] }),
      realServer('fra-1'),
    );
    const seen = examination(survey, { settings: new Map(Object.entries(quiet)) });
    const of = { ...subject, snapshot: { value: content } };
    expect(told(of, seen).text).toMatch(/above 1452 bytes do not fit .* MTU of 1500/);
    expect(told(of, seen).ids).toEqual(['mtu: warns']);
    const wide = { ...survey, links: [{ ...eth0, mtu: 1_520 }, ours] };
    expect(told(of, { ...seen, survey: { value: wide } }).ids).toEqual([]);
    const narrow = { ...of, tunnelMtuBytes: 1_380 };
    expect(told(narrow, seen).text).toMatch(
      /above 1352 bytes do not fit .*, which carries 1380 on its way here/,
    );
    expect(told(narrow, { ...seen, survey: { value: wide } }).ids).toEqual(['mtu: warns']);
    expect(told({ ...of, tunnelMtuBytes: 1_480 }, seen).text).toMatch(/above 1452 .* MTU of 1500/);
  });

  test.each<[string, Partial<HostSurvey>, readonly string[]]>([
    ['only IPv6', {}, []],
    [
      'IPv4 as well',
      { addresses: [{ link: 'cw-ip6tnl', address: '192.0.2.10', prefixLength: 32 }] },
      ['rp-filter-tunnel: fails'],
    ],
  ])(
    'a reverse path filter of IPv4 is no matter of a tunnel device of both families that carries %s',
    (_, more, ids) => {
      const device: SurveyedLink = { ...ours, name: 'cw-ip6tnl', kind: 'ip6tnl' };
      const addresses = [...survey.addresses.slice(0, 1), ...(more.addresses ?? [])];
      const seen = examination(
        { ...survey, links: [eth0, device], addresses },
        { settings: new Map([['net.ipv4.conf.all.rp_filter', '1']]) },
      );
      const found = told({ ...subject, snapshot: { value: undefined } }, seen).ids;
      expect(found.filter((id) => id !== 'configuration: unknown')).toEqual(ids);
    },
  );

  test('Azure carries GUE, which is UDP', () => {
    const of = { ...subject, snapshot: { value: { ...snapshot, tunnel: 'gue' as const } } };
    const seen = examination(survey, {
      settings: new Map(Object.entries(quiet)),
      provider: { value: 'azure' },
    });
    const { ids, text } = told(of, seen);
    expect(ids).toEqual(['cloud: warns']);
    expect(text).toMatch(/let in UDP port 6080/);
    expect(isFailing(diagnose(of, seen))).toBe(false);
  });

  test('what nobody has told it yet is unknown, and without a coordinator it fails', () => {
    const fresh = { ...subject, snapshot: { value: undefined } };
    const seen = examination(survey);
    expect(told(fresh, seen).ids).toEqual(['configuration: unknown']);
    const alone = examination(survey, {
      coordinators: { value: [{ endpoint: '10.1.0.9:7400', problem: 'no answer', aheadMs: 0 }] },
    });
    expect(told(fresh, alone).ids).toEqual(['coordinator: fails', 'configuration: unknown']);
    expect(isFailing(diagnose(fresh, alone))).toBe(true);
  });
});
