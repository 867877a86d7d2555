// Which tunnels carry what, and what they cost: the list that the kernel's test walks (test/kernel/tunnels.test.ts), as a page.
import type { Family } from '../../src/domain/address.ts';
import type { Forwarding } from '../../src/domain/ipvs-table.ts';
import { type ForwardingPolicy, forwardingPolicies } from '../../src/domain/resource.ts';
import {
  defaultGue,
  factsOf,
  type TunnelType,
  tunnelFacts,
  tunnelTypeNames,
} from '../../src/domain/tunnel.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { wayUnder } from '../../src/plan/forwarding.ts';
import { mssThrough, overheadOf, udpHeaderBytes } from '../../src/plan/tunnel-device.ts';
import { code, table } from './tables.ts';

export interface TunnelRow {
  readonly tunnel: TunnelType;
  readonly checksum: boolean;
  /** Of the VIP. */
  readonly inner: Family;
  /** Of director and real server. */
  readonly outer: Family;
  /** Bytes before each packet. */
  readonly overheadBytes: number;
  /** TCP MSS that clients are told. */
  readonly mssBytes: number;
  /** The largest UDP payload that passes whole. */
  readonly udpBytes: number;
}

/** Of all links between client and real server, bytes: Ethernet's. */
const mtuBytes = 1_500;
const families: readonly Family[] = ['ipv4', 'ipv6'];

/** Every combination that a site can be given. */
export const tunnelRows: readonly TunnelRow[] = tunnelTypeNames.flatMap((tunnel) =>
  (tunnelFacts(tunnel).port === 0 ? [false] : [false, true]).flatMap((checksum) =>
    families.flatMap((outer) => families.map((inner) => rowOf(tunnel, checksum, inner, outer))),
  ),
);

function rowOf(tunnel: TunnelType, checksum: boolean, inner: Family, outer: Family): TunnelRow {
  const overheadBytes = overheadOf(tunnel, outer);
  const mssBytes = mssThrough(tunnel, inner, outer, mtuBytes);
  const udpBytes = mtuBytes - overheadBytes - udpHeaderBytes[inner];
  return { tunnel, checksum, inner, outer, overheadBytes, mssBytes, udpBytes };
}

export function tunnelsPage(): string {
  return [
    '# Tunnels',
    '',
    "What packets travel in from a director to a real server is said for a real server's site:",
    '',
    '```yaml',
    'apiVersion: causeway/v1',
    'kind: Site',
    'metadata: { name: fra }',
    'spec:',
    `  tunnel: { type: gue, port: ${defaultGue.port}, checksum: true }`,
    '```',
    '',
    'Each row is sent real packets by a test on a real kernel (requests, an upload of 10 MB while ICMP is blocked, the largest datagram and one',
    'byte more). Sites of different types, and of different families, may carry one service. All bytes at links of 1,500.',
    '',
    table(
      [
        'tunnel',
        'VIP',
        'director and real server',
        'between them',
        'device',
        'overhead',
        'MSS',
        'UDP, whole',
      ],
      tunnelRows.map(cellsOf),
    ),
    'UDP payloads above the last column are lost once where ICMP comes back, always where it is blocked. Links of 1,600 or more between the',
    'sites carry all that clients send.',
    '',
    '## Which to choose',
    '',
    '- `ipip` is the smallest. Azure does not carry it, nor do networks that know TCP, UDP and ICMP alone.',
    '- `gre` passes where IP in IP is filtered.',
    `- \`gue\` is UDP, to port ${defaultGue.port} of real servers unless the site says another. Every network carries that, and its source port tells`,
    '  connections apart, so that routers and network cards spread them. `checksum` covers what the network may damage on the way; without it',
    '  the checksum is 0, over IPv6 too, which some firewalls drop: set it to `true` there.',
    '',
    'Security groups of real servers let in, from directors alone, IP protocol 4 (and 41 for VIPs of IPv6) for `ipip`, 47 for `gre`, the UDP port for',
    '`gue`. The real server itself takes tunnelled packets from its directors only.',
    '',
    '## What it needs',
    '',
    "`gue` wants Linux 5.3 on directors, on real servers 5.2 and the module `fou` (`modprobe fou`). Agents tell at registration what their kernel can; a site's",
    "change to `gue` is refused, with their names, while one of them cannot. The port is opened at the real server's own address alone, is closed by",
    "`--cleanup`, and is refused where another program or somebody else's `ip fou` has it.",
    '',
    'A change from one type to another, or to another port, loses nothing: real servers take both until every director sends the new way.',
    '',
    '## Forwarding',
    '',
    'What a service states, and what becomes of it by where the real server stands. Each way is sent real packets by a test on a real kernel',
    '(`test/kernel/forwarding.test.ts`), all of them mixed in one service, an upload of 1 MB to each.',
    '',
    table(
      ['forwarding', 'director and real server', 'VIP and real server of one family', 'of two'],
      forwardingPolicies.flatMap((policy) =>
        places.map(({ name }) => [
          code(policy),
          name,
          ...(['ipv4', 'ipv6'] as const).map((inner) => wayText(policy, name, inner)),
        ]),
      ),
    ),
    'One director reaches one real server in one way: services that share real servers and state different ones are refused, by name. So is a VIP',
    'under `masquerade` of a family that none of its real servers has. Real servers that nobody reaches in the stated way are named (refused with',
    '`--strict`). Sites, and real servers within a site, may be reached in different ways under one VIP: that is `auto`.',
  ].join('\n');
}

