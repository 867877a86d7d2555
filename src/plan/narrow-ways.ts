/**
 * To which real servers a director needs a route of its own with an MTU: those over IPv6 whose way is narrower than this host's link. In mid-path
 * nobody fragments IPv6, and what a router says about a packet that was too large IPVS does not understand over IPv6 (ip_vs_in_icmp_v6 knows no
 * tunnels): without such a route it goes on sending what is lost. With one it tells clients itself, as it does over IPv4. Pure.
 */
import { familyOf } from '../domain/address.ts';
import type { HostTrouble } from '../domain/finding.ts';
import type { Way } from '../domain/host-survey.ts';
import { named } from '../domain/named.ts';
import type { SnapshotRealServer } from '../domain/snapshot.ts';
import { overheadOf } from './tunnel-device.ts';

export interface NarrowWay {
  /** RIP. */
  readonly address: string;
  readonly link: string;
  readonly gateway?: string;
  readonly mtuBytes: number;
}

export interface NarrowWays {
  readonly ways: readonly NarrowWay[];
  readonly troubles: readonly HostTrouble[];
}

export interface WayFacts {
  /** The largest packet of the underlay that gets through, as measured, bytes; undefined: it is not known. */
  readonly mtuOf: (realServer: string) => number | undefined;
  /** As it would be without a route of ours. */
  readonly wayTo: (address: string) => Way | undefined;
  readonly linkMtu: (address: string) => number;
}

/** Each is a route that follows the host's own every two seconds. */
export const narrowWaysAtMost = 256;
/** What IPv6 asks of every link (RFC 8200, section 5), and IPVS of what it sends through: below it nothing at all would leave. */
const leastInnerBytes = 1_280;

export function narrowWays(
  realServers: readonly SnapshotRealServer[],
  { mtuOf, wayTo, linkMtu }: WayFacts,
): NarrowWays {
  const narrow = new Map<string, NarrowWay>();
  const tooNarrow: string[] = [];
  const left: string[] = [];
  for (const { name, address, tunnel } of realServers) {
    const mtuBytes = familyOf(address) === 'ipv6' ? mtuOf(name) : undefined;
    const way = mtuBytes === undefined ? undefined : wayTo(address);
    if (mtuBytes === undefined || way === undefined || way.isLocal || mtuBytes >= linkMtu(address)) continue;
    const { link, gateway } = way;
    if (mtuBytes < leastInnerBytes + overheadOf(tunnel, 'ipv6')) tooNarrow.push(name);
    else if (narrow.size >= narrowWaysAtMost && !narrow.has(address)) left.push(name);
    else narrow.set(address, { address, link, ...(gateway === undefined ? {} : { gateway }), mtuBytes });
  }
  return { ways: [...narrow.values()], troubles: [...tooNarrowTrouble(tooNarrow), ...leftTrouble(left)] };
}

function tooNarrowTrouble(names: readonly string[]): HostTrouble[] {
  if (names.length === 0) return [];
  return [
    {
      id: 'mtu',
      what: `the way to ${named(names)} carries no tunnelled packet of 1,280 bytes, which IPv6 asks of every link: what is larger than it carries is lost`,
      remedy: '; give the links on the way an MTU of 1,400 or more',
    },
  ];
}

function leftTrouble(names: readonly string[]): HostTrouble[] {
  if (names.length === 0) return [];
  return [
    {
      id: 'mtu',
      what: `the ways to more than ${narrowWaysAtMost} real servers over IPv6 are narrower than this host's link, and ${named(names)} have no route of ours that says so`,
      remedy: "; give the host's own route to them an MTU (ip -6 route change … mtu …)",
    },
  ];
}
