// Addresses of devices: what we send (as iproute2 does, but for the flags in an attribute), and what a kernel 6.1 sends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalAddress } from '../../src/domain/address.ts';
import type { InterfaceAddress } from '../../src/domain/host-state.ts';
import {
  encodeAddress,
  encodeAddressDeletion,
  interfaceAddressOf,
  parseAddressMessage,
} from '../../src/kernel/link/codec-address.ts';
import { bytesOf, compact, hexOf } from './hex.ts';

const vip6: InterfaceAddress = {
  link: 'lo',
  address: '2001:db8:a::10',
  prefixLength: 128,
  preferredLifetimeSeconds: 0,
};
const vip6Hex = '14000200 20010db8 000a0000 00000000 00000010 14000100 20010db8 000a0000 00000000 00000010';
const linkScope: InterfaceAddress = { link: 'cw4', address: '169.254.7.1', prefixLength: 32, scope: 'link' };

function roundTrip(address: InterfaceAddress): InterfaceAddress | undefined {
  const reading = parseAddressMessage(encodeAddress(address, 7));
  return reading === undefined ? undefined : interfaceAddressOf(reading, address.link);
}

describe('addresses on the wire', () => {
  it('writes an IPv6 VIP deprecated and without duplicate detection', () => {
    const expected = `0a800000 01000000 ${vip6Hex} 14000600 00000000 ffffffff 00000000 00000000 08000800 02000000`;
    expect(hexOf(encodeAddress(vip6, 1))).toBe(compact(expected));
    expect(hexOf(encodeAddressDeletion(vip6, 1))).toBe(compact(`0a800000 01000000 ${vip6Hex}`));
  });

  it('writes a link-scope IPv4 address', () => {
    const expected = '022000fd 01000000 08000200 a9fe0701 08000100 a9fe0701';
    expect(hexOf(encodeAddress(linkScope, 1))).toBe(compact(expected));
  });

  it.each([
    [
      linkScope,
      '022080fd 01000000 08000100 a9fe0701 08000200 a9fe0701 07000300 6c6f0000 08000800 80000000 14000600 ffffffff ffffffff 000b0000 000b0000',
    ],
    [
      vip6,
      '0a80a200 01000000 14000100 20010db8 000a0000 00000000 00000010 14000600 00000000 ffffffff 0e0b0000 0e0b0000 08000800 a2000000',
    ],
    [
      { link: 'v0', address: '10.9.0.1', prefixLength: 24 },
      '02188000 0a000000 08000100 0a090001 08000200 0a090001 07000300 76300000 08000800 80000000 14000600 ffffffff ffffffff b70b0000 b70b0000',
    ],
  ] satisfies [InterfaceAddress, string][])('reads %o', (expected, hex) => {
    const reading = parseAddressMessage(bytesOf(hex));
    expect(reading && interfaceAddressOf(reading, expected.link)).toEqual(expected);
  });

  it('passes over other families', () => {
    expect(parseAddressMessage(bytesOf('11000000 01000000'))).toBeUndefined();
  });

  it('gives back what it wrote', () => {
    fc.assert(
      fc.property(
        fc.ipV4(),
        fc.integer({ min: 1, max: 32 }),
        fc.boolean(),
        (address, prefixLength, local) => {
          const wanted = { link: 'x', address, prefixLength, ...(local ? { scope: 'link' as const } : {}) };
          expect(roundTrip(wanted)).toEqual(wanted);
        },
      ),
    );
    fc.assert(
      fc.property(fc.ipV6(), fc.boolean(), (text, deprecated) => {
        const wanted = {
          link: 'x',
          address: canonicalAddress(text) ?? '',
          prefixLength: 128,
          ...(deprecated ? { preferredLifetimeSeconds: 0 as const } : {}),
        };
        expect(roundTrip(wanted)).toEqual(wanted);
      }),
    );
  });
});
