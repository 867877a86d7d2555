/** Which packets that must pass are dropped by others' rules on this host, and what lets them through. Pure. */
import { type Family, familyOf } from '../domain/address.ts';
import type { FindingId, HostTrouble } from '../domain/finding.ts';
import { named } from '../domain/named.ts';
import type { ExpectedPacket, FilterChain, PacketFilters } from '../domain/packet-filter.ts';
import { probePort } from '../domain/probe.ts';
import type { ServicePort } from '../domain/resource.ts';
import { bearsPort, factsOf, gueOf } from '../domain/tunnel.ts';
import { whereDropped } from './packet-filter.ts';
import { devicesFor, guePortsOf, isTranslated, type RealServerFacts } from './real-server-host.ts';
import { remembered } from './remembered.ts';
import type { DirectorContent, RealServerContent } from './snapshots.ts';
import { tunnelDevices } from './tunnel-device.ts';
import { ofFamily, vipsOf } from './vips.ts';

/** Packets of one kind, any of which may stand for all. */
interface Expected {
  readonly what: string;
  /** As a rule of nft selects them. */
  readonly selector: string;
  readonly packet: ExpectedPacket;
  /** Absent: it must come in. */
  readonly id?: FindingId;
}

/** What a director's packets are on the outside. */
interface Outer {
  readonly protocol: number;
  readonly destinationPort?: number;
  readonly told: string;
  readonly selector: string;
}

function outerOf(protocol: number): Outer {
  return { protocol, told: `IP protocol ${protocol}`, selector: `meta l4proto ${protocol}` };
}

function outerOfGue(port: number): Outer {
  return {
    protocol: udp,
    destinationPort: port,
    told: `GUE, UDP port ${port}`,
    selector: `udp dport ${port}`,
  };
}

/** Each is judged by all rules: of many alike a few will do. */
const servicesJudged = 4;
const vipsJudged = 4;
const portsJudged = 4;
const directorsJudged = 4;
const serversJudged = 4;

const udp = 17;
const ipProtocols: Readonly<Record<string, number>> = { tcp: 6, udp, sctp: 132 };

export function directorFilterTroubles(
  { services, realServers }: Pick<DirectorContent, 'services' | 'realServers'>,
  filters: PacketFilters | undefined,
): HostTrouble[] {
  const expected = services
    .slice(0, servicesJudged)
    .flatMap(({ vips, ports }) => vips.slice(0, vipsJudged).flatMap((vip) => toPorts(vip, ports)));
  const families = (['ipv4', 'ipv6'] as const).filter((family) =>
    services.some(({ vips }) => ofFamily(vips, family).length > 0),
  );
  return troublesOf([...expected, ...expected.flatMap(laterOf), ...sentBy(realServers, families)], filters);
}

export function realServerFilterTroubles(
  snapshot: Pick<RealServerContent, 'services' | 'directors' | 'tunnel' | 'alsoTunnels' | 'guePorts'>,
  { address, link }: Pick<RealServerFacts, 'address' | 'link'>,
  filters: PacketFilters | undefined,
): HostTrouble[] {
  const vips = vipsOf(snapshot).slice(0, vipsJudged);
  if (vips.length === 0 || isTranslated(snapshot)) return [];
  const families = (['ipv4', 'ipv6'] as const).filter((family) => ofFamily(vips, family).length > 0);
  const outer = familyOf(address);
  const senders = snapshot.directors.filter((one) => familyOf(one.address) === outer);
  const tunnelled = senders.filter(({ forwarding }) => forwarding === 'tunnel').slice(0, directorsJudged);
  const types = tunnelled.length === 0 ? [] : [snapshot.tunnel, ...(snapshot.alsoTunnels ?? [])];
  const devices = devicesFor(types, address, families);
  const protocols = types
    .filter((type) => !bearsPort(type))
    .flatMap((type) => tunnelDevices(type, address, families))
    .flatMap((device) => factsOf(device.link.type).protocols);
  const outers: readonly Outer[] = [
    ...protocols.map(outerOf),
    ...(types.some(bearsPort) ? guePortsOf(snapshot) : []).map(outerOfGue),
  ];
  const outside = outers.flatMap(({ told, selector, ...packet }) =>
    tunnelled.map(
      ({ name, address: source }): Expected => ({
        what: `tunnelled packets of ${name} (${told})`,
        selector: `${ipOf(outer)} saddr ${source} ${selector}`,
        packet: { family: outer, ...packet, incoming: link, source, destination: address },
      }),
    ),
  );
  const ports = snapshot.services.flatMap((service) => service.ports);
  const inside = devices.flatMap(({ link: { name }, carries }) =>
    vips
      .filter((vip) => carries.includes(familyOf(vip)))
      .flatMap((vip) => [...toPorts(vip, ports, name), probesTo(vip, name)]),
  );
  const isDirect = senders.some(({ forwarding }) => forwarding === 'direct');
  const direct = isDirect ? vips.flatMap((vip) => [...toPorts(vip, ports, link), probesTo(vip, link)]) : [];
  return troublesOf([...outside, ...inside, ...direct, ...vips.map(replyOf)], filters);
}

