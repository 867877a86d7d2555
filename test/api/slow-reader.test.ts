import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLatestWriter } from '../../src/api/slow-reader.ts';

/** A stream that takes `room` messages, then says stop until it is drained. */
function slowStream(room: number) {
  const events = new EventEmitter();
  const written: string[] = [];
  let left = room;
  return {
    written,
    write: (message: string) => {
      written.push(message);
      left -= 1;
      return left > 0;
    },
    once: (event: 'drain', listener: () => void) => events.once(event, listener),
    drain(more: number) {
      left = more;
      events.emit('drain');
    },
  };
}

describe('a writer of the latest', () => {
  it('writes at once while the stream keeps up', () => {
    const stream = slowStream(10);
    const writer = createLatestWriter(stream);
    writer.put('s', () => '1');
    writer.put('s', () => '2');
    expect(stream.written).toEqual(['1', '2']);
  });

  it('gives a slow stream the newest of each slot only', () => {
    const stream = slowStream(1);
    const writer = createLatestWriter(stream);
    for (const value of ['1', '2', '3']) writer.put('s', () => value);
    writer.put('other', () => 'x');
    expect(stream.written).toEqual(['1']);
    stream.drain(10);
    expect(stream.written).toEqual(['1', '3', 'x']);
  });

  it('writes nothing once stopped', () => {
    const stream = slowStream(1);
    const writer = createLatestWriter(stream);
    writer.put('s', () => '1');
    writer.put('s', () => '2');
    writer.stop();
    stream.drain(10);
    expect(stream.written).toEqual(['1']);
  });
});
