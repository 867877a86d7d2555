/** What a director wants of its host beside IPVS: the VIPs claimed so that it can still send to them, and the probes' marks. */
import { familyOf, sameNetwork } from '../domain/address.ts';
import {
  emptyHostState,
  type HostState,
  type Link,
  localTable,
  type MarkedPort,
  type NftTable,
  type Route,
  type Sysctl,
} from '../domain/host-state.ts';
import type { HostSurvey } from '../domain/host-survey.ts';
import { type IpvsSettings, ipvsSettingFacts, ipvsSettingNames } from '../domain/ipvs-settings.ts';
import { reservedPortsSysctl } from '../domain/port-ranges.ts';
import { probeMark, probePort, probeSourcePort, reservedSourcePorts } from '../domain/probe.ts';
import { defaultAnnouncement } from '../domain/resource.ts';
import { roles } from '../domain/role.ts';
import { routeMarker } from '../domain/route-marker.ts';
import { isRange, orderedPorts, overlap } from '../domain/service-port.ts';
import type { DirectorService } from '../domain/snapshot.ts';
import { routedDevice } from '../domain/tunnel.ts';
import type { NarrowWay } from './narrow-ways.ts';
import { remembered } from './remembered.ts';
import type { DirectorContent } from './snapshots.ts';
import { hostPrefix, networkOf, ofFamily, vipAddress, vipsOf, wholeOf } from './vips.ts';
import { virtualEnds } from './virtual-ends.ts';

/** Where the VIPs' `local` routes move: only packets that come in from outside look here. */
export const claimTable = 7477;
/** Before the kernel's main table (32766), after its local one (0), in which the VIPs' routes are withdrawn. */
const claimRulePriority = 77;
/**
 * Where real servers on the director's own link have themselves as their gateway, and those over IPv6 whose way is narrow its MTU; and
 * the rules that lead there.
 */
export const nearTable = 7478;
const nearRulePriority = 78;
/** Who asks with this mark is told the way that packets would take without our routes over IPv6; no packet of ours bears it. */
export const withoutOurs = 0x0800_0000;

/** What the agent found out about its host. */
export interface DirectorFacts {
  /** DIP. */
  readonly address: string;
  readonly prefixLength: number;
  /** The interface that holds the DIP: real servers answer to it. */
  readonly link: string;
  /** It drops what a reply would not leave by. */
  readonly isStrict: boolean;
  /** The host reaches a VIP by another device: for a strict filter, answers from the VIP come by the wrong one. */
  readonly vipsElsewhere: boolean;
  readonly ipv6: HostSurvey['ipv6'];
  /** Over IPv6, narrower than this host's link; absent: none. */
  readonly narrow?: readonly NarrowWay[];
}

/** Without IPv6 on the host its VIPs are left out, and IPv4 goes on. */
export function carriedByDirector<S extends Pick<DirectorContent, 'services'>>(
  snapshot: S,
  { ipv6 }: Pick<DirectorFacts, 'ipv6'>,
): S {
  if (ipv6 !== 'off') return snapshot;
  const services = snapshot.services
    .map((service) => ({ ...service, vips: ofFamily(service.vips, 'ipv4') }))
    .filter(({ vips }) => vips.length > 0);
  return { ...snapshot, services };
}

/**
 * A director without VIPs wants nothing. Its VIPs are addresses on lo, or on a device that routing daemons follow. Of a VIP that is
 * withdrawn, or not among `claimed`, only the address goes, by which routing daemons see it: its routes and rule stay, so that who comes all the same is served. Without `claimed` it is as if all could serve.
 */
