/** What on a director's host would make an applied snapshot carry nothing, in sentences that say what to do. Pure. */
import { familyOf } from '../domain/address.ts';
import type { HostTrouble } from '../domain/finding.ts';
import type { HostSurvey, Way } from '../domain/host-survey.ts';
import { named } from '../domain/named.ts';
import { isOwnDeviceName } from '../domain/tunnel.ts';
import { hostOf, placesSharing } from '../domain/vip-network.ts';
import { directorFilterTroubles } from './filter-check.ts';
import { ipv6Trouble, vrfTrouble } from './host-check.ts';
import { remembered } from './remembered.ts';
import type { DirectorContent } from './snapshots.ts';
import { vipsOf } from './vips.ts';

export interface DirectorView {
  /** DIP. */
  readonly address: string;
  /** The device that holds it. */
  readonly link: string;
  readonly survey: Pick<HostSurvey, 'links' | 'addresses' | 'ipv6' | 'filters'>;
  /** The ways that were asked for, by destination; undefined: there is none. */
  readonly ways: ReadonlyMap<string, Way | undefined>;
}

export function directorChecks(
  snapshot: Pick<DirectorContent, 'services' | 'realServers'>,
  view: DirectorView,
): HostTrouble[] {
  return [
    ...vrfTrouble(view.link, view.address, view.survey.links),
    ...ipv6Trouble(vipsOf(snapshot), view.survey.ipv6),
    ...vipTroubles(vipsOf(snapshot), view),
    ...networkTroubles(snapshot.services, view.survey.addresses),
    ...wayTroubles(snapshot.realServers, view),
    ...directorFilterTroubles(snapshot, view.survey.filters),
  ];
}

/** What this host itself sends to a VIP, its probes, must leave it. */
function vipTroubles(vips: readonly string[], { ways, address }: DirectorView): HostTrouble[] {
  const asked = vips.filter((vip) => ways.has(vip));
  const local = asked.filter((vip) => ways.get(vip)?.isLocal === true);
  const lost = asked.filter((vip) => ways.get(vip) === undefined);
  const troubles: HostTrouble[] = [];
  if (local.length > 0)
    troubles.push({
      id: 'vip-place',
      what: `this host takes ${named(local)} for its own, so its probes never leave and all is held or down`,
      remedy:
        ': another rule or a wider ' +
        `local route claims it; see (ip route get ${local[0]} from ${address}) and (ip route show table all type local), and take it away`,
    });
  if (lost.length > 0)
    troubles.push({
      id: 'route-client',
      what: `this host has no route to ${named(lost)}, so its probes cannot leave`,
      remedy: ': IPVS needs one, wherever it leads; give the host a default route',
    });
  return troubles;
}

const networksSharing = remembered((services: DirectorContent['services']) =>
  placesSharing(services.flatMap(({ networks = [] }) => networks.map((one) => [one, one] as const))),
);

/** What comes to a VIP but for its services is dropped, and so what comes to an address of this host's within its network. */
function networkTroubles(
  services: DirectorContent['services'],
  addresses: HostSurvey['addresses'],
): HostTrouble[] {
  const sharing = networksSharing(services);
  const within = addresses.flatMap(({ address, link }) => {
    const [network] = link === 'lo' || isOwnDeviceName(link) ? [] : sharing(address);
    // That one is the VIP itself.
    return network === undefined || hostOf(network) === address ? [] : [{ address, link, network }];
  });
  // A few show where the mistake is.
  return within.slice(0, 3).map(({ address, link, network }) => ({
    id: 'vip-place',
    what: `the address ${address} on ${link} of this host is within the VIP ${network}: what comes for it but for services and ICMP is dropped`,
    remedy: '; reach this host by another one, or give the service a network without it',
  }));
}

function wayTroubles(
  realServers: DirectorContent['realServers'],
  { ways, address }: DirectorView,
): HostTrouble[] {
  const asked = realServers.filter((one) => ways.has(one.address));
  const lost = asked.filter((one) => ways.get(one.address) === undefined);
  const own = asked.filter((one) => ways.get(one.address)?.isLocal === true);
  // Real servers let in what the director's registered address sent, and nothing else.
  const foreign = asked.filter((one) => {
    const source = ways.get(one.address)?.source;
    const isSameFamily = familyOf(one.address) === familyOf(address);
    const isOther = source !== undefined && source !== address && !own.includes(one);
    return one.forwarding === 'tunnel' && isSameFamily && isOther;
  });
  const troubles: HostTrouble[] = [];
  const names = (list: typeof asked) => named(list.map(({ name, address: to }) => `${name} (${to})`));
  if (lost.length > 0)
    troubles.push({
      id: 'route-peer',
      what: `this host has no route to ${names(lost)}`,
      remedy: ': nothing can be sent there',
    });
  if (own.length > 0)
    troubles.push({
      id: 'address',
      what: `${names(own)} is this very host`,
      remedy:
        ': a director cannot be its own real server; have the service select others, or run the ' +
        'two on hosts of their own',
    });
  const [first] = foreign;
  if (first !== undefined)
    troubles.push({
      id: 'route-source',
      what:
        `tunnelled packets to ${names(foreign)} leave from ${ways.get(first.address)?.source}, while ` +
        `real servers let in ${address} alone and drop them`,
      remedy:
        ': set address (--address) to the one that the kernel chooses, or the ' +
        `route's source to ${address} (ip route change … src ${address})`,
    });
  return troubles;
}
