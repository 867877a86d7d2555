import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  attribute,
  be16Attribute,
  concatBytes,
  flagAttribute,
  nestedAttribute,
  parseAttributes,
  stringAttribute,
  u8Attribute,
  u16Attribute,
  u32Attribute,
} from '../../src/kernel/netlink/attribute.ts';

function bigEndian(word: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, word, false);
  return bytes;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test.each([
  ['u8', u8Attribute(13, 2), '05000d0002000000'],
  ['u16', u16Attribute(1, 2), '0600010002000000'],
  ['be16', be16Attribute(4, 80), '0600040000500000'],
  ['u32', u32Attribute(8, 300), '080008002c010000'],
  ['string', stringAttribute(6, 'mh'), '070006006d680000'],
  ['string of a multiple of 4', stringAttribute(2, 'IPVS'), '09000200495056530000 0000'.replace(' ', '')],
  ['flag', flagAttribute(5), '04000500'],
  ['nested', nestedAttribute(1, [u8Attribute(2, 3)]), '0c0001800500020003000000'],
])('%s', (_name, bytes, expected) => {
  expect(hex(bytes)).toBe(expected);
});

describe('reading', () => {
  test('numbers, texts and nests come back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 255 }),
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        fc.string({ unit: 'grapheme', maxLength: 20 }).filter((text) => !text.includes('\0')),
        fc.uint8Array({ maxLength: 30 }),
        (small, short, word, text, blob) => {
          const fields = parseAttributes(
            concatBytes([
              u8Attribute(1, small),
              u16Attribute(2, short),
              be16Attribute(3, short),
              u32Attribute(4, word),
              attribute(5, bigEndian(word)),
              stringAttribute(7, text),
              nestedAttribute(8, [attribute(9, blob)]),
              flagAttribute(10),
            ]),
          );
          expect([fields.u8(1), fields.u16(2), fields.be16(3)]).toEqual([small, short, short]);
          expect([fields.u32(4), fields.be32(5)]).toEqual([word, word]);
          expect(fields.string(7)).toBe(text);
          expect(fields.nested(8)?.bytes(9)).toEqual(blob);
          expect([fields.has(10), fields.has(11)]).toEqual([true, false]);
        },
      ),
    );
  });

  test('a value that is absent or too short is undefined', () => {
    const fields = parseAttributes(u8Attribute(1, 1));
    expect([fields.u16(1), fields.u32(1), fields.be16(2), fields.string(2)]).toEqual(
      new Array(4).fill(undefined),
    );
    expect(fields.nested(2)).toBeUndefined();
  });

  test('all of a repeated type are listed, the last one is what a getter gives', () => {
    const fields = parseAttributes(concatBytes([u8Attribute(1, 1), u8Attribute(1, 2)]));
    expect(fields.list.map(({ value }) => value[0])).toEqual([1, 2]);
    expect(fields.u8(1)).toBe(2);
  });

  test('a message shorter than its header is refused, whatever lies behind it', () => {
    expect(() => parseAttributes(new Uint8Array(11), 12)).toThrow('a header of 12 bytes does not fit 11');
    expect(parseAttributes(new Uint8Array(12), 12).list).toEqual([]);
  });

  test('any bytes are read or refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          expect(parseAttributes(bytes).list.length).toBeLessThanOrEqual(bytes.length / 4);
        } catch (error) {
          expect(error).toMatchObject({ code: 'internal' });
        }
      }),
    );
  });

  test('a value longer than its 16-bit length is refused', () => {
    expect(() => attribute(1, new Uint8Array(0xfffc))).toThrow(/longer than 65535/);
  });
});
