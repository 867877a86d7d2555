// Devices: what we send, byte for byte, and what a kernel 6.1 sends (captured; counters and the like left out).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/domain/host-state.ts';
import {
  encodeLink,
  encodeLinkDeletion,
  encodeLinkQuery,
  encodeLinkUp,
  type LinkReading,
  parseLink,
} from '../../src/kernel/link/codec-link.ts';
import { bytesOf, compact, hexOf } from './hex.ts';

const anyLinkHeader = '00000000 00000000 00000000 00000000';

const made: readonly [Link, string][] = [
  [
    { name: 'cw4', type: 'ipip', external: true, up: false },
    '08000300 63773400  18001280 09000100 69706970 00000000 08000280 04001300',
  ],
  [
    { name: 'cwg', type: 'gre', external: true, up: false },
    '08000300 63776700  14001280 08000100 67726500 08000280 04001200',
  ],
  [
    { name: 'cw6', type: 'ip6tnl', external: true, up: false },
    '08000300 63773600  20001280 0b000100 69703674 6e6c0000 10000280 05000900 00000000 04001300',
  ],
  [
    { name: 'cwg6', type: 'ip6gre', external: true, up: false },
    '09000300 63776736 00000000  18001280 0b000100 69703667 72650000 08000280 04001200',
  ],
  [
    { name: 'cwd', type: 'dummy', external: false, up: false },
    '08000300 63776400  10001280 0a000100 64756d6d 79000000',
  ],
  [
    { name: 'cw64', type: 'sit', external: false, local: '10.0.0.2', up: false },
    `09000300 63773634 00000000  28001280 08000100 73697400 1c000280
     08000200 0a000002 05000900 29000000 05000a00 01000000`,
  ],
];

const bound: readonly Link[] = [
  { name: 'cw-i0a000001', type: 'ipip', external: false, local: '10.0.0.2', remote: '10.0.0.1', up: false },
  { name: 'cw-g0a000001', type: 'gre', external: false, local: '10.0.0.2', remote: '10.0.0.1', up: false },
  {
    name: 'cw-t0123456789',
    type: 'ip6tnl',
    external: false,
    local: '2001:db8::2',
    remote: '2001:db8::1',
    up: false,
  },
];

const fromKernel: readonly [string, Partial<LinkReading>, string][] = [
  [
    'ipip external',
    { index: 2, mtu: 1480, link: { name: 'cw4', type: 'ipip', external: true, up: false } },
    `00000003 02000000 80000000 00000000 08000300 63773400 08000d00 e8030000 08000400 c8050000 78001200 09000100 69706970
     00000000 68000200 08000100 00000000 08000200 00000000 08000300 00000000 05000400 00000000 05000500 00000000 05000900
     00000000 05000a00 01000000 08001400 00000000 06000f00 00000000 06001100 00000000 06001200 00000000 06001000 00000000
     04001300`,
  ],
  [
    'sit mode ip6ip local 10.0.0.2',
    {
      index: 3,
      mtu: 1480,
      link: { name: 'cw64', type: 'sit', external: false, local: '10.0.0.2', up: false },
    },
    `00000803 03000000 80000000 00000000 09000300 63773634 00000000 08000d00 e8030000 08000400 c8050000 a4001200 08000100
     73697400 98000200 08000100 00000000 08000200 0a000002 08000300 00000000 05000400 00000000 05000500 00000000 05000a00
     01000000 05000900 29000000 06000800 00000000 08001400 00000000 14000b00 20020000 00000000 00000000 00000000 08000c00
     00000000 06000d00 10000000 06000e00 00000000 06000f00 00000000 06001100 00000000 06001200 00000000 06001000 00000000`,
  ],
  [
    'gre external',
    {
      index: 4,
      mtu: 1476,
      tunnel: { external: true },
      link: { name: 'cwg', type: 'gre', external: true, up: false },
    },
    `0000feff 04000000 80000000 00000000 08000300 63776700 08000d00 e8030000 08000400 c4050000 94001200 08000100 67726500
     88000200 08000100 00000000 06000200 00000000 06000300 00000000 08000400 00000000 08000500 00000000 08000600 00000000
     08000700 00000000 05000800 00000000 05000900 00000000 05000a00 01000000 08001400 00000000 06000e00 00000000 06001000
     00000000 06001100 00000000 06000f00 00000000 05001300 00000000 04001200`,
  ],
  [
    "somebody's ipip local 10.0.0.2 remote 10.0.0.3",
    {
      index: 8,
      kind: 'ipip',
      tunnel: { local: '10.0.0.2', remote: '10.0.0.3', external: false },
      link: { name: 'plain', type: 'ipip', external: false, up: false },
    },
    `00000003 08000000 90000000 00000000 0a000300 706c6169 6e000000 08000d00 e8030000 08000400 c8050000 74001200 09000100
     69706970 00000000 64000200 08000100 00000000 08000200 0a000002 08000300 0a000003 05000400 00000000 05000500 00000000
     05000900 00000000 05000a00 01000000 08001400 00000000 06000f00 00000000 06001100 00000000 06001200 00000000 06001000
     00000000`,
  ],
  [
    'lo, up, of no kind',
    { index: 1, up: true, kind: undefined, link: undefined },
    '00000403 01000000 49000100 00000000 07000300 6c6f0000 08000400 00000100',
  ],
];

it.each(bound)('$name, of one director, is read as it is written', (link) => {
  expect(parseLink(encodeLink(link))?.link).toEqual(link);
});

describe('links on the wire', () => {
  it.each(made)('writes %o', (link, hex) => {
    expect(hexOf(encodeLink(link))).toBe(compact(anyLinkHeader + hex));
  });

  it.each(fromKernel)('reads %s', (_name, expected, hex) => {
    expect(parseLink(bytesOf(hex))).toMatchObject(expected);
  });

  it('asks without counters, sets up by name, deletes by number', () => {
    expect(hexOf(encodeLinkQuery('cw4'))).toBe(
      compact(`${anyLinkHeader} 08001d00 08000000 08000300 63773400`),
    );
    expect(hexOf(encodeLinkUp('cw4'))).toBe(compact('00000000 00000000 01000000 01000000 08000300 63773400'));
    expect(hexOf(encodeLinkDeletion(258))).toBe(compact('00000000 02010000 00000000 00000000'));
  });

  it('gives back what it wrote', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/);
    const link = fc.oneof(
      fc.record<Link>({
        name,
        type: fc.constantFrom('ipip', 'gre', 'ip6tnl', 'ip6gre'),
        external: fc.boolean(),
        up: fc.constant(false),
      }),
      fc.record<Link>({
        name,
        type: fc.constant('dummy'),
        external: fc.constant(false),
        up: fc.constant(false),
      }),
      fc.record<Link>({
        name,
        type: fc.constant('sit'),
        external: fc.constant(false),
        local: fc.ipV4().filter((address) => address !== '0.0.0.0'),
        up: fc.constant(false),
      }),
    );
    fc.assert(
      fc.property(link, (wanted) => {
        expect(parseLink(encodeLink(wanted))?.link).toEqual(wanted);
      }),
    );
  });
});
