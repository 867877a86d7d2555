/** From what was found on a host to what it means: every rule, in one order. Pure. */
import { familyOf } from '../../domain/address.ts';
import {
  type Finding,
  type FindingId,
  findingKinds,
  findingLevels,
  findingOf,
  type HostTrouble,
} from '../../domain/finding.ts';
import type { HostExamination } from '../../domain/host-examination.ts';
import type { HostSurvey } from '../../domain/host-survey.ts';
import { directorChecks } from '../director-check.ts';
import { realServerChecks } from '../real-server-check.ts';
import { ofFamily, vipsOf } from '../vips.ts';
import {
  filtersTroubles,
  forwardFilterTroubles,
  laterSegmentTroubles,
  reversePathRuleTroubles,
} from './filter-rules.ts';
import {
  coordinatorTroubles,
  moduleTroubles,
  nftProgramTroubles,
  programTroubles,
  providerTroubles,
  unseen,
} from './host-rules.ts';
import {
  arpTroubles,
  conntrackTroubles,
  forwardingTroubles,
  tunnelFilterTroubles,
  underlayFilterTroubles,
} from './setting-rules.ts';
import { contentOf, type DirectorSubject, type RealServerSubject, type Subject } from './subject.ts';
import { mtuTroubles, narrowLinkTroubles, openTunnelTroubles, rivalTroubles } from './tunnel-rules.ts';

const everybody: readonly FindingId[] = ['coordinator', 'clock', 'agent'];
const ofAgents: readonly FindingId[] = [
  ...(['configuration', 'kernel-nft', 'address', 'vrf', 'ipv6', 'route-peer', 'vip-place'] as const),
  ...(['rp-filter-underlay', 'filter-input', 'filter-output', 'filter-forward', 'filter-unread'] as const),
  ...(['tunnel-open', 'conntrack', 'cloud', 'mtu', 'host-survey', 'route-client'] as const),
];
const asked: Readonly<Record<Subject['role'], readonly FindingId[]>> = {
  director: [
    ...everybody,
    ...ofAgents,
    ...(['kernel-ipvs', 'route-source', 'forwarding', 'filter-not-syn', 'peer-path'] as const),
  ],
  realserver: [
    ...everybody,
    ...ofAgents,
    ...(['kernel-tunnel', 'rp-filter-tunnel', 'arp', 'tunnel-rival', 'filter-reverse-path'] as const),
  ],
  coordinator: ['agent'],
};

/** What no rule can judge without a snapshot, and without the network. */
const ofSnapshot: readonly FindingId[] = [
  ...([
    'ipv6',
    'route-peer',
    'route-client',
    'route-source',
    'vip-place',
    'forwarding',
    'arp',
    'mtu',
  ] as const),
  ...([
    'rp-filter-underlay',
    'filter-input',
    'filter-output',
    'filter-not-syn',
    'filter-reverse-path',
  ] as const),
  ...(['tunnel-rival', 'peer-path'] as const),
];
const ofNetwork: readonly FindingId[] = [
  ...ofSnapshot,
  ...(['address', 'vrf', 'rp-filter-tunnel', 'filter-forward', 'tunnel-open'] as const),
];

/** Those that fail first; what was asked and is well stands last, each as one finding `ok`. */
export function diagnose(subject: Subject, seen: HostExamination): Finding[] {
  const found = dedupe(troublesOf(subject, seen)).map(findingOf);
  const unasked = new Set<string>([...found.map(({ id }) => id), ...unjudged(subject, seen)]);
  const well = asked[subject.role]
    .filter((id) => !unasked.has(id))
    .map((id): Finding => ({ id, level: 'ok', what: findingKinds[id].about, why: findingKinds[id].why }));
  return [...found, ...well].toSorted(
    (a, b) => findingLevels.indexOf(a.level) - findingLevels.indexOf(b.level),
  );
}

/** What is not told as well because something else, that is told as unknown, kept it from being looked at. */
function unjudged(subject: Subject, seen: HostExamination): readonly FindingId[] {
  if (subject.role === 'coordinator') return [];
  const filters = asked[subject.role].filter((id) => id.startsWith('filter-'));
  return [
    ...(contentOf<unknown>(subject) === undefined ? ofSnapshot : []),
    ...('unseen' in seen.survey || subject.address === undefined ? ofNetwork : []),
    ...('unseen' in seen.tables ? [...filters, 'tunnel-open' as const] : []),
    ...('value' in seen.coordinators && seen.coordinators.value.length === 0
      ? (['coordinator', 'clock'] as const)
      : []),
    ...('unseen' in seen.program || seen.program.value.paths === undefined ? ['peer-path' as const] : []),
  ];
}

