// What we send, and what a kernel 6.18 sends, byte for byte.
import { describe, expect, test } from 'vitest';
import type { LocatedMessage } from '../../src/kernel/netlink/wire.ts';
import {
  acceptQueue,
  addressWords,
  encodeTcpDump,
  isAnyAddress,
  isLocalAddress,
  isSocket,
  localPort,
  sockDiagByFamily,
  tcpState,
} from '../../src/kernel/sockets/sock-diag-codec.ts';
import { bytesOf, compact, hexOf } from '../host/hex.ts';
import { sockets } from './vectors.ts';

function located(bytes: Uint8Array, type = sockDiagByFamily): LocatedMessage {
  // Not at the start of its buffer, as in a datagram.
  const datagram = new Uint8Array(16 + bytes.length);
  datagram.set(bytes, 16);
  const view = new DataView(datagram.buffer);
  return { type, flags: 2, sequence: 1, start: 16, end: datagram.length, view, bytes: datagram };
}

test.each([
  ['ipv4', tcpState.established, 0, '02060000 02000000 0000 0000'],
  ['ipv6', tcpState.established, 8080, '0a060000 02000000 1f90 0000'],
  ['ipv6', tcpState.listen, 80, '0a060000 00040000 0050 0000'],
] as const)('asks for %s sockets in state %i at port %i', (family, state, port, head) => {
  const rest = '00'.repeat(56 - 12);
  expect(hexOf(encodeTcpDump(family, state, port))).toBe(compact(head) + rest);
});

describe('a socket', () => {
  test.each([
    ['IPv4', sockets.established4, '127.0.0.8', 45329],
    ['IPv4 on a dual-stack listener', sockets.mapped, '127.0.0.1', 18080],
    ['IPv6', sockets.established6, '2001:db8::10', 80],
  ])('%s: its own end', (_, hex, address, port) => {
    const message = located(bytesOf(hex));
    expect(isSocket(message)).toBe(true);
    expect(localPort(message)).toBe(port);
    expect(isLocalAddress(message, addressWords(address))).toBe(true);
    for (const other of ['127.0.0.9', '2001:db8::11', '::7f00:1', '::'])
      expect(isLocalAddress(message, addressWords(other))).toBe(false);
  });

  test.each([
    ['0.0.0.0', sockets.listening4, true, { waiting: 0, limit: 128 }],
    ['::', sockets.listening6, true, { waiting: 0, limit: 511 }],
    ['one address, with a queue', sockets.busy, false, { waiting: 7, limit: 16 }],
  ])('listening at %s', (_, hex, any, queue) => {
    const message = located(bytesOf(hex));
    expect(isAnyAddress(message)).toBe(any);
    expect(acceptQueue(message)).toEqual(queue);
  });

  test('what is shorter, or of another type, is none', () => {
    expect(isSocket(located(bytesOf(sockets.listening4).subarray(0, 71)))).toBe(false);
    expect(isSocket(located(bytesOf(sockets.listening4), 3))).toBe(false);
  });
});