export function directorHost(
  snapshot: DirectorContent,
  claimed?: ReadonlySet<string>,
  facts?: DirectorFacts,
): HostState {
  const vips = vipsOf(snapshot);
  if (vips.length === 0) return emptyHostState;
  const whole = wholeOf(snapshot.services);
  const localRoute = (vip: string, table: number, link: string): Route => ({
    family: familyOf(vip),
    table,
    type: 'local',
    destination: table === claimTable ? hostPrefix(whole(vip)) : hostPrefix(vip),
    link,
  });
  const device = (snapshot.announce ?? defaultAnnouncement) === 'link' ? 'lo' : routedDevice;
  const routed: Link = { name: routedDevice, type: 'dummy', external: false, up: true };
  const families = [...new Set(vips.map(familyOf))];
  const near = nearRoutes(snapshot, facts);
  const narrow = (facts?.narrow ?? []).map(narrowRoute);
  return {
    links: device === routedDevice ? [routed] : [],
    addresses: [
      ...attractingVips(snapshot)
        .filter((vip) => claimed?.has(vip) !== false)
        .map((vip) => vipAddress(vip, device)),
      // Never where a routing daemon looks.
      ...(narrow.length === 0
        ? []
        : [vipAddress(routeMarker(narrow.map(({ destination }) => destination)), 'lo')]),
    ],
    routes: [...vips.map((vip) => localRoute(vip, claimTable, 'lo')), ...near, ...narrow],
    absentRoutes: vips.map((vip) => localRoute(vip, localTable, device)),
    rules: [
      ...families.map((family) => ({
        family,
        priority: claimRulePriority,
        table: claimTable,
        notIncoming: 'lo',
      })),
      ...(near.length === 0
        ? []
        : [{ family: 'ipv4' as const, priority: nearRulePriority, table: nearTable }]),
      ...(narrow.length === 0
        ? []
        : [
            {
              ...({ family: 'ipv6', priority: nearRulePriority, table: nearTable } as const),
              unmarked: withoutOurs,
            },
          ]),
    ],
    sysctls: [
      ...sysctlsOf(snapshot, vips),
      ...deviceSysctls(device, vips, facts),
      ...underlaySysctls(facts),
      ...arpSysctls(snapshot, facts),
    ],
    nft: nftOf(snapshot),
    guePorts: [],
  };
}

/**
 * IPVS remembers one route for all connections of a destination, of whatever forwarding (ip_vs_xmit.c, __ip_vs_get_out_rt). Remembered
 * for a tunnel to a real server on this link it names no next hop, and connections that have run directly since before a change would ask
 * for the VIP by ARP, which nobody answers. With the real server as its own gateway it names one.
 */
function nearRoutes(snapshot: DirectorContent, facts: DirectorFacts | undefined): Route[] {
  if (facts === undefined || familyOf(facts.address) !== 'ipv4') return [];
  const { link, address, prefixLength } = facts;
  const tunnelled = snapshot.realServers.filter((one) => one.forwarding === 'tunnel');
  return [...new Set(tunnelled.map((one) => one.address))]
    .filter((one) => familyOf(one) === 'ipv4' && one !== address && sameNetwork(one, address, prefixLength))
    .map((one) => ({
      family: 'ipv4',
      table: nearTable,
      type: 'unicast',
      destination: hostPrefix(one),
      gateway: one,
      link,
    }));
}

function narrowRoute({ address, link, gateway, mtuBytes }: NarrowWay): Route {
  return {
    ...({ family: 'ipv6', table: nearTable, type: 'unicast', destination: hostPrefix(address) } as const),
    ...{ link, mtuBytes },
    ...(gateway === undefined ? {} : { gateway }),
  };
}

/** An address that services share goes with the last of them. */
export function attractingVips({ services }: DirectorContent): string[] {
  return vipsOf({ services: services.filter(({ withdrawn }) => !withdrawn) });
}

/** The same value for a snapshot that stays: a VIP that goes must not wait for a listing of tables that nobody has changed. */
const nftOf = remembered((snapshot: DirectorContent): readonly NftTable[] => [
  probeMarks(snapshot, vipsOf(snapshot).map(wholeOf(snapshot.services))),
]);

function probeMarks(snapshot: DirectorContent, vips: readonly string[]): NftTable {
  const marks = marksOf(snapshot.realServers);
  const services = markedPorts(snapshot);
  const table: NftTable = { kind: 'probe-marks', name: roles.director.nftTable, vips, probePort, marks };
  return services.length === 0 ? table : { ...table, services };
}

/**
 * In the order in which the kernel's listing is put. A packet that is marked before its virtual service stands is as one without a mark:
 * IPVS then looks for its address and port (ip_vs_service_find in ip_vs_ctl.c).
 */
const markedPorts = remembered((content: Pick<DirectorContent, 'services'>): readonly MarkedPort[] => {
  const isMarked = ({ ports, networks = [] }: DirectorService) => networks.length > 0 || ports.some(isRange);
  const marked = content.services.filter(isMarked);
  if (marked.length === 0) return [];
  // Should two services have a mark, or a port, in spite of the checks, it is the first's by name.
  const owner = new Map<number, string>();
  const byVip = new Map<string, MarkedPort[]>();
  for (const service of marked) {
    for (const { key, vip, ports } of virtualEnds(service)) {
      if (key.kind !== 'mark' || (owner.get(key.mark) ?? service.name) !== service.name) continue;
      owner.set(key.mark, service.name);
      const known = byVip.get(vip) ?? [];
      byVip.set(vip, known);
      for (const { protocol, port, lastPort } of ports) {
        const address = networkOf(service, vip) ?? vip;
        const one = { address, protocol, port, ...(lastPort === undefined ? {} : { lastPort }) };
        if (!known.some((other) => overlap(other, one))) known.push({ ...one, mark: key.mark });
      }
    }
  }
  return orderedPorts([...byVip.values()].flat());
});

