/** Kernel settings that drop, answer or keep back what they must not: rp_filter, ARP, forwarding, connection tracking. Pure. */
import { familyOf } from '../../domain/address.ts';
import type { HostTrouble } from '../../domain/finding.ts';
import type { HostExamination } from '../../domain/host-examination.ts';
import type { HostSurvey } from '../../domain/host-survey.ts';
import { named } from '../../domain/named.ts';
import { factsOf, isOwnDevice, linkTypeNames } from '../../domain/tunnel.ts';
import { realServerFacts } from '../real-server-facts.ts';
import { realServerHost } from '../real-server-host.ts';
import { sourceOf } from './setting-source.ts';
import { contentOf, type DirectorSubject, ipv4Setting, type RealServerSubject } from './subject.ts';

type Settings = Pick<HostExamination, 'settings' | 'settingFiles'>;

/** The greater of `all` and the device's own counts (ip-sysctl.rst). */
function effective({ settings }: Settings, link: string, setting: string): number {
  const value = (of: string) => Number(settings.get(ipv4Setting(of, setting)) ?? 0);
  return Math.max(value('all'), value(link));
}

/** Which of the two made it so, and who set that. */
function placeOf(seen: Settings, link: string, setting: string): string {
  const value = String(effective(seen, link, setting));
  const holder = seen.settings.get(ipv4Setting('all', setting)) === value ? 'all' : link;
  const name = ipv4Setting(holder, setting);
  return `${name} is ${value}, ${sourceOf(name, value, seen.settingFiles)}`;
}

const strict = 1;

function loosening(link: string): string {
  return `sysctl -w ${ipv4Setting(link, 'rp_filter')}=2`;
}

/** Devices of ours that the kernel filters by IPv4: some whatever they carry, others where they hold a VIP of it. */
export function tunnelFilterTroubles(
  seen: Settings,
  { links, addresses, clients }: HostSurvey,
): HostTrouble[] {
  const hasAddressOf = (name: string) =>
    addresses.some((one) => one.link === name && familyOf(one.address) === 'ipv4');
  const isFiltered = (name: string) =>
    linkTypeNames.some((type) => {
      const { protocols, filteredAsIpv4 } = factsOf(type);
      return (
        isOwnDevice(type, name) &&
        (filteredAsIpv4 || protocols.join() === '4' || (protocols.length > 0 && hasAddressOf(name)))
      );
    });
  return links
    .filter(({ name, up }) => up && isFiltered(name))
    .flatMap(({ name }): HostTrouble[] => {
      const troubles: HostTrouble[] = [];
      if (effective(seen, name, 'rp_filter') === strict) {
        const mend = loosening(name);
        troubles.push({
          id: 'rp-filter-tunnel',
          what: `the reverse path filter of ${name} is strict: ${placeOf(seen, name, 'rp_filter')}`,
          remedy: `; 2 on the device alone lets clients in (${mend})`,
          mend,
        });
      }
      if (!hasAddressOf(name) && effective(seen, name, 'rp_filter') > 0) {
        const mend = `ip address add 169.254.74.78/32 dev ${name} scope link`;
        troubles.push({
          id: 'rp-filter-tunnel',
          what: `${name} has no IPv4 address: a reverse path filter, also a loose one, drops all that comes out of it`,
          remedy: `; any address will do (${mend})`,
          mend,
        });
      }
      if (clients.ipv4 === undefined && effective(seen, name, 'rp_filter') > 0)
        troubles.push({
          id: 'route-client',
          what: 'this host has no route to clients (no default route): even a loose reverse path filter drops them, and nothing could be answered',
          remedy: '; give the host a default route',
        });
      return troubles;
    });
}

/** A peer's packets come in by the card with our address, and their reply would leave by another. */
export function underlayFilterTroubles(
  seen: Settings,
  { ways, links }: HostSurvey,
  link: string,
  peers: readonly { readonly name: string; readonly address: string }[],
): HostTrouble[] {
  if (!links.some(({ name }) => name === link) || effective(seen, link, 'rp_filter') !== strict) return [];
  const elsewhere = peers.filter(({ address }) => {
    const way = ways.get(address);
    return familyOf(address) === 'ipv4' && way !== undefined && !way.isLocal && way.link !== link;
  });
  const [first] = elsewhere;
  if (first === undefined) return [];
  const mend = loosening(link);
  return [
    {
      id: 'rp-filter-underlay',
      what:
        `what ${named(elsewhere.map(({ name, address }) => `${name} (${address})`))} send arrives by ${link}, the way back leaves by ` +
        `${ways.get(first.address)?.link}, and the filter of ${link} is strict: ${placeOf(seen, link, 'rp_filter')}`,
      remedy: `; make it loose (${mend}), or the way back the same`,
      mend,
    },
  ];
}

/** What the plan of a real server wants of ARP, and the host has not. */
export function arpTroubles(
  seen: Settings,
  subject: RealServerSubject,
  survey: HostSurvey,
  link: string,
): HostTrouble[] {
  const content = contentOf(subject);
  if (content === undefined || subject.address === undefined) return [];
  const { sysctls } = realServerHost(
    content,
    realServerFacts(survey, subject.address, link, subject.dedicated),
  );
  return sysctls.flatMap(({ name, value }): HostTrouble[] => {
    const [, device, setting] = /^net\.ipv4\.conf\.(.+)\.(arp_[a-z]+)$/.exec(name) ?? [];
    if (device === undefined || setting === undefined) return [];
    const at = device.replaceAll('/', '.');
    if (effective(seen, at, setting) >= Number(value)) return [];
    const mend = `sysctl -w ${name}=${value}`;
    return [
      {
        id: 'arp',
        what: `this host answers ARP on ${at} for VIPs that a director has on the same link: ${placeOf(seen, at, setting)}`,
        remedy: `; (${mend}) keeps it quiet`,
        mend,
      },
    ];
  });
}

export function forwardingTroubles(seen: Settings, subject: DirectorSubject): HostTrouble[] {
  const servers = contentOf(subject)?.realServers ?? [];
  const translated = servers.filter(
    ({ forwarding, address }) => forwarding === 'masquerade' && familyOf(address) === 'ipv4',
  );
  const name = 'net.ipv4.ip_forward';
  if (translated.length === 0 || seen.settings.get(name) !== '0') return [];
  const mend = `sysctl -w ${name}=1`;
  return [
    {
      id: 'forwarding',
      what:
        `replies of ${named(translated.map((one) => one.name))} (masquerade) pass through this host, which does not forward: ${name} is 0, ` +
        sourceOf(name, '0', seen.settingFiles),
      remedy: `; (${mend})`,
      mend,
    },
  ];
}

const nearlyFull = 0.8;

export function conntrackTroubles({ settings }: Settings): HostTrouble[] {
  const [count, most] = ['count', 'max'].map((one) =>
    Number(settings.get(`net.netfilter.nf_conntrack_${one}`) ?? 0),
  );
  if (count === undefined || most === undefined || most === 0 || count < nearlyFull * most) return [];
  const mend = `sysctl -w net.netfilter.nf_conntrack_max=${most * 2}`;
  return [
    {
      id: 'conntrack',
      level: count >= most ? 'fails' : 'warns',
      // Not to the entry: what is told each minute is to be the same as long as it is.
      what: `connection tracking has ${Math.floor((20 * count) / most) * 5} % or more of its ${most} entries in use`,
      remedy: `; give it more (${mend}, and in a file of /etc/sysctl.d), or have it leave the VIPs' packets alone`,
      mend,
    },
  ];
}
