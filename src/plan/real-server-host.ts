/** What a real server wants of its host: VIPs that take tunnelled packets, replies that go straight back, and closed doors. */
import { compareAddresses, type Family, familyOf, sameNetwork } from '../domain/address.ts';
import {
  emptyHostState,
  type HostState,
  type InterfaceAddress,
  localTable,
  type NftTable,
  type Route,
  type Sysctl,
  type VipPort,
} from '../domain/host-state.ts';
import type { HostSurvey, SurveyedAddress } from '../domain/host-survey.ts';
import { closedPort, probePort } from '../domain/probe.ts';
import { roles } from '../domain/role.ts';
import { disjoint, isRange } from '../domain/service-port.ts';
import type { RealServerService } from '../domain/snapshot.ts';
import { bearsPort, defaultGue, deviceForDirector, factsOf, type TunnelType } from '../domain/tunnel.ts';
import { compareText } from './order.ts';
import type { RealServerContent } from './snapshots.ts';
import {
  deviceOf as linkOf,
  mssThrough,
  segmentHeaderBytes,
  type TunnelDevice,
  tunnelDevices,
} from './tunnel-device.ts';
import { networkOf, ofFamily, vipAddress, vipsOf, wholeOf } from './vips.ts';

/** What the agent found out about its host. */
export interface RealServerFacts {
  /** RIP. */
  readonly address: string;
  /** The interface that holds the RIP. */
  readonly link: string;
  readonly mtuBytes: number;
  /** IPv4 networks of the host's own devices: where somebody may ask by ARP who has the VIP. */
  readonly networks: readonly SurveyedAddress[];
  /** The RIP's device drops what a reply would not leave by. */
  readonly isStrict: boolean;
  /** Who is answered by another device than the RIP's: directors by address, and clients that no specific route leads to. */
  readonly elsewhere: readonly string[];
  readonly clientsElsewhere: boolean;
  readonly ipv6: HostSurvey['ipv6'];
  /** Kinds of others' tunnels on this host that one device of ours for all directors could not stand beside; absent: none. */
  readonly openTunnels?: readonly string[];
  /** The largest packet that gets here through the tunnel from every director, as they measured it, bytes; absent: none has said. */
  readonly tunnelMtuBytes?: number;
}

/** Ethernet's. A director's or a client's own link is rarely wider, and the MSS must hold on all of the way. */
const usualMtuBytes = 1_500;
/** IPv4 asks every host to take as much (RFC 879). */
const leastSegmentBytes = 536;
/** Means nothing and leaves the host never: in loose mode too, rp_filter drops on a device without an IPv4 address. */
const placeholderAddress = '169.254.74.78';

/** An address of ours that is no VIP; there is one for each device that holds none. */
export function isPlaceholder(address: string): boolean {
  return address === placeholderAddress;
}

/** Every director changes the destination to the RIP: no packet for a VIP ever gets here. */
export function isTranslated({ directors }: Pick<RealServerContent, 'directors'>): boolean {
  return directors.length > 0 && directors.every(({ forwarding }) => forwarding === 'masquerade');
}

/** By which directors may send, the present one first. */
function tunnelTypesOf({
  tunnel,
  alsoTunnels = [],
}: Pick<RealServerContent, 'tunnel' | 'alsoTunnels'>): readonly TunnelType[] {
  return [tunnel, ...alsoTunnels];
}

/** Without IPv6 on the host its VIPs are left out, and IPv4 goes on. */
export function carriedVips(
  snapshot: Pick<RealServerContent, 'services'>,
  { ipv6 }: Pick<RealServerFacts, 'ipv6'>,
): string[] {
  return vipsOf(snapshot).filter((vip) => ipv6 !== 'off' || familyOf(vip) === 'ipv4');
}

/** UDP ports at which directors send GUE. */
export function guePortsOf(
  snapshot: Pick<RealServerContent, 'tunnel' | 'alsoTunnels' | 'guePorts'>,
): readonly number[] {
  return tunnelTypesOf(snapshot).some(bearsPort) ? (snapshot.guePorts ?? [defaultGue.port]) : [];
}