const highestSlot = remembered((realServers: DirectorContent['realServers']) =>
  realServers.reduce((highest, { probeSlot }) => Math.max(highest, probeSlot), 0),
);

/** The same list for the same real servers, however often a host is planned. */
const marksOf = remembered((realServers: DirectorContent['realServers']) => {
  const slots = new Set(realServers.map(({ probeSlot }) => probeSlot));
  return [...slots].toSorted((a, b) => a - b).map(markOf);
});

type Mark = Extract<NftTable, { kind: 'probe-marks' }>['marks'][number];

const marks = new Map<number, Mark>();

/** One value for all directors that a coordinator plans. */
function markOf(slot: number): Mark {
  const mark = marks.get(slot) ?? { sourcePort: probeSourcePort(slot), mark: probeMark(slot) };
  marks.set(slot, mark);
  return mark;
}

/** Where new devices begin without IPv6, ours is given it. */
function deviceSysctls(device: string, vips: readonly string[], facts: DirectorFacts | undefined): Sysctl[] {
  const isWithout = facts?.ipv6 === 'default-off' && ofFamily(vips, 'ipv6').length > 0;
  return isWithout && device !== 'lo' ? [{ name: `net.ipv6.conf.${device}.disable_ipv6`, value: '0' }] : [];
}

/** Loose on the one device where answers come in, and only where they would be dropped. */
function underlaySysctls(facts: DirectorFacts | undefined): Sysctl[] {
  if (facts?.isStrict !== true || !facts.vipsElsewhere) return [];
  return [{ name: `${confOf(facts.link)}.rp_filter`, value: '2' }];
}

/** Of directors on one link that alone answers by ARP which has the VIP on that link: not all on which it is reachable. IPv6 is so of itself. */
function arpSysctls({ announce }: DirectorContent, facts: DirectorFacts | undefined): Sysctl[] {
  if (announce !== 'vrrp' || facts === undefined) return [];
  return [{ name: `${confOf(facts.link)}.arp_ignore`, value: '1' }];
}

/** In a dotted name, `/` stands for the dot of an interface such as eth0.100. */
function confOf(link: string): string {
  return `net.ipv4.conf.${link.replaceAll('.', '/')}`;
}

/** A connection whose beginning another director saw is taken in its middle. */
export const sloppyTcpSysctl = 'net.ipv4.vs.sloppy_tcp';

/** How IPVS itself works on every director. */
export const ipvsSysctls: readonly Sysctl[] = [
  // Connections to a deleted destination are reset at once, not black-holed.
  { name: 'net.ipv4.vs.expire_nodest_conn', value: '1' },
  // Else persistence feeds a destination of weight 0 for ever.
  { name: 'net.ipv4.vs.expire_quiescent_template', value: '1' },
  // A client port that comes again is scheduled anew, also from FIN_WAIT, where tunnels leave it for 120 s.
  { name: 'net.ipv4.vs.conn_reuse_mode', value: '3' },
];

function sysctlsOf(snapshot: DirectorContent, vips: readonly string[]): readonly Sysctl[] {
  const sysctls: Sysctl[] = [
    // A probe's source port is its real server: nobody else may be given it.
    { name: reservedPortsSysctl, value: reservedSourcePorts(highestSlot(snapshot.realServers)) },
    ...ipvsSysctls,
  ];
  if (snapshot.services.some(({ scheduler }) => scheduler === 'mh')) {
    // Another director's connection, in its middle, goes where its hash says.
    sysctls.push({ name: sloppyTcpSysctl, value: '1' });
  }
  const chosen = chosenSysctls(snapshot.ipvs ?? {});
  // Tunnel and direct send from LOCAL_IN and LOCAL_OUT (ip_vs_xmit.c) and need no forwarding; masqueraded replies come by FORWARD.
  if (snapshot.realServers.some(({ forwarding }) => forwarding === 'masquerade')) {
    if (ofFamily(vips, 'ipv4').length > 0) sysctls.push({ name: 'net.ipv4.ip_forward', value: '1' });
    if (ofFamily(vips, 'ipv6').length > 0) sysctls.push({ name: 'net.ipv6.conf.all.forwarding', value: '1' });
  }
  const names = new Set(chosen.map(({ name }) => name));
  return [...sysctls.filter(({ name }) => !names.has(name)), ...chosen];
}

function chosenSysctls(settings: IpvsSettings): Sysctl[] {
  return ipvsSettingNames.flatMap((name) => {
    const value = settings[name];
    return value === undefined ? [] : [{ name: ipvsSettingFacts[name].sysctl, value: String(value) }];
  });
}
