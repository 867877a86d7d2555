/** How many connections this host's services hold, and how full their accept queues are, by sock_diag. */
import { type Family, hostPrefixLength } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Decode, NetlinkConnection } from '../netlink/connection.ts';
import type { LocatedMessage } from '../netlink/wire.ts';
import {
  type AddressWords,
  acceptQueue,
  addressWords,
  encodeTcpDump,
  isAnyAddress,
  isLocalAddress,
  isLocalNetwork,
  isPeerAddress,
  isSocket,
  localPort,
  type NetworkWords,
  networkWords,
  peerPort,
  sockDiagByFamily,
  tcpState,
} from './sock-diag-codec.ts';

/** Where a service's clients arrive. */
export interface LocalEnd {
  /** Or a network, `192.0.2.0/28`. */
  readonly address: string;
  readonly port: number;
  /** Of a range, whose first is `port`; absent: that alone. */
  readonly lastPort?: number;
}

/** Who connects without being a client: from these addresses, by such a port. */
export interface Knockers {
  readonly addresses: readonly string[];
  readonly isKnockPort: (port: number) => boolean;
}

/** Errors: `kernel` with ENOENT where the kernel lacks tcp_diag, `unsupported` where it lacks sock_diag or /proc. */
export interface TcpSockets {
  /**
   * Established connections of clients to these. Where the host has more than a hundred thousand sockets, all of them: too many,
   * but such a host has few that are not its services'.
   */
  established(ends: readonly LocalEnd[], knockers: Knockers): Promise<number>;
  /** The fullest accept queue of those who listen there, 1 is full; undefined where nobody does. */
  fullestQueue(ends: readonly LocalEnd[]): Promise<number | undefined>;
}

/**
 * A dump costs 1 µs a socket (9,000 in 9 ms on Linux 6.18) and holds the event loop to its end, so that this many keep probes
 * waiting for a tenth of a second. A dump can't be left once it runs: it is not begun.
 */
const dumpLimit = 100_000;

/** `inUse`: sockets of this network namespace. */
export function createTcpSockets(
  connection: Pick<NetlinkConnection, 'scan'>,
  inUse: () => Promise<number>,
): TcpSockets {
  /** IPv6 always: a dual-stack listener has its IPv4 connections there. A kernel without IPv6 has none. */
  async function dump(state: number, port: number, decode: Decode<never>): Promise<void> {
    await dumpFamily('ipv4', state, port, decode);
    try {
      await dumpFamily('ipv6', state, port, decode);
    } catch (error) {
      if (!(error instanceof CausewayError && error.errno === 'ENOENT')) throw error;
    }
  }

  async function dumpFamily(
    family: Family,
    state: number,
    port: number,
    decode: Decode<never>,
  ): Promise<void> {
    const message = { type: sockDiagByFamily, payload: encodeTcpDump(family, state, port) };
    await connection.scan(message, { operation: 'list sockets', subject: `${family} tcp` }, decode);
  }

  return {
    async established(ends, knockers) {
      const total = await inUse();
      if (total > dumpLimit) return total;
      const wanted = endsOf(ends);
      const isKnock = knockOf(knockers);
      let count = 0;
      await dump(tcpState.established, onlyPort(wanted), (message) => {
        if (isSocket(message) && isAtOneOf(message, wanted) && !isKnock(message)) count += 1;
        return undefined;
      });
      return count;
    },
    async fullestQueue(ends) {
      const wanted = endsOf(ends);
      let fullest: number | undefined;
      await dump(tcpState.listen, onlyPort(wanted), (message) => {
        if (!isSocket(message) || !isPortOfOne(localPort(message), wanted)) return undefined;
        if (!isAnyAddress(message) && !isAtOneOf(message, wanted)) return undefined;
        const { waiting, limit } = acceptQueue(message);
        // The kernel lets one more in than the limit says, so that a limit of 0 is a queue of one.
        fullest = Math.max(fullest ?? 0, Math.min(1, waiting / Math.max(1, limit)));
        return undefined;
      });
      return fullest;
    },
  };
}

interface Ends {
  readonly byPort: ReadonlyMap<number, readonly AddressWords[]>;
  /** Ranges of ports, and networks. */
  readonly wide: readonly { readonly first: number; readonly last: number; readonly network: NetworkWords }[];
}

function endsOf(ends: readonly LocalEnd[]): Ends {
  const byPort = new Map<number, AddressWords[]>();
  const wide: Ends['wide'][number][] = [];
  for (const { address, port, lastPort } of ends) {
    if (lastPort !== undefined || address.includes('/')) {
      const network = networkWords(
        address.includes('/') ? address : `${address}/${hostPrefixLength(address)}`,
      );
      wide.push({ first: port, last: lastPort ?? port, network });
    } else byPort.set(port, [...(byPort.get(port) ?? []), addressWords(address)]);
  }
  return { byPort, wide };
}

/** For the kernel to leave out the others; 0 where there are several. */
function onlyPort({ byPort, wide }: Ends): number {
  const [port, another] = byPort.keys();
  return port !== undefined && another === undefined && wide.length === 0 ? port : 0;
}

function isPortOfOne(port: number, { byPort, wide }: Ends): boolean {
  return byPort.has(port) || wide.some(({ first, last }) => first <= port && port <= last);
}

function isAtOneOf(message: LocatedMessage, { byPort, wide }: Ends): boolean {
  const port = localPort(message);
  return (
    byPort.get(port)?.some((address) => isLocalAddress(message, address)) === true ||
    wide.some(({ first, last, network }) => first <= port && port <= last && isLocalNetwork(message, network))
  );
}

function knockOf({ addresses, isKnockPort }: Knockers): (message: LocatedMessage) => boolean {
  const peers = addresses.map(addressWords);
  return (message) => {
    if (!isKnockPort(peerPort(message))) return false;
    return peers.some((address) => isPeerAddress(message, address));
  };
}
