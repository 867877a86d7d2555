/** What a real server wants of its host: VIPs that take tunnelled packets, replies that go straight back, and closed doors. */
import { compareAddresses, type Family, familyOf } from '../domain/address.ts';
import {
  emptyHostState,
  type HostState,
  type InterfaceAddress,
  type Link,
  type NftTable,
  type Route,
  type Rule,
  type Sysctl,
} from '../domain/host-state.ts';
import type { TunnelType } from '../domain/ipvs-table.ts';
import { compareText } from './order.ts';
import type { RealServerContent } from './snapshots.ts';
import { mssThrough, type TunnelDevice, tunnelDevices } from './tunnel-device.ts';
import { hostPrefix, ofFamily, vipAddress, vipsOf } from './vips.ts';

/** What the agent found out about its host. */
export interface RealServerFacts {
  /** RIP. */
  readonly address: string;
  /** The interface that holds the RIP. */
  readonly link: string;
  readonly mtuBytes: number;
  readonly gatewayV4?: string;
  readonly gatewayV6?: string;
}

/** The table of the replies: a default route whose MSS leaves room for the tunnel. */
export const replyTable = 7478;
const replyRulePriority = 78;
const dummy: Link = { name: 'cw-vip', type: 'dummy', external: false, up: true };
/** Means nothing and leaves the host never: in loose mode too, rp_filter drops on a device without an IPv4 address. */
const placeholderAddress = '169.254.74.78';

/** Every director changes the destination to the RIP: no packet for a VIP ever gets here. */
export function isTranslated({ directors }: Pick<RealServerContent, 'directors'>): boolean {
  return directors.length > 0 && directors.every(({ forwarding }) => forwarding === 'masquerade');
}

/** By which directors may send, the present one first. */
function tunnelTypesOf({ tunnel, alsoTunnels = [] }: RealServerContent): readonly TunnelType[] {
  return [tunnel, ...alsoTunnels];
}

/** A real server without VIPs, or behind NAT only, wants nothing. Throws `unsupported` for a tunnel type without a device. */
export function realServerHost(snapshot: RealServerContent, facts: RealServerFacts): HostState {
  const vips = vipsOf(snapshot);
  if (vips.length === 0 || isTranslated(snapshot)) return emptyHostState;
  const families = [...new Set(vips.map(familyOf))];
  const tunnels = needsTunnel(snapshot, facts, families)
    ? tunnelTypesOf(snapshot).flatMap((type) => tunnelDevices(type, facts.address, families))
    : [];
  const deviceOf = (vip: string) =>
    tunnels.find(({ carries }) => carries.includes(familyOf(vip)))?.link.name ?? dummy.name;
  return {
    links: tunnels.length === 0 ? [dummy] : tunnels.map(({ link }) => link),
    addresses: [
      ...vips.map((vip) => vipAddress(vip, deviceOf(vip))),
      ...placeholders(tunnels, vips, deviceOf),
    ],
    routes: tunnels.length === 0 ? [] : families.flatMap((family) => replyRoute(snapshot, facts, family)),
    absentRoutes: [],
    rules: tunnels.length === 0 ? [] : vips.flatMap((vip) => replyRule(vip, facts)),
    sysctls: [...reversePathSysctls(tunnels), ...arpSysctls(snapshot, facts, vips)],
    nft: tunnels.length === 0 ? [] : [closedDecapsulation(snapshot, vips, tunnels)],
  };
}

/** Somebody tunnels, or nobody sends yet, or a VIP's family differs from the link's, which only a tunnel carries. */
function needsTunnel(
  snapshot: RealServerContent,
  facts: RealServerFacts,
  families: readonly Family[],
): boolean {
  const mixed = families.some((family) => family !== familyOf(facts.address));
  return (
    snapshot.directors.length === 0 ||
    snapshot.directors.some(({ forwarding }) => forwarding === 'tunnel' || (forwarding === 'direct' && mixed))
  );
}

/** Where one type of tunnel takes over from another, the VIPs are on the one, and packets come from both. */
function placeholders(
  tunnels: readonly TunnelDevice[],
  vips: readonly string[],
  deviceOf: (vip: string) => string,
): InterfaceAddress[] {
  const addressed = new Set(ofFamily(vips, 'ipv4').map(deviceOf));
  return tunnels
    .filter(({ link, carries }) => carries.includes('ipv4') || link.type === 'gre')
    .filter(({ link }) => !addressed.has(link.name))
    .map(({ link }) => ({ link: link.name, address: placeholderAddress, prefixLength: 32, scope: 'link' }));
}

/** Decapsulated packets come from anywhere, so these devices alone are loose; the other interfaces keep their settings. */
function reversePathSysctls(tunnels: readonly TunnelDevice[]): Sysctl[] {
  return tunnels
    .filter(({ link, carries }) => carries.includes('ipv4') || link.type === 'gre')
    .map(({ link }) => ({ name: `net.ipv4.conf.${link.name}.rp_filter`, value: '2' }));
}

/** On a link shared with a director, the director alone answers ARP for the VIP. (IPv6 neighbour discovery ignores these devices.) */
function arpSysctls(snapshot: RealServerContent, facts: RealServerFacts, vips: readonly string[]): Sysctl[] {
  const shared = snapshot.directors.some(({ forwarding }) => forwarding !== 'tunnel');
  if (!shared || ofFamily(vips, 'ipv4').length === 0) return [];
  // In a dotted name, `/` stands for the dot of an interface such as eth0.100.
  const conf = `net.ipv4.conf.${facts.link.replaceAll('.', '/')}`;
  return [
    { name: `${conf}.arp_ignore`, value: '1' },
    { name: `${conf}.arp_announce`, value: '2' },
  ];
}

function gatewayOf(facts: RealServerFacts, family: Family): string | undefined {
  return family === 'ipv4' ? facts.gatewayV4 : facts.gatewayV6;
}

function replyRoute(snapshot: RealServerContent, facts: RealServerFacts, family: Family): Route[] {
  const gateway = gatewayOf(facts, family);
  if (gateway === undefined) return [];
  // The smallest of those that are in use.
  const advertisedMss = Math.min(
    ...tunnelTypesOf(snapshot).map((type) =>
      mssThrough(type, family, familyOf(facts.address), facts.mtuBytes),
    ),
  );
  const { link } = facts;
  return [
    { family, table: replyTable, type: 'unicast', destination: 'default', gateway, link, advertisedMss },
  ];
}

function replyRule(vip: string, facts: RealServerFacts): Rule[] {
  const family = familyOf(vip);
  if (gatewayOf(facts, family) === undefined) return [];
  return [{ family, priority: replyRulePriority, table: replyTable, from: hostPrefix(vip) }];
}

function closedDecapsulation(
  snapshot: RealServerContent,
  vips: readonly string[],
  tunnels: readonly TunnelDevice[],
): NftTable {
  const senders = snapshot.directors.filter(({ forwarding }) => forwarding !== 'masquerade');
  return {
    kind: 'closed-decapsulation',
    name: 'causeway_realserver',
    directors: [...new Set(senders.map(({ address }) => address))].toSorted(compareAddresses),
    vips,
    devices: tunnels.map(({ link }) => link.name).toSorted(compareText),
  };
}
