/** Others' rules that harm beside what the checks of a snapshot find: by the reverse path, in passing, by state. Pure. */
import type { HostTrouble } from '../../domain/finding.ts';
import type { HostExamination } from '../../domain/host-examination.ts';
import type { HostSurvey } from '../../domain/host-survey.ts';
import { named } from '../../domain/named.ts';
import type { ExpectedPacket, FilterChain, PacketFilters } from '../../domain/packet-filter.ts';
import { whereDropped } from '../packet-filter.ts';
import { ofFamily, vipsOf } from '../vips.ts';
import { contentOf, type DirectorSubject, type RealServerSubject } from './subject.ts';

const protocols = [
  { protocol: 4, family: 'ipv4', what: 'IPv4 in IPv4 (4)' },
  { protocol: 41, family: 'ipv4', what: 'IPv6 in IPv4 (41)' },
  { protocol: 47, family: 'ipv4', what: 'GRE (47)' },
] as const;

function whoseOf({ family, table, name, legacy }: FilterChain): string {
  return legacy === true
    ? `chain ${name} of table ${table} of ${family}tables-legacy`
    : `chain ${name} of nft's table ${family} ${table}`;
}

/** Only of a host that forwards at all. */
export function forwardFilterTroubles(
  { settings }: Pick<HostExamination, 'settings'>,
  { chains }: PacketFilters,
): HostTrouble[] {
  if (settings.get('net.ipv4.ip_forward') !== '1') return [];
  const dropped = protocols.flatMap(({ protocol, family, what }) => {
    const at = whereDropped(chains, { family, protocol, point: 'forward' });
    return at === undefined ? [] : [{ protocol, what, at }];
  });
  return [...Map.groupBy(dropped, ({ at: { chain } }) => chain)].map(([chain, lost]): HostTrouble => {
    const numbers = lost.map(({ protocol }) => protocol).join(', ');
    const opening =
      chain.legacy === true
        ? lost
            .map(
              ({ protocol }) =>
                `${chain.family}tables-legacy -t ${chain.table} -I ${chain.name} -p ${protocol} -j ACCEPT`,
            )
            .join(' && ')
        : `nft insert rule ${chain.family} ${chain.table} ${chain.name} meta l4proto '{ ${numbers} }' accept`;
    return {
      id: 'filter-forward',
      level: 'warns',
      what: `${whoseOf(chain)} drops ${named(lost.map(({ what }) => what))} that this host forwards for others`,
      // Where none pass, it would let through anybody's.
      remedy: `: where tunnels of directors pass here, let them through (${opening})`,
    };
  });
}

/** A table with such a rule drops clients that come out of the tunnel, whatever rp_filter says. */
export function reversePathRuleTroubles(
  subject: RealServerSubject,
  { chains }: PacketFilters,
): HostTrouble[] {
  const content = contentOf(subject);
  if (content === undefined || vipsOf(content).length === 0) return [];
  return chains
    .filter(({ rules }) =>
      rules.some(({ asksReversePath, verdict }) => asksReversePath === true && verdict.kind === 'drop'),
    )
    .map(
      (chain): HostTrouble => ({
        id: 'filter-reverse-path',
        level: 'warns',
        what: `${whoseOf(chain)} drops what a reply would not leave by: clients whose packets come out of a tunnel are among them`,
        remedy:
          ': take that rule away, or let in what comes by cw-* before it (firewalld: IPv6_rpfilter=no or loose in firewalld.conf)',
      }),
    );
}

/** How connection tracking has the later segments of what a director sends on: it has kept nothing of the first. */
export function laterSegmentTroubles(
  subject: DirectorSubject,
  { settings }: Pick<HostExamination, 'settings'>,
  { chains }: PacketFilters,
): HostTrouble[] {
  const content = contentOf(subject);
  // What IPVS translates is no stranger to connection tracking where it tells of it.
  const isTracked = settings.get('net.ipv4.vs.conntrack') === '1';
  const isLoose = settings.get('net.netfilter.nf_conntrack_tcp_loose') !== '0';
  const [vip] = ofFamily(vipsOf(content ?? { services: [] }), 'ipv4');
  const port = content?.services
    .flatMap(({ ports }) => ports)
    .find(({ protocol }) => protocol === 'tcp')?.port;
  const translated = (content?.realServers ?? []).filter(({ forwarding }) => forwarding === 'masquerade');
  const invalid = { family: 'ipv4', protocol: 6, state: 'invalid', syn: 'no' } as const;
  const asked: ExpectedPacket[] = [
    ...(isLoose || vip === undefined || port === undefined
      ? []
      : [{ ...invalid, destination: vip, destinationPort: port }]),
    ...translated
      .slice(0, isTracked ? 0 : 1)
      .map(({ address: source }) => ({ ...invalid, source, point: 'forward' as const })),
  ];
  return asked.flatMap((packet): HostTrouble[] => {
    const at = whereDropped(chains, packet);
    const isIn = packet.point === undefined;
    // What no rule lets in is told of the first segment already.
    if (at === undefined || (at.byPolicy && isIn)) return [];
    const mend = isIn ? { mend: 'sysctl -w net.netfilter.nf_conntrack_tcp_loose=1' } : {};
    return [
      {
        id: 'filter-not-syn',
        what: isIn
          ? `${whoseOf(at.chain)} drops what connection tracking takes for invalid, and with nf_conntrack_tcp_loose=0 that is all but the first segment of each client`
          : `${whoseOf(at.chain)} drops ${at.byPolicy ? 'by its policy ' : ''}what connection tracking takes for invalid, and replies of real servers (masquerade) are that`,
        remedy: isIn
          ? `; (${mend.mend}), or let in what is for the VIPs before that rule`
          : '; let through what comes from real servers before that',
        ...mend,
      },
    ];
  });
}

export function filtersTroubles(
  { filters }: Pick<HostSurvey, 'filters'>,
  isPermitted: boolean,
): HostTrouble[] {
  if (filters !== undefined && isPermitted) return [];
  return [
    {
      id: 'filter-unread',
      level: 'unknown',
      what: isPermitted
        ? "others' rules of nft and iptables could not be read in time"
        : "others' rules of nft and iptables could not be looked at: that needs CAP_NET_ADMIN",
      remedy: isPermitted ? '; see (nft list ruleset)' : '; run as root (sudo causeway doctor)',
      ...(isPermitted ? {} : { mend: 'sudo causeway doctor' }),
    },
  ];
}