/** A real server without VIPs, or behind NAT only, wants nothing. */
export function realServerHost(snapshot: RealServerContent, facts: RealServerFacts): HostState {
  const vips = carriedVips(snapshot, facts);
  if (vips.length === 0 || isTranslated(snapshot)) return emptyHostState;
  const families = [...new Set(vips.map(familyOf))];
  const forAll = needsTunnel(snapshot, facts, families)
    ? devicesFor(tunnelTypesOf(snapshot), facts.address, families)
    : [];
  const isBeside = forAll.some(({ link }) =>
    factsOf(link.type).rivals.some((kind) => facts.openTunnels?.includes(kind)),
  );
  const tunnels = isBeside ? perDirector(forAll, snapshot, facts) : forAll;
  const guePorts = tunnels.length === 0 ? [] : guePortsOf(snapshot);
  const dummy = linkOf('dummy', facts.address);
  // Directors come and go, and with them their devices: what stays is on a device of its own.
  const deviceOf = (vip: string) =>
    (isBeside ? undefined : tunnels.find(({ carries }) => carries.includes(familyOf(vip)))?.link.name) ??
    dummy.name;
  return {
    links: [...(isBeside || tunnels.length === 0 ? [dummy] : []), ...tunnels.map(({ link }) => link)],
    addresses: [
      ...vips.map((vip) => vipAddress(vip, deviceOf(vip))),
      ...placeholders(tunnels, vips, deviceOf),
    ],
    routes: networkRoutes(snapshot, vips, deviceOf),
    absentRoutes: [],
    rules: [],
    sysctls: [
      ...ipv6Sysctls(vips, deviceOf, facts, isBeside ? tunnels : []),
      ...reversePathSysctls(tunnels),
      ...underlaySysctls(snapshot, facts),
      ...arpSysctls(snapshot, facts, vips),
    ],
    // Also what is to go or to come is closed, as long as it may be there.
    nft:
      tunnels.length === 0
        ? []
        : [closedDecapsulation(snapshot, facts, vips, isBeside ? [...forAll, ...tunnels] : tunnels)],
    guePorts: guePorts.map((port) => ({ address: facts.address, port })),
  };
}

/** The largest packet for which the table that is there was made, bytes; undefined: there is none. */
export function carriedBefore({ nft }: Pick<HostState, 'nft'>): number | undefined {
  const table = nft.find((one) => one.kind === 'closed-decapsulation');
  const { ipv4, ipv6 } = table?.maxSegmentBytes ?? {};
  const bytes = [
    ...(ipv4 === undefined ? [] : [ipv4 + segmentHeaderBytes.ipv4]),
    ...(ipv6 === undefined ? [] : [ipv6 + segmentHeaderBytes.ipv6]),
  ];
  return bytes.length === 0 ? undefined : Math.min(...bytes);
}

/** Every address of them is this host's own, without being one of the device's. */
function networkRoutes(
  { services }: Pick<RealServerContent, 'services'>,
  vips: readonly string[],
  deviceOf: (vip: string) => string,
): Route[] {
  const whole = wholeOf(services);
  return vips
    .filter((vip) => whole(vip) !== vip)
    .map((vip) => ({
      family: familyOf(vip),
      table: localTable,
      type: 'local',
      destination: whole(vip),
      link: deviceOf(vip),
    }));
}

/** Each device once: those of IP in IP serve two types. */
export function devicesFor(
  types: readonly TunnelType[],
  address: string,
  families: readonly Family[],
): readonly TunnelDevice[] {
  const all = types.flatMap((type) => tunnelDevices(type, address, families));
  return [...new Map(all.map((device) => [device.link.name, device])).values()];
}

/** One for each director that tunnels here, bound to both ends: the kernel prefers it to others' for these packets, and gives it no others. */
function perDirector(
  forAll: readonly TunnelDevice[],
  snapshot: RealServerContent,
  { address }: RealServerFacts,
): readonly TunnelDevice[] {
  const tunnelling = snapshot.directors.filter(({ forwarding }) => forwarding !== 'masquerade');
  const senders = [...new Set(tunnelling.map((one) => one.address))]
    .filter((one) => familyOf(one) === familyOf(address))
    .toSorted(compareAddresses);
  return forAll.flatMap(({ link, carries }) =>
    senders.map((director) => ({
      link: {
        ...link,
        name: deviceForDirector(link.type, director),
        external: false,
        local: address,
        remote: director,
      },
      carries,
    })),
  );
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
    .filter(({ link, carries }) => carries.includes('ipv4') || factsOf(link.type).filteredAsIpv4)
    .filter(({ link }) => !addressed.has(link.name))
    .map(({ link }) => ({ link: link.name, address: placeholderAddress, prefixLength: 32, scope: 'link' }));
}

/** Decapsulated packets come from anywhere, so these devices alone are loose; the other interfaces keep their settings. */
function reversePathSysctls(tunnels: readonly TunnelDevice[]): Sysctl[] {
  return tunnels
    .filter(({ link, carries }) => carries.includes('ipv4') || factsOf(link.type).filteredAsIpv4)
    .map(({ link }) => ({ name: `net.ipv4.conf.${link.name}.rp_filter`, value: '2' }));
}

/** Where new devices begin without IPv6, ours that hold a VIP of it are given it. */
function ipv6Sysctls(
  vips: readonly string[],
  deviceOf: (vip: string) => string,
  { ipv6 }: RealServerFacts,
  others: readonly TunnelDevice[],
): Sysctl[] {
  if (ipv6 !== 'default-off') return [];
  const carrying = others.filter(({ carries }) => carries.includes('ipv6')).map(({ link }) => link.name);
  const devices = new Set([...ofFamily(vips, 'ipv6').map(deviceOf), ...carrying]);
  return [...devices].map((device) => ({ name: `net.ipv6.conf.${device}.disable_ipv6`, value: '0' }));
}

