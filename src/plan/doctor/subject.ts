/** Whose host is examined, as what, and what must be asked there to judge it. Pure. */
import { familyOf } from '../../domain/address.ts';
import type { ExaminationQuestion, Seen } from '../../domain/host-examination.ts';
import { bearsPort, factsOf, type TunnelType, tunnelTypeNames } from '../../domain/tunnel.ts';
import type { DirectorContent, RealServerContent } from '../snapshots.ts';
import { tunnelDevices } from '../tunnel-device.ts';
import { ofFamily, vipsOf } from '../vips.ts';

interface AnySubject {
  /** DIP, RIP; undefined: no configuration says. */
  readonly address: string | undefined;
}

export interface DirectorSubject extends AnySubject {
  readonly role: 'director';
  /** What it is told to do; `value: undefined`: nothing yet. */
  readonly snapshot: Seen<DirectorContent | undefined>;
}

export interface RealServerSubject extends AnySubject {
  readonly role: 'realserver';
  readonly dedicated: boolean;
  /** The largest packet that gets here through the tunnel, as directors measured it, bytes; absent: it is not known here. */
  readonly tunnelMtuBytes?: number;
  readonly snapshot: Seen<RealServerContent | undefined>;
}

export interface CoordinatorSubject {
  readonly role: 'coordinator';
}

export type Subject = DirectorSubject | RealServerSubject | CoordinatorSubject;

/** Ways are one small question each: a host has few ways, and many peers stand behind each. */
const waysAsked = 64;
const nearSettings = ['rp_filter', 'arp_ignore', 'arp_announce'] as const;
const always = [
  'net.ipv4.ip_forward',
  'net.ipv4.vs.conntrack',
  'net.netfilter.nf_conntrack_count',
  'net.netfilter.nf_conntrack_max',
  'net.netfilter.nf_conntrack_tcp_loose',
];

/** `links`: names of the devices that are there. */
export function questionFor(subject: Subject, links: readonly string[]): ExaminationQuestion {
  return {
    ways: waysOf(subject),
    settings: [
      ...always,
      ...['all', ...links].flatMap((link) => nearSettings.map((setting) => ipv4Setting(link, setting))),
    ],
    modules: modulesOf(subject),
  };
}

/** In a dotted name, `/` stands for the dot of an interface such as eth0.100. */
export function ipv4Setting(link: string, setting: string): string {
  return `net.ipv4.conf.${link.replaceAll('.', '/')}.${setting}`;
}

/** The snapshot in force, where there is one. */
export function contentOf<T>({ snapshot }: { readonly snapshot: Seen<T | undefined> }): T | undefined {
  return 'value' in snapshot ? snapshot.value : undefined;
}

function waysOf(subject: Subject): ExaminationQuestion['ways'] {
  if (subject.role === 'coordinator') return [];
  if (subject.role === 'realserver')
    return (contentOf(subject)?.directors ?? []).slice(0, waysAsked).map(({ address: to }) => ({ to }));
  const content = contentOf(subject);
  if (content === undefined) return [];
  const { address } = subject;
  const vips = vipsOf(content).slice(0, waysAsked);
  const servers = new Set(content.realServers.map((one) => one.address));
  return [
    // A probe has its source before it has its way; what IPVS encapsulates is given one by its way.
    ...vips.map((to) =>
      address !== undefined && familyOf(to) === familyOf(address) ? { to, from: address } : { to },
    ),
    ...[...servers].slice(0, waysAsked).map((to) => ({ to })),
  ];
}

function modulesOf(subject: Subject): string[] {
  if (subject.role === 'coordinator') return [];
  if (subject.role === 'director') {
    const schedulers = (contentOf(subject)?.services ?? []).map(({ scheduler }) => `ip_vs_${scheduler}`);
    return ['nf_tables', 'ip_vs', ...new Set(schedulers)];
  }
  const types = tunnelsOf(subject);
  const gue = contentOf(subject) !== undefined && types.some(bearsPort) ? ['fou'] : [];
  return ['nf_tables', ...gue, ...new Set(types.flatMap((type) => devicesFor(subject, type)))];
}

/** Without a snapshot, those that a site may ask for. */
function tunnelsOf(subject: RealServerSubject): readonly TunnelType[] {
  const content = contentOf(subject);
  return content === undefined ? tunnelTypeNames : [content.tunnel, ...(content.alsoTunnels ?? [])];
}

function devicesFor(subject: RealServerSubject, type: TunnelType): string[] {
  const content = contentOf(subject);
  const vips = content === undefined ? [] : vipsOf(content);
  const families = (['ipv4', 'ipv6'] as const).filter(
    (family) => (content === undefined && family === 'ipv4') || ofFamily(vips, family).length > 0,
  );
  return tunnelDevices(type, subject.address ?? '0.0.0.0', families).map(
    ({ link }) => factsOf(link.type).module,
  );
}
