// What is cut off from what: packets between the two are lost in a router on the way, without a word to anybody.
import { CausewayError } from '../domain/error.ts';
import type { CutFault } from './scenario-schema.ts';
import { type Host, routerOf, type Topology } from './topology.ts';

/** Packets from there to there are lost. Each is a site or a host. */
export interface Cut {
  readonly from: string;
  readonly to: string;
}

/** One routing rule: `ip rule add SELECTOR blackhole` in that namespace. */
export interface Blackhole {
  readonly namespace: string;
  readonly selector: string;
}

type Hosts = Pick<Topology, 'hosts'>;

/** `leader`: the name of the coordinator that leads now; undefined: nobody does. Throws `not-found` where nobody is whom it names. */
export function cutsOf(
  { between: [one, other], oneWay }: CutFault,
  { hosts }: Hosts,
  leader: string | undefined,
): Cut[] {
  const sites = [...new Set(hosts.map(({ site }) => site))];
  const placesOf = (word: string, opposite: string): string[] => {
    if (word === 'leader') return leader === undefined ? [] : [leader];
    if (word === 'coordinators' || word === 'etcd')
      return hosts
        .filter(({ role }) => role === (word === 'etcd' ? 'etcd' : 'coordinator'))
        .map(({ name }) => name);
    if (word !== 'others') return [word];
    const own = placesOf(opposite, word).map((place) => siteOf(place, hosts));
    return sites.filter((site) => !own.includes(site));
  };
  const pairs = placesOf(one, other).flatMap((from) =>
    placesOf(other, one)
      .filter((to) => to !== from)
      .map((to) => ({ from, to })),
  );
  if (pairs.length === 0)
    throw new CausewayError({
      code: 'not-found',
      operation: 'cut the lab',
      subject: `${one} and ${other}`,
      message: 'there is nobody to be cut off from anybody now',
    });
  return oneWay
    ? pairs
    : pairs.flatMap(({ from, to }) => [
        { from, to },
        { from: to, to: from },
      ]);
}

/**
 * Between sites it is all that one router gets from the other, whatever its addresses; from or to a host, what bears the underlay addresses
 * of both. Throws `unsupported` for hosts on one link, which no router is between.
 */
export function blackholeOf({ from, to }: Cut, { hosts }: Hosts): Blackhole {
  const ends = [from, to].map((name) => hosts.find((host) => host.name === name));
  const [sender, receiver] = ends;
  if (sender === undefined && receiver === undefined)
    return { namespace: routerOf(to), selector: `iif wan-${from}` };
  if (sender !== undefined && receiver !== undefined && sender.gateway === receiver.gateway)
    throw new CausewayError({
      code: 'unsupported',
      operation: 'cut the lab',
      subject: `${from} and ${to}`,
      message: 'they share a link, and no router is between them',
    });
  return {
    namespace: routerOf((sender ?? receiver)?.site ?? ''),
    selector: `from ${networkOf(from, sender, hosts)} to ${networkOf(to, receiver, hosts)}`,
  };
}

/** Whether packets of two hosts get through, both ways. */
export function reach(one: Host, other: Host, cuts: readonly Cut[]): boolean {
  const isLost = (sender: Host, receiver: Host): boolean =>
    cuts.some(
      ({ from, to }) =>
        (from === sender.name || from === sender.site) && (to === receiver.name || to === receiver.site),
    );
  return !isLost(one, other) && !isLost(other, one);
}

function siteOf(place: string, hosts: readonly Host[]): string {
  return hosts.find(({ name }) => name === place)?.site ?? place;
}

/** `10.1.201.2`, or of a site `10.1.0.0/16`. */
function networkOf(place: string, host: Host | undefined, hosts: readonly Host[]): string {
  if (host !== undefined) return host.address;
  const [first = ''] = hosts.filter(({ site }) => site === place).map(({ address }) => address);
  return `${first.split('.').slice(0, 2).join('.')}.0.0/16`;
}
