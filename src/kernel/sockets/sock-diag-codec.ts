/** How sockets are asked for and read over sock_diag (linux/sock_diag.h, linux/inet_diag.h). */
import type { Family } from '../../domain/address.ts';
import { parseAddress } from '../../domain/address.ts';
import type { LocatedMessage } from '../netlink/wire.ts';

/** NETLINK_SOCK_DIAG. */
export const sockDiagProtocol = 4;
/** SOCK_DIAG_BY_FAMILY, of requests and replies. */
export const sockDiagByFamily = 20;

/** TCP_* of net/tcp_states.h. */
export const tcpState = { established: 1, listen: 10 } as const;

const addressFamily = { ipv4: 2, ipv6: 10 } as const;
const protocolTcp = 6;

/** Where the port lies in struct inet_diag_req_v2, behind family, protocol, extensions and states. */
const requestBytes = 56;
const requestPort = 8;

/** Fields of struct inet_diag_msg. */
const reply = {
  family: 0,
  port: 4,
  peerPort: 6,
  address: 8,
  peerAddress: 24,
  waiting: 56,
  limit: 60,
  bytes: 72,
} as const;

/** The four words of an IPv6 address, or of an IPv4 address mapped into IPv6, which a dual-stack listener makes of it. */
export type AddressWords = readonly [number, number, number, number];

/** A network of them: what of an address is to be compared. */
export interface NetworkWords {
  readonly words: AddressWords;
  readonly mask: AddressWords;
}

const mappedPrefix = 0xffff;

/** A request for all TCP sockets of a family in one state; `port` 0 is any, else the kernel leaves out all others. */
export function encodeTcpDump(family: Family, state: number, port: number): Uint8Array {
  const bytes = new Uint8Array(requestBytes);
  const view = new DataView(bytes.buffer);
  bytes[0] = addressFamily[family];
  bytes[1] = protocolTcp;
  view.setUint32(4, 1 << state, true);
  view.setUint16(requestPort, port, false);
  return bytes;
}

/** Whether a message tells of a socket, whole. */
export function isSocket({ type, start, end }: LocatedMessage): boolean {
  return type === sockDiagByFamily && end - start >= reply.bytes;
}

export function localPort({ view, start }: LocatedMessage): number {
  return view.getUint16(start + reply.port, false);
}

export function peerPort({ view, start }: LocatedMessage): number {
  return view.getUint16(start + reply.peerPort, false);
}

/** Whether its local end is this address. */
export function isLocalAddress(message: LocatedMessage, words: AddressWords): boolean {
  return isAddressAt(message, reply.address, words);
}

/** Whether its near end is in this network. */
export function isLocalNetwork({ view, start }: LocatedMessage, { words, mask }: NetworkWords): boolean {
  const at = start + reply.address;
  const isIpv4 = view.getUint8(start + reply.family) === addressFamily.ipv4;
  const [a, b, c, d] = isIpv4
    ? [0, 0, mappedPrefix, view.getUint32(at, false)]
    : [0, 4, 8, 12].map((offset) => view.getUint32(at + offset, false));
  return [a, b, c, d].every(
    (word, index) => (((word ?? 0) ^ (words[index] ?? 0)) & (mask[index] ?? 0)) === 0,
  );
}

/** Whether its far end is this address. */
export function isPeerAddress(message: LocatedMessage, words: AddressWords): boolean {
  return isAddressAt(message, reply.peerAddress, words);
}

/** Reads numbers and makes no text: a dump has a message for each connection. */
function isAddressAt({ view, start }: LocatedMessage, field: number, [a, b, c, d]: AddressWords): boolean {
  const at = start + field;
  const first = view.getUint32(at, false);
  if (view.getUint8(start + reply.family) === addressFamily.ipv4)
    return first === d && c === mappedPrefix && a === 0 && b === 0;
  return (
    first === a &&
    view.getUint32(at + 4, false) === b &&
    view.getUint32(at + 8, false) === c &&
    view.getUint32(at + 12, false) === d
  );
}

/** Whether it listens at any address of its family: `0.0.0.0`, `::`. */
export function isAnyAddress(message: LocatedMessage): boolean {
  const { view, start } = message;
  const at = start + reply.address;
  const words = view.getUint8(start + reply.family) === addressFamily.ipv4 ? 1 : 4;
  return [0, 4, 8, 12].slice(0, words).every((offset) => view.getUint32(at + offset, false) === 0);
}

/** Of a listening socket: connections that wait to be accepted, and how many may. */
export function acceptQueue({ view, start }: LocatedMessage): { waiting: number; limit: number } {
  return {
    waiting: view.getUint32(start + reply.waiting, true),
    limit: view.getUint32(start + reply.limit, true),
  };
}

/** Of an address already known to be one. */
export function addressWords(address: string): AddressWords {
  const bytes = parseAddress(address) ?? new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 4) return [0, 0, mappedPrefix, view.getUint32(0, false)];
  return [view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12)];
}

/** `192.0.2.0/28`. */
export function networkWords(network: string): NetworkWords {
  const [address = '', length = '0'] = network.split('/');
  const words = addressWords(address);
  const bits = Number(length) + (address.includes(':') ? 0 : 96);
  const maskOf = (index: number) => {
    const own = Math.min(32, Math.max(0, bits - 32 * index));
    return own === 0 ? 0 : (0xffff_ffff << (32 - own)) >>> 0;
  };
  return { words, mask: [maskOf(0), maskOf(1), maskOf(2), maskOf(3)] };
}
