import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHeaps, pop, push } from '../../../src/plan/flow/heaps.ts';

test('each queue gives its own entries, least key first, of equal keys the lowest item', () => {
  const entry = fc.record({ queue: fc.nat({ max: 2 }), key: fc.integer({ min: -5, max: 5 }) });
  const step = fc.oneof({ weight: 3, arbitrary: entry }, { weight: 2, arbitrary: fc.nat({ max: 2 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const heaps = createHeaps(0);
      const queues = [0, 0, 0];
      const expected: { key: number; item: number }[][] = [[], [], []];
      for (const [item, given] of steps.entries()) {
        const queue = typeof given === 'number' ? given : given.queue;
        const entries = expected[queue] ?? [];
        const first = queues[queue] ?? 0;
        if (typeof given !== 'number') {
          queues[queue] = push(heaps, first, given.key, item);
          entries.push({ key: given.key, item });
          entries.sort((a, b) => a.key - b.key || a.item - b.item);
          continue;
        }
        const least = entries.shift();
        if (least === undefined) {
          expect(first).toBe(0);
          continue;
        }
        expect({ key: heaps.key[first], item: heaps.item[first] }).toEqual(least);
        queues[queue] = pop(heaps, first);
      }
      // What was freed is used again.
      expect(heaps.used).toBeLessThanOrEqual(1 + steps.length);
    }),
    { seed: 42, numRuns: 1_000 },
  );
});