/** Exit status 1: traffic of clients would not get through. */
export function isFailing(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === 'fails');
}

function dedupe(troubles: readonly HostTrouble[]): HostTrouble[] {
  return [...new Map(troubles.map((one) => [`${one.id} ${one.what}`, one])).values()];
}

function troublesOf(subject: Subject, seen: HostExamination): HostTrouble[] {
  const { role } = subject;
  if (role === 'coordinator') return programTroubles(subject, seen);
  const isNew = contentOf<unknown>(subject) === undefined;
  return [
    ...configurationTroubles(subject),
    ...moduleTroubles(seen),
    ...nftProgramTroubles(seen),
    ...('unseen' in seen.survey
      ? [unseen('host-survey', seen.survey.unseen)]
      : networkTroubles(subject, seen, seen.survey.value)),
    ...conntrackTroubles(seen),
    ...providerTroubles(subject, seen),
    ...coordinatorTroubles(seen, isNew),
    ...programTroubles(subject, seen),
  ];
}

function configurationTroubles(subject: DirectorSubject | RealServerSubject): HostTrouble[] {
  const { snapshot, address } = subject;
  if (address === undefined)
    return [
      {
        ...unseen('configuration', ''),
        what: 'no configuration of this host was found: its address, VIPs and peers are not known',
      },
    ];
  if ('unseen' in snapshot) return [unseen('configuration', snapshot.unseen)];
  if (snapshot.value !== undefined) return [];
  return [
    {
      ...unseen('configuration', ''),
      what: 'no coordinator has told this host yet what it is to do: its VIPs and peers are not known',
    },
  ];
}

function networkTroubles(
  subject: DirectorSubject | RealServerSubject,
  seen: HostExamination,
  survey: HostSurvey,
): HostTrouble[] {
  const isPermitted = !('unseen' in seen.tables);
  const filters = (isPermitted ? survey.filters : undefined) ?? { chains: [] };
  const judged: HostSurvey = { ...survey, filters };
  const { address } = subject;
  const link = survey.addresses.find((one) => one.address === address)?.link;
  const general = [
    ...openTunnelTroubles(survey, seen.tables),
    ...filtersTroubles(survey, isPermitted),
    ...forwardFilterTroubles(seen, filters),
    ...(subject.role === 'director' ? laterSegmentTroubles(subject, seen, filters) : []),
    ...(subject.role === 'realserver'
      ? [...tunnelFilterTroubles(seen, survey), ...reversePathRuleTroubles(subject, filters)]
      : []),
  ];
  if (address === undefined) return general;
  if (link === undefined)
    return [
      {
        id: 'address',
        what: `no interface of this host has its address ${address}`,
        remedy: '; set address (--address) to one that it has',
        mend: 'ip -brief address',
      },
      ...general,
    ];
  return [
    ...(subject.role === 'director'
      ? ofDirector(subject, seen, judged, link)
      : ofRealServer(subject, seen, judged, link)),
    ...general,
  ];
}

function ofDirector(
  subject: DirectorSubject,
  seen: HostExamination,
  survey: HostSurvey,
  link: string,
): HostTrouble[] {
  const content = contentOf(subject);
  const { address = '' } = subject;
  if (content === undefined) return narrowLinkTroubles(survey, link);
  const vips = ofFamily(vipsOf(content), 'ipv4').map((vip) => ({ name: 'VIP', address: vip }));
  const isTunnelling = content.realServers.some(({ forwarding }) => forwarding === 'tunnel');
  return [
    ...directorChecks(content, { address, link, survey, ways: survey.ways }),
    // Real servers answer probes from the VIP.
    ...underlayFilterTroubles(seen, survey, link, vips),
    ...forwardingTroubles(seen, subject),
    ...(isTunnelling ? narrowLinkTroubles(survey, link) : []),
  ];
}

function ofRealServer(
  subject: RealServerSubject,
  seen: HostExamination,
  survey: HostSurvey,
  link: string,
): HostTrouble[] {
  const content = contentOf(subject);
  const { address = '' } = subject;
  if (content === undefined) return [];
  const senders = content.directors.filter((one) => familyOf(one.address) === familyOf(address));
  return [
    ...realServerChecks(content, survey, { address, link, ipv6: survey.ipv6 }),
    ...underlayFilterTroubles(seen, survey, link, senders),
    ...arpTroubles(seen, subject, survey, link),
    ...rivalTroubles(subject, survey, link),
    ...mtuTroubles(subject, survey, link),
  ];
}