/**
 * What arrives here and is answered by another device, a strict filter takes for forged: tunnelled packets of directors, and
 * with forwarding `direct` those of the clients themselves. Loose on this one device, and only where it is so.
 */
function underlaySysctls(snapshot: RealServerContent, facts: RealServerFacts): Sysctl[] {
  const { isStrict, elsewhere, clientsElsewhere, link } = facts;
  const isDropped = snapshot.directors.some(
    ({ address, forwarding }) => elsewhere.includes(address) || (clientsElsewhere && forwarding === 'direct'),
  );
  return isStrict && isDropped ? [{ name: `${confOf(link)}.rp_filter`, value: '2' }] : [];
}

/**
 * On a link shared with a director or with the VIP's own network the director alone answers ARP for the VIP, whatever the
 * forwarding. (IPv6 neighbour discovery ignores addresses of these devices.)
 */
function arpSysctls(snapshot: RealServerContent, facts: RealServerFacts, vips: readonly string[]): Sysctl[] {
  const asked = ofFamily(vips, 'ipv4');
  if (asked.length === 0) return [];
  const near = [...asked, ...snapshot.directors.map(({ address }) => address)];
  const shared = facts.networks
    .filter(({ address, prefixLength }) => near.some((one) => sameNetwork(one, address, prefixLength)))
    .map(({ link }) => link);
  const isDirect = snapshot.directors.some(({ forwarding }) => forwarding === 'direct');
  return [...new Set([...(isDirect ? [facts.link] : []), ...shared])].flatMap((link) => [
    { name: `${confOf(link)}.arp_ignore`, value: '1' },
    { name: `${confOf(link)}.arp_announce`, value: '2' },
  ]);
}

/** In a dotted name, `/` stands for the dot of an interface such as eth0.100. */
function confOf(link: string): string {
  return `net.ipv4.conf.${link.replaceAll('.', '/')}`;
}

/** Where packets for a service arrive, under whatever forwarding. */
export function endsOf(service: Pick<RealServerService, 'vips' | 'ports' | 'networks'>): VipPort[] {
  const { vips, ports } = service;
  return vips
    .map((vip) => networkOf(service, vip) ?? vip)
    .flatMap((address) =>
      ports.flatMap(({ protocol, port, lastPort, targetPort }): VipPort[] =>
        lastPort === undefined
          ? [...new Set([port, targetPort])].map((one) => ({ address, protocol, port: one }))
          : [{ address, protocol, port, lastPort }],
      ),
    );
}

/** Those of the services, and those that directors probe and knock at. */
function portsOf({ services, alsoPorts = [] }: RealServerContent, vips: readonly string[]): VipPort[] {
  const asked = vips.flatMap((address): VipPort[] => [
    { address, protocol: 'udp', port: probePort },
    { address, protocol: 'tcp', port: probePort },
    { address, protocol: 'tcp', port: closedPort },
  ]);
  const carried = new Set(vips);
  const served = [...services.flatMap(endsOf), ...alsoPorts];
  const all = [...asked, ...served.filter(({ address }) => carried.has(address))];
  if (!all.some(isRange)) return all;
  // What is let in twice, such as the probes' port as part of a range, stands there once.
  return [...Map.groupBy(all, ({ address }) => address).values()].flatMap(disjoint);
}

function closedDecapsulation(
  snapshot: RealServerContent,
  facts: RealServerFacts,
  vips: readonly string[],
  tunnels: readonly TunnelDevice[],
): NftTable {
  const outer = familyOf(facts.address);
  const mtuBytes = Math.min(facts.mtuBytes, usualMtuBytes);
  const families = (['ipv4', 'ipv6'] as const).filter((family) => ofFamily(vips, family).length > 0);
  // Whatever is sent must fit through each that is in use.
  const segments = families.map((family) => [
    family,
    Math.min(
      ...tunnelTypesOf(snapshot).map((type) => mssThrough(type, family, outer, mtuBytes)),
      // What some director says gets through may be less than what any link can carry: the rest of the way is as if it did not say.
      Math.max(leastSegmentBytes, (facts.tunnelMtuBytes ?? mtuBytes) - segmentHeaderBytes[family]),
    ),
  ]);
  const guePorts = guePortsOf(snapshot);
  const senders = snapshot.directors.filter(({ forwarding }) => forwarding !== 'masquerade');
  return {
    kind: 'closed-decapsulation',
    name: roles.realserver.nftTable,
    directors: [...new Set(senders.map(({ address }) => address))].toSorted(compareAddresses),
    vips: vips.map(wholeOf(snapshot.services)),
    ports: portsOf(snapshot, vips.map(wholeOf(snapshot.services))),
    devices: tunnels.map(({ link }) => link.name).toSorted(compareText),
    ...(guePorts.length === 0 ? {} : { guePorts }),
    maxSegmentBytes: Object.fromEntries(segments),
  };
}
