import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createSendBuffer,
  forEachMessage,
  messageSize,
  toReply,
  verdict,
  writeMessage,
} from '../../src/kernel/netlink/wire.ts';

function messagesOf(datagram: Uint8Array) {
  const found: { type: number; flags: number; sequence: number; payload: number[] }[] = [];
  forEachMessage(datagram, (message) => {
    const { type, flags, payload } = toReply(message);
    found.push({ type, flags, sequence: message.sequence, payload: [...payload] });
  });
  return found;
}

const u16 = fc.integer({ min: 0, max: 0xffff });
const anyMessage = fc.record({
  type: u16,
  flags: u16,
  sequence: fc.integer({ min: 0, max: 0x7fff_ffff }),
  payload: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
});

describe('messages', () => {
  test('a request as the kernel gets it', () => {
    const target = createSendBuffer(24);
    target.bytes.fill(0xff);
    const next = writeMessage(target, 0, { type: 0x12, payload: Uint8Array.of(1, 2, 3, 4, 5) }, 0x305, 7);
    expect(next).toBe(24);
    expect(Buffer.from(target.bytes).toString('hex')).toBe(
      ['15000000', '1200', '0503', '07000000', '00000000', '0102030405', '000000'].join(''),
    );
  });

  test('what is written is read again, whatever stood in the buffer', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), (messages) => {
        const size = messages.reduce((sum, { payload }) => sum + messageSize(payload.length), 0);
        const target = createSendBuffer(size);
        target.bytes.fill(0xff);
        let offset = 0;
        for (const { type, flags, sequence, payload } of messages) {
          offset = writeMessage(target, offset, { type, payload: Uint8Array.from(payload) }, flags, sequence);
        }
        expect(messagesOf(target.bytes)).toEqual(messages);
      }),
    );
  });

  test('any bytes are read or refused, and never read for ever', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(messagesOf(bytes).length).toBeLessThanOrEqual(bytes.length / 16);
        } catch (error) {
          expect(error).toMatchObject({ code: 'internal' });
        }
      }),
    );
  });
});

test.each([
  { type: 2, payload: [0xef, 0xff, 0xff, 0xff], errno: 17, what: 'ERROR -17' },
  { type: 2, payload: [0, 0, 0, 0], errno: 0, what: 'ACK' },
  { type: 3, payload: [0xf0, 0xff, 0xff, 0xff], errno: 16, what: 'DONE -16' },
  { type: 3, payload: [], errno: 0, what: 'DONE without a number' },
  { type: 16, payload: [0xef, 0xff, 0xff, 0xff], errno: undefined, what: 'an object' },
])('the verdict of $what', ({ type, payload, errno }) => {
  const target = createSendBuffer(messageSize(payload.length));
  writeMessage(target, 0, { type, payload: Uint8Array.from(payload) }, 0, 1);
  forEachMessage(target.bytes, (message) => expect(verdict(message)).toBe(errno));
});
