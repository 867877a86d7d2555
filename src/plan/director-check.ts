/** What on a director's host would make an applied snapshot carry nothing, in sentences that say what to do. Pure. */
import { familyOf } from '../domain/address.ts';
import type { HostSurvey, Way } from '../domain/host-survey.ts';
import { directorFilterTroubles } from './filter-check.ts';
import { vrfTrouble } from './host-check.ts';
import { named } from './named.ts';
import type { DirectorContent } from './snapshots.ts';
import { ofFamily, vipsOf } from './vips.ts';

export interface DirectorView {
  /** DIP. */
  readonly address: string;
  /** The device that holds it. */
  readonly link: string;
  readonly survey: Pick<HostSurvey, 'links' | 'ipv6' | 'filters'>;
  /** The ways that were asked for, by destination; undefined: there is none. */
  readonly ways: ReadonlyMap<string, Way | undefined>;
}

export function directorChecks(
  snapshot: Pick<DirectorContent, 'services' | 'realServers'>,
  view: DirectorView,
): string[] {
  return [
    ...vrfTrouble(view.link, view.address, view.survey.links),
    ...ipv6Trouble(vipsOf(snapshot), view.survey),
    ...vipTroubles(vipsOf(snapshot), view),
    ...wayTroubles(snapshot.realServers, view),
    ...directorFilterTroubles(snapshot, view.survey.filters),
  ];
}

function ipv6Trouble(vips: readonly string[], { ipv6 }: DirectorView['survey']): string[] {
  const lost = ipv6 === 'off' ? ofFamily(vips, 'ipv6') : [];
  if (lost.length === 0) return [];
  return [
    `${named(lost)} cannot be served: IPv6 is off on this host; switch it on (sysctl net.ipv6.conf.all.disable_ipv6=0), or take ` +
      'the address out of the service',
  ];
}

/** What this host itself sends to a VIP, its probes, must leave it. */
function vipTroubles(vips: readonly string[], { ways, address }: DirectorView): string[] {
  const asked = vips.filter((vip) => ways.has(vip));
  const local = asked.filter((vip) => ways.get(vip)?.isLocal === true);
  const lost = asked.filter((vip) => ways.get(vip) === undefined);
  const troubles: string[] = [];
  if (local.length > 0)
    troubles.push(
      `this host takes ${named(local)} for its own, so its probes never leave and all is held or down: another rule or a wider ` +
        `local route claims it; see (ip route get ${local[0]} from ${address}) and (ip route show table all type local), and take it away`,
    );
  if (lost.length > 0)
    troubles.push(
      `this host has no route to ${named(lost)}, so its probes cannot leave: IPVS needs one, wherever it leads; give the host a default route`,
    );
  return troubles;
}

function wayTroubles(realServers: DirectorContent['realServers'], { ways, address }: DirectorView): string[] {
  const asked = realServers.filter((one) => ways.has(one.address));
  const lost = asked.filter((one) => ways.get(one.address) === undefined);
  const own = asked.filter((one) => ways.get(one.address)?.isLocal === true);
  // Real servers let in what the director's registered address sent, and nothing else.
  const foreign = asked.filter(({ address: to, forwarding }) => {
    const source = ways.get(to)?.source;
    const isSameFamily = familyOf(to) === familyOf(address);
    return forwarding === 'tunnel' && isSameFamily && source !== undefined && source !== address;
  });
  const troubles: string[] = [];
  const names = (list: typeof asked) => named(list.map(({ name, address: to }) => `${name} (${to})`));
  if (lost.length > 0) troubles.push(`this host has no route to ${names(lost)}: nothing can be sent there`);
  if (own.length > 0)
    troubles.push(
      `${names(own)} is this very host: a director cannot be its own real server; have the service select others, or run the ` +
        'two on hosts of their own',
    );
  const [first] = foreign.filter((one) => !own.includes(one));
  if (first !== undefined)
    troubles.push(
      `tunnelled packets to ${names(foreign.filter((one) => !own.includes(one)))} leave from ${ways.get(first.address)?.source}, while ` +
        `real servers let in ${address} alone and drop them: set address (--address) to the one that the kernel chooses, or the ` +
        `route's source to ${address} (ip route change … src ${address})`,
    );
  return troubles;
}