/** IPVS takes the first segment before connection tracking has kept it, so that the next ones look like the first of something. */
function laterOf({ what, selector, packet }: Expected): Expected[] {
  if (packet.protocol !== ipProtocols.tcp) return [];
  return [
    {
      id: 'filter-not-syn',
      what: `all but the first of ${what}`,
      selector,
      packet: { ...packet, syn: 'no' },
    },
  ];
}

/** What IPVS sends to real servers passes the output chains. */
function sentBy(realServers: DirectorContent['realServers'], families: readonly Family[]): Expected[] {
  const tunnelled = realServers.filter(({ forwarding }) => forwarding === 'tunnel').slice(0, serversJudged);
  return tunnelled.flatMap((realServer) => {
    const { name, address, tunnel } = realServer;
    const outer = familyOf(address);
    const gue = gueOf(realServer);
    const protocols = tunnelDevices(tunnel, address, families).flatMap(({ link }) => {
      const taken = factsOf(link.type).protocols;
      return families.map((inner) => taken.find((one) => one === (inner === 'ipv4' ? 4 : 41)) ?? taken[0]);
    });
    const plain = [...new Set(protocols)].filter((protocol) => protocol !== undefined).map(outerOf);
    const outers: readonly Outer[] = gue === undefined ? plain : [outerOfGue(gue.port)];
    return outers.map(
      ({ told, selector, ...packet }): Expected => ({
        id: 'filter-output',
        what: `tunnelled packets to ${name} (${told})`,
        selector: `${ipOf(outer)} daddr ${address} ${selector}`,
        packet: { family: outer, ...packet, destination: address, point: 'output' },
      }),
    );
  });
}

function ipOf(family: Family): string {
  return family === 'ipv4' ? 'ip' : 'ip6';
}

function replyOf(vip: string): Expected {
  const family = familyOf(vip);
  return {
    id: 'filter-output',
    what: `replies from ${vip}`,
    selector: `${ipOf(family)} saddr ${vip}`,
    packet: { family, protocol: 6, source: vip, state: 'established', syn: 'no', point: 'output' },
  };
}

function toPorts(vip: string, ports: readonly ServicePort[], incoming?: string): Expected[] {
  return ports.slice(0, portsJudged).map(({ protocol, targetPort, port }): Expected => {
    // A director's clients ask for the one, a real server's packets bear the other: under tunnel and direct they are the same.
    const destinationPort = incoming === undefined ? port : targetPort;
    return toPort(
      vip,
      protocol,
      destinationPort,
      `clients' packets to ${vip}:${destinationPort}/${protocol}`,
      incoming,
    );
  });
}

function probesTo(vip: string, incoming: string): Expected {
  return toPort(vip, 'udp', probePort, `directors' probes of ${vip}:${probePort}/udp`, incoming);
}