type Place = (typeof places)[number]['name'];

/** Real servers of IPv4, as a director at 10.1.0.2/24 of the site fra finds them. */
const places = [
  { name: 'on one link', site: 'fra', address: '10.1.0.11' },
  { name: 'in one site', site: 'fra', address: '10.1.7.11' },
  { name: 'in two sites', site: 'lon', address: '10.2.0.11' },
] as const;

/** What is sent; `undefined`: nothing. */
export function forwardedBy(policy: ForwardingPolicy, place: Place, inner: Family): Forwarding | undefined {
  const found = places.find(({ name }) => name === place) ?? places[0];
  const member = { ...found, name: 'r', prefixLength: 24, probeSlot: 1 };
  const director = { ...member, role: 'director', site: 'fra', address: '10.1.0.2' } as const;
  const realServer = { ...member, role: 'realserver', labels: {}, capacity: 1 } as const;
  const forwarding = wayUnder(policy, director, realServer);
  if (forwarding === undefined) return undefined;
  return destinationTo({ ...member, forwarding, tunnel: 'ipip' }, inner, 80, 1)?.forwarding;
}

function wayText(policy: ForwardingPolicy, place: Place, inner: Family): string {
  const way = forwardedBy(policy, place, inner);
  if (way !== undefined) return way;
  const isOfKernel = forwardedBy(policy, place, 'ipv4') !== undefined;
  return isOfKernel ? 'nothing: the kernel refuses it' : 'nothing';
}

const familyNames: Readonly<Record<Family, string>> = { ipv4: 'IPv4', ipv6: 'IPv6' };

function cellsOf({ tunnel, checksum, inner, outer, overheadBytes, mssBytes, udpBytes }: TunnelRow): string[] {
  const { port, devices } = tunnelFacts(tunnel);
  const device = factsOf(devices[outer][inner]);
  const protocol = tunnel === 'gre' ? 47 : inner === 'ipv4' ? 4 : 41;
  return [
    `${code(tunnel)}${checksum ? ' with checksum' : ''}`,
    familyNames[inner],
    familyNames[outer],
    port === 0 ? `IP protocol ${protocol}` : `UDP ${port}`,
    code(device.device),
    `${overheadBytes}`,
    `${mssBytes}`,
    `${udpBytes}`,
  ];
}
