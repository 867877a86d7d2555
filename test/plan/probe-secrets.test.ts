// When one secret of the probes gives way to another.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProbeSecrets } from '../../src/domain/probe.ts';
import { nextProbeSecrets } from '../../src/plan/probe-secrets.ts';

const day = 24 * 3_600_000;
const startMs = 1_700_000_000_000;
const hex = (digit: string) => digit.repeat(64);

function step(present: ProbeSecrets | undefined, nowMs: number, newSecretHex = hex('f'), isAsked = false) {
  return nextProbeSecrets(present, { nowMs, newSecretHex, isAsked });
}

const first: ProbeSecrets = {
  secrets: [{ epoch: 1_700_000_000, secretHex: hex('a'), madeAtMs: startMs }],
  inUse: 1_700_000_000,
};
const learnt: ProbeSecrets = {
  secrets: [...first.secrets, { epoch: 1_702_592_000, secretHex: hex('b'), madeAtMs: startMs + 30 * day }],
  inUse: 1_700_000_000,
};

describe('a secret', () => {
  test.each([
    ['is made where there is none', undefined, startMs, hex('a'), first],
    ['stays', first, startMs + 30 * day - 1, hex('b'), undefined],
    ['is followed after 30 days by one that real servers learn', first, startMs + 30 * day, hex('b'), learnt],
    ['is not followed by a second one meanwhile', learnt, startMs + 30 * day + 599_999, hex('c'), undefined],
    [
      'gives way when all have had time to learn of the next',
      learnt,
      startMs + 30 * day + 600_000,
      hex('c'),
      { ...learnt, inUse: 1_702_592_000 },
    ],
    [
      'is forgotten when the one after the next comes',
      { ...learnt, inUse: 1_702_592_000 },
      startMs + 60 * day,
      hex('c'),
      {
        secrets: [
          learnt.secrets[1],
          { epoch: 1_705_184_000, secretHex: hex('c'), madeAtMs: startMs + 60 * day },
        ],
        inUse: 1_702_592_000,
      },
    ],
  ] as const)('%s', (_, present, nowMs, secret, expected) => {
    expect(step(present, nowMs, secret)).toEqual(expected);
  });

  test('is followed at once where somebody asks, but not before the last change is over', () => {
    expect(step(first, startMs + 1, hex('b'), true)?.secrets).toHaveLength(2);
    expect(step(learnt, startMs + 30 * day + 1, hex('c'), true)).toBeUndefined();
  });

  test('has a number that no other has had, though the clock went back', () => {
    const next = step(first, startMs - 31 * day, hex('b'));
    expect(next?.secrets[1]?.epoch).toBe(1_700_000_001);
    // A leader with that clock waits as long as any other.
    expect(step(next, startMs - 31 * day + 600_000)?.inUse).toBe(1_700_000_001);
  });
});

test('at every moment real servers know what directors ask with, whichever of the last two states each has heard of', () => {
  const waits = fc.array(fc.constantFrom(1, 60_000, 600_000, day, 31 * day), { maxLength: 40 });
  fc.assert(
    fc.property(waits, (list) => {
      let state = first;
      let nowMs = startMs;
      const states = [first];
      for (const [index, wait] of list.entries()) {
        nowMs += wait;
        state = step(state, nowMs, hex((index % 16).toString(16))) ?? state;
        if (state !== states.at(-1)) states.push(state);
        const [before, now] = [states.at(-2) ?? state, state];
        for (const director of [before, now])
          for (const realServer of [before, now])
            expect(realServer.secrets.map(({ epoch }) => epoch)).toContain(director.inUse);
        expect(state.secrets.length).toBeLessThanOrEqual(2);
      }
    }),
  );
});
