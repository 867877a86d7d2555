// Routes: what we send, byte for byte (as iproute2 does, with the table always in its attribute), and what a kernel 6.1 sends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress, type Family } from '../../src/domain/address.ts';
import type { Route } from '../../src/domain/host-state.ts';
import {
  encodeRoute,
  encodeRouteDeletion,
  encodeRouteQuery,
  isLearnt,
  parseRoute,
  routeTableOf,
} from '../../src/kernel/link/codec-route.ts';
import { bytesOf, compact, hexOf } from './hex.ts';

const movedLocal: Route = {
  family: 'ipv4',
  table: 7477,
  type: 'local',
  destination: '192.0.2.10/32',
  link: 'lo',
};

describe('routes on the wire', () => {
  it.each([
    [
      'a local route in a table of ours',
      encodeRoute(movedLocal, 1),
      '02200000 0002fe02 00000000 08000f00 351d0000 08000100 c000020a 08000400 01000000',
    ],
    [
      'a default route with advmss',
      encodeRoute(
        {
          family: 'ipv4',
          table: 7477,
          type: 'unicast',
          destination: 'default',
          gateway: '10.9.0.2',
          advertisedMss: 1440,
        },
        undefined,
      ),
      '02000000 00020001 00000000 08000f00 351d0000 08000500 0a090002 0c000880 08000800 a0050000',
    ],
    [
      'an IPv6 gateway of an IPv4 route',
      encodeRoute(
        {
          family: 'ipv4',
          table: 77,
          type: 'unicast',
          destination: 'default',
          gateway: 'fe80::1',
          link: 'v0',
        },
        10,
      ),
      '02000000 4d020001 00000000 08000f00 4d000000 16001200 0a00fe80 00000000 00000000 00000000 00010000 08000400 0a000000',
    ],
    [
      "the kernel's own local route, put back as it was",
      encodeRoute({ ...movedLocal, table: 255 }, 1),
      '02200000 ff02fe02 00000000 08000f00 ff000000 08000100 c000020a 08000400 01000000 08000700 c000020a',
    ],
    [
      'a deletion, of any scope and origin',
      encodeRouteDeletion({ ...movedLocal, table: 255 }, 1),
      '02200000 ff00ff02 00000000 08000f00 ff000000 08000100 c000020a 08000400 01000000',
    ],
    ['a question', encodeRouteQuery('8.8.4.4'), '02200000 00000000 00000000 08000100 08080404'],
    [
      'a question about a packet that has its source',
      encodeRouteQuery('8.8.4.4', '10.0.0.2'),
      '02202000 00000000 00000000 08000100 08080404 08000200 0a000002',
    ],
    [
      'a question about a packet that bears a mark',
      encodeRouteQuery('8.8.4.4', undefined, 0x0100_0000),
      '02200000 00000000 00000000 08000100 08080404 08001000 00000001',
    ],
  ])('writes %s', (_name, bytes, hex) => {
    expect(hexOf(bytes)).toBe(compact(hex));
  });

  it.each([
    [
      '02000000 fc030001 10000000 08000f00 351d0000 0c000800 08000800 a0050000 08000500 0a090002 08000400 0a000000',
      {
        table: 7477,
        type: 1,
        destination: 'default',
        gateway: '10.9.0.2',
        linkIndex: 10,
        advertisedMss: 1440,
      },
    ],
    [
      '02200000 4d03fe02 00000000 08000f00 4d000000 08000100 c000020a 08000400 01000000',
      { table: 77, type: 2, destination: '192.0.2.10/32', gateway: undefined, linkIndex: 1 },
    ],
    [
      '02180000 fe030001 00000000 08000f00 fe000000 08000100 c6336400 16001200 0a00fe80 00000000 00000000 00000000 00010000 08000400 0a000000',
      { table: 254, destination: '198.51.100.0/24', gateway: 'fe80::1', linkIndex: 10 },
    ],
    [
      '02180000 fe030001 10000000 08000f00 fe000000 08000100 cb007100 24000900 10001000 0a000000 08000500 0a090002 10002100 0a000000 08000500 0a090003',
      { destination: '203.0.113.0/24', gateway: '10.9.0.2', linkIndex: 10 },
    ],
    [
      '02180000 fe02fd01 10000000 08000f00 fe000000 08000100 0a090000 08000700 0a090001 08000400 0a000000',
      { destination: '10.9.0.0/24', preferredSource: '10.9.0.1', gateway: undefined },
    ],
    [
      '0a800000 fc030002 00000000 08000f00 351d0000 14000100 20010db8 000a0000 00000000 00000010 08000600 00040000 08000400 01000000 24000c00 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 05001400 00000000',
      {
        family: 'ipv6',
        table: 7477,
        type: 2,
        destination: '2001:db8:a::10/128',
        linkIndex: 1,
        priority: 1024,
      },
    ],
  ])('reads %s', (hex, expected) => {
    const bytes = bytesOf(hex);
    expect(parseRoute(bytes)).toMatchObject(expected);
    expect(routeTableOf(bytes)).toBe(parseRoute(bytes)?.table);
  });

  it.each([
    [
      'a route',
      '0a800000 fc030002 00000000 08000f00 351d0000 14000100 20010db8 000a0000 00000000 00000010 08000400 01000000',
      false,
    ],
    [
      'the path MTU learnt of it',
      '0a800000 fc030002 00020000 08000f00 351d0000 14000100 20010db8 000a0000 00000000 00000010 08000400 01000000',
      true,
    ],
    ['the next hop of a route on a link that is down', '02200000 fe030001 11000000 08000f00 fe000000', false],
  ])('knows what is no route: %s', (_, hex, expected) => {
    expect(isLearnt(bytesOf(hex))).toBe(expected);
  });

  it('gives back what it wrote', () => {
    const of = (family: Family) => {
      const address = family === 'ipv4' ? fc.ipV4() : fc.ipV6().map((text) => canonicalAddress(text) ?? '');
      return fc.record({
        family: fc.constant(family),
        table: fc.integer({ min: 1, max: 0xffff_ffff }),
        type: fc.constantFrom('unicast' as const, 'local' as const),
        destination: fc.oneof(
          fc.constant('default'),
          address.map((host) => `${host}/${family === 'ipv4' ? 32 : 128}`),
        ),
        gateway: fc.option(address, { nil: undefined }),
        linkIndex: fc.option(fc.integer({ min: 1, max: 0x7fff_ffff }), { nil: undefined }),
        advertisedMss: fc.option(fc.integer({ min: 48, max: 65_495 }), { nil: undefined }),
        mtuBytes: fc.option(fc.integer({ min: 68, max: 65_535 }), { nil: undefined }),
      });
    };
    fc.assert(
      fc.property(
        fc.oneof(of('ipv4'), of('ipv6')),
        ({ gateway, linkIndex, advertisedMss, mtuBytes, ...rest }) => {
          const route: Route = {
            ...rest,
            ...(gateway === undefined ? {} : { gateway }),
            ...(advertisedMss === undefined ? {} : { advertisedMss }),
            ...(mtuBytes === undefined ? {} : { mtuBytes }),
          };
          const { type, ...expected } = { ...rest, gateway, linkIndex, advertisedMss, mtu: mtuBytes };
          const found = parseRoute(encodeRoute(route, linkIndex));
          expect(found).toMatchObject({ ...expected, type: type === 'unicast' ? 1 : 2 });
        },
      ),
    );
  });

  it.each([
    ['10.0.0.0/33', 'ipv4'],
    ['10.0.0/8', 'ipv4'],
    ['10.0.0.0', 'ipv4'],
    ['2001:db8::/64', 'ipv4'],
    ['10.0.0.0/8', 'ipv6'],
    ['10.0.0.0/8/8', 'ipv4'],
  ] satisfies [string, Family][])('refuses %s as an %s destination', (destination, family) => {
    const route: Route = { family, table: 7477, type: 'unicast', destination };
    expect(() => encodeRoute(route, 1)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });
});
