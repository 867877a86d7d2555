/** Which packets that must come in are dropped by others' rules on this host, and what lets them in. Pure. */
import { type Family, familyOf } from '../domain/address.ts';
import type { ExpectedPacket, FilterChain, PacketFilters } from '../domain/packet-filter.ts';
import { probePort } from '../domain/probe.ts';
import type { ServicePort } from '../domain/resource.ts';
import { bearsPort, factsOf } from '../domain/tunnel.ts';
import { named } from './named.ts';
import { whereDropped } from './packet-filter.ts';
import { guePortsOf, isTranslated, type RealServerFacts } from './real-server-host.ts';
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
}

/** What a director's packets are on the outside. */
interface Outer {
  readonly protocol: number;
  readonly destinationPort?: number;
  readonly told: string;
  readonly selector: string;
}

/** Each is judged by all rules: of many alike a few will do. */
const servicesJudged = 4;
const vipsJudged = 4;
const portsJudged = 4;
const directorsJudged = 4;

const udp = 17;
const ipProtocols: Readonly<Record<string, number>> = { tcp: 6, udp, sctp: 132 };

export function directorFilterTroubles(
  { services }: Pick<DirectorContent, 'services'>,
  filters: PacketFilters | undefined,
): string[] {
  const expected = services
    .slice(0, servicesJudged)
    .flatMap(({ vips, ports }) => vips.slice(0, vipsJudged).flatMap((vip) => toPorts(vip, ports)));
  return troublesOf(expected, filters);
}

export function realServerFilterTroubles(
  snapshot: Pick<RealServerContent, 'services' | 'directors' | 'tunnel' | 'alsoTunnels' | 'guePorts'>,
  { address, link }: Pick<RealServerFacts, 'address' | 'link'>,
  filters: PacketFilters | undefined,
): string[] {
  const vips = vipsOf(snapshot).slice(0, vipsJudged);
  if (vips.length === 0 || isTranslated(snapshot)) return [];
  const families = (['ipv4', 'ipv6'] as const).filter((family) => ofFamily(vips, family).length > 0);
  const outer = familyOf(address);
  const senders = snapshot.directors.filter((one) => familyOf(one.address) === outer);
  const tunnelled = senders.filter(({ forwarding }) => forwarding === 'tunnel').slice(0, directorsJudged);
  const types = tunnelled.length === 0 ? [] : [snapshot.tunnel, ...(snapshot.alsoTunnels ?? [])];
  const devices = types.flatMap((type) => tunnelDevices(type, address, families));
  const protocols = types
    .filter((type) => !bearsPort(type))
    .flatMap((type) => tunnelDevices(type, address, families))
    .flatMap((device) => factsOf(device.link.type).protocols);
  const outers: readonly Outer[] = [
    ...protocols.map((protocol) => ({
      protocol,
      told: `IP protocol ${protocol}`,
      selector: `meta l4proto ${protocol}`,
    })),
    ...(types.some(bearsPort) ? guePortsOf(snapshot) : []).map((port) => ({
      protocol: udp,
      destinationPort: port,
      told: `GUE, UDP port ${port}`,
      selector: `udp dport ${port}`,
    })),
  ];
  const outside = outers.flatMap(({ told, selector, ...packet }) =>
    tunnelled.map(
      ({ name, address: source }): Expected => ({
        what: `tunnelled packets of ${name} (${told})`,
        selector: `${outer === 'ipv4' ? 'ip' : 'ip6'} saddr ${source} ${selector}`,
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
  return troublesOf([...outside, ...inside, ...direct], filters);
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

const judged = remembered((_filters: PacketFilters) => new Map<string, string[]>());
/** Snapshots come one after the other. */
const judgementsKept = 4;

/** The same rules and packets are judged once. */
function troublesOf(expected: readonly Expected[], filters: PacketFilters | undefined): string[] {
  if (filters === undefined || expected.length === 0) return [];
  const known = judged(filters);
  const key = JSON.stringify(expected);
  const found = known.get(key) ?? judgement(expected, filters);
  if (known.size >= judgementsKept) known.clear();
  known.set(key, found);
  return found;
}

function judgement(expected: readonly Expected[], filters: PacketFilters): string[] {
  const dropped = expected.flatMap((one) => {
    const at = whereDropped(filters.chains, one.packet);
    return at === undefined ? [] : [{ ...one, at }];
  });
  const places = Map.groupBy(dropped, ({ at: { chain } }) => chain);
  const told = [...places].map(([chain, lost]) => {
    const [first] = lost;
    const how = first?.at.byPolicy === true ? 'by its policy' : 'by a rule';
    const { where, remedy } = first === undefined ? { where: '', remedy: '' } : opening(chain, first);
    return (
      `${where} drops ${named(lost.map(({ what }) => what))} (chain ${chain.name}, ${how}): let them in, such as by ` +
      `(${remedy}), and where these rules are kept`
    );
  });
  return [...unread(filters), ...told];
}

function unread({ unread: nft, legacyUnread: legacy }: PacketFilters): string[] {
  const told = (whose: string, why: string, look: string): string =>
    `nobody knows whether ${whose} on this host let in what Causeway needs: ${why}; where clients or probes get no answer, look there (${look})`;
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
): { readonly where: string; readonly remedy: string } {
  if (legacy !== true)
    return {
      where: `nft's table ${family} ${table}`,
      remedy: `nft insert rule ${family} ${table} ${name} ${selector} accept`,
    };
  const program = `${family}tables-legacy`;
  return {
    where: `table ${table} of ${program}`,
    remedy: `${program} -t ${table} -I ${name} ${optionsOf(packet)} -j ACCEPT`,
  };
}

/** The packet as iptables selects it. */
function optionsOf({ protocol, incoming, source, destination, destinationPort }: ExpectedPacket): string {
  return [
    ...(incoming === undefined ? [] : ['-i', incoming]),
    ...(source === undefined ? ['-d', destination] : ['-s', source]),
    ...['-p', protocol],
    ...(destinationPort === undefined ? [] : ['--dport', destinationPort]),
  ].join(' ');
}
