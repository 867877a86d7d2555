import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createLatestWriter } from '../../src/api/slow-reader.ts';

interface Said {
  readonly text: string;
}

const refuse = (error: unknown): never => {
  throw error;
};

/** A stream that takes `room` messages, then says stop until it is drained. */
function slowStream(room: number) {
  const events = new EventEmitter();
  const written: string[] = [];
  let left = room;
  return {
    written,
    write: ({ text }: Said) => {
      written.push(text);
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
    const writer = createLatestWriter<Said>(stream, refuse);
    writer.put('s', () => ({ text: '1' }));
    writer.put('s', () => ({ text: '2' }));
    expect(stream.written).toEqual(['1', '2']);
  });

  it('gives a slow stream the newest of each slot only', () => {
    const stream = slowStream(1);
    const writer = createLatestWriter<Said>(stream, refuse);
    for (const value of ['1', '2', '3']) writer.put('s', () => ({ text: value }));
    writer.put('other', () => ({ text: 'x' }));
    expect(stream.written).toEqual(['1']);
    stream.drain(10);
    expect(stream.written).toEqual(['1', '3', 'x']);
  });

  it('writes nothing once stopped', () => {
    const stream = slowStream(1);
    const writer = createLatestWriter<Said>(stream, refuse);
    writer.put('s', () => ({ text: '1' }));
    writer.put('s', () => ({ text: '2' }));
    writer.stop();
    stream.drain(10);
    expect(stream.written).toEqual(['1']);
  });

  it('what takes its time to be made is written before what is put later', async () => {
    const stream = slowStream(10);
    const writer = createLatestWriter<Said>(stream, refuse);
    const { promise, resolve } = Promise.withResolvers<Said>();
    writer.put('long', () => promise);
    for (const text of ['1', '2']) writer.put('short', () => ({ text }));
    expect(stream.written).toEqual([]);
    resolve({ text: 'long' });
    await promise;
    expect(stream.written).toEqual(['long', '2']);
  });

  it('what could not be made is told, unless nobody waits for it any more', async () => {
    for (const isStopped of [false, true]) {
      const told: unknown[] = [];
      const writer = createLatestWriter<Said>(slowStream(1), (error) => told.push(error));
      const failing = Promise.reject(new Error('no memory'));
      writer.put('s', () => failing);
      if (isStopped) writer.stop();
      await failing.catch(() => {});
      expect(told.length).toBe(isStopped ? 0 : 1);
    }
  });
});
