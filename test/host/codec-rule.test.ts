// Policy rules: what we send, byte for byte (as iproute2 does, with the table always in its attribute and an origin), and what a
// kernel 6.1 sends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/domain/host-state.ts';
import { encodeRule, parseRule } from '../../src/kernel/link/codec-rule.ts';
import { bytesOf, compact, hexOf } from './hex.ts';

const notLo: Rule = { family: 'ipv4', priority: 77, table: 77, notIncoming: 'lo' };
const fromVip: Rule = { family: 'ipv4', priority: 7477, table: 7477, from: '192.0.2.10/32' };

describe('rules on the wire', () => {
  it.each([
    [
      notLo,
      '02000000 4d000001 02000000 08000600 4d000000 08000f00 4d000000 05001500 02000000 07000300 6c6f0000',
    ],
    [
      fromVip,
      '02002000 00000001 00000000 08000600 351d0000 08000f00 351d0000 05001500 02000000 08000200 c000020a',
    ],
  ])('writes %o', (rule, hex) => {
    expect(hexOf(encodeRule(rule))).toBe(compact(hex));
  });

  it.each([
    [
      'not iif lo lookup 77',
      notLo,
      '02000000 4d000001 02000000 08000f00 4d000000 08000e00 ffffffff 05001500 00000000 07000300 6c6f0000 08000600 4d000000',
    ],
    [
      'from 192.0.2.10 lookup 7477',
      fromVip,
      '02002000 fc000001 00000000 08000f00 351d0000 08000e00 ffffffff 05001500 00000000 08000600 351d0000 08000200 c000020a',
    ],
    [
      'fwmark 3 lookup 99: none of ours',
      undefined,
      '02000000 63000001 00000000 08000f00 63000000 08000e00 ffffffff 05001500 00000000 08000600 63000000 08000a00 03000000 08001000 ffffffff',
    ],
    [
      'fwmark 0x0/0x1000000 lookup 7478',
      { family: 'ipv6', priority: 78, table: 7478, unmarked: 0x0100_0000 },
      '0a000000 fc000001 00000000 08000f00 361d0000 08000e00 ffffffff 05001500 00000000 08000600 4e000000 08001000 00000001',
    ],
    [
      'suppress_prefixlength 0: none of ours',
      undefined,
      '02000000 fe000001 00000000 08000f00 fe000000 08000e00 00000000 05001500 00000000 08000600 63000000',
    ],
    [
      'iif lo, not inverted: none of ours',
      undefined,
      '02000000 4d000001 00000000 08000f00 4d000000 08000e00 ffffffff 07000300 6c6f0000 08000600 4d000000',
    ],
  ])('reads %s', (_name, expected, hex) => {
    expect(parseRule(bytesOf(hex))).toEqual(expected);
  });

  it('gives back what it wrote', () => {
    const rule = fc.record(
      {
        family: fc.constant('ipv4' as const),
        priority: fc.integer({ min: 0, max: 0xffff_ffff }),
        table: fc.integer({ min: 1, max: 0xffff_ffff }),
        from: fc.ipV4().map((address) => `${address}/32`),
        unmarked: fc.integer({ min: 1, max: 0xffff_ffff }),
        notIncoming: fc.stringMatching(/^[a-z][a-z0-9.-]{0,14}$/),
      },
      { requiredKeys: ['family', 'priority', 'table'] },
    );
    fc.assert(
      fc.property(rule, (wanted) => {
        expect(parseRule(encodeRule(wanted))).toEqual(wanted);
      }),
    );
  });
});