function toPort(vip: string, protocol: string, port: number, what: string, incoming?: string): Expected {
  const family: Family = familyOf(vip);
  const by = incoming === undefined ? '' : `iifname ${incoming} `;
  return {
    what: incoming === undefined ? what : `${what} by ${incoming}`,
    selector: `${by}${family === 'ipv4' ? 'ip' : 'ip6'} daddr ${vip} ${protocol} dport ${port}`,
    packet: {
      family,
      protocol: ipProtocols[protocol] ?? 0,
      ...(incoming === undefined ? {} : { incoming }),
      destination: vip,
      destinationPort: port,
    },
  };
}

const judged = remembered((_filters: PacketFilters) => new Map<string, HostTrouble[]>());
/** Snapshots come one after the other. */
const judgementsKept = 4;

/** The same rules and packets are judged once. */
function troublesOf(expected: readonly Expected[], filters: PacketFilters | undefined): HostTrouble[] {
  if (filters === undefined || expected.length === 0) return [];
  const known = judged(filters);
  const key = JSON.stringify(expected);
  const found = known.get(key) ?? judgement(expected, filters);
  if (known.size >= judgementsKept) known.clear();
  known.set(key, found);
  return found;
}

function judgement(expected: readonly Expected[], filters: PacketFilters): HostTrouble[] {
  const firstDropped = new Set<ExpectedPacket['destination']>();
  const dropped = expected.flatMap((one) => {
    const at = whereDropped(filters.chains, one.packet);
    if (at === undefined) return [];
    const { destination, destinationPort } = one.packet;
    const end = `${destination} ${destinationPort}`;
    // Where the first is dropped already, the later ones are no news.
    if (one.id === 'filter-not-syn' && firstDropped.has(end)) return [];
    firstDropped.add(end);
    return [{ ...one, at }];
  });
  const places = Map.groupBy(dropped, ({ at: { chain } }) => chain);
  const told = [...places].flatMap(([chain, lost]) =>
    [...Map.groupBy(lost, ({ id = 'filter-input' }) => id)].map(([id, alike]): HostTrouble => {
      const [first] = alike;
      const how = first?.at.byPolicy === true ? 'by its policy' : 'by a rule';
      const { where, mend } = first === undefined ? { where: '', mend: '' } : opening(chain, first);
      const letting = id === 'filter-input' ? 'let them in' : 'let them through';
      return {
        id,
        what: `${where} drops ${named(alike.map(({ what }) => what))} (chain ${chain.name}, ${how})`,
        remedy: `: ${letting}, such as by (${mend}), and where these rules are kept`,
        mend,
      };
    }),
  );
  return [...unread(filters), ...told];
}

function unread({ unread: nft, legacyUnread: legacy }: PacketFilters): HostTrouble[] {
  const told = (whose: string, why: string, look: string): HostTrouble => ({
    id: 'filter-unread',
    level: 'unknown',
    what: `nobody knows whether ${whose} on this host let in what Causeway needs: ${why}`,
    remedy: `; where clients or probes get no answer, look there (${look})`,
  });
  return [
    ...(nft === undefined ? [] : [told("others' nft rules", nft, 'nft list ruleset')]),
    ...(legacy === undefined
      ? []
      : [told('the rules of legacy iptables', legacy, 'iptables-legacy-save, ip6tables-legacy-save')]),
  ];
}

/** Whose chain it is, and what lets such packets in there. */
function opening(
  { family, table, name, legacy }: FilterChain,
  { selector, packet }: Expected,
): { readonly where: string; readonly mend: string } {
  if (legacy !== true)
    return {
      where: `nft's table ${family} ${table}`,
      mend: `nft insert rule ${family} ${table} ${name} ${selector} accept`,
    };
  const program = `${family}tables-legacy`;
  return {
    where: `table ${table} of ${program}`,
    mend: `${program} -t ${table} -I ${name} ${optionsOf(packet)} -j ACCEPT`,
  };
}

/** The packet as iptables selects it. */
function optionsOf({ protocol, incoming, source, destination, destinationPort }: ExpectedPacket): string {
  return [
    ...(incoming === undefined ? [] : ['-i', incoming]),
    ...(source === undefined ? ['-d', destination ?? ''] : ['-s', source]),
    ...['-p', protocol],
    ...(destinationPort === undefined ? [] : ['--dport', destinationPort]),
  ].join(' ');
}
