import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { governing, type Override } from '../../../src/plan/estimate/overrides.ts';

const by = { subject: 'fra', owner: 'ann', reason: 'works on the line', expiresAtMs: 1_000 };
const freeze: Override = { kind: 'freeze', ...by };
const drain: Override = { kind: 'drain', ...by };
const pin: Override = { kind: 'pin', permille: 500, ...by };
const cap: Override = { kind: 'cap', milliConnections: 9_000, ...by };
const bias: Override = { kind: 'bias', biasUs: 2_000, ...by };

test('freeze > drain > pin > cap > bias', () => {
  expect(governing([bias, pin, freeze, cap, drain], 'fra', 0)).toEqual({
    governs: freeze,
    hidden: [drain, pin, cap, bias],
  });
});

test.each<[string, readonly Override[], Override | undefined]>([
  ['none', [], undefined],
  ['of another subject', [{ ...freeze, subject: 'lon' }], undefined],
  ['expired a moment ago', [{ ...freeze, expiresAtMs: 500 }], undefined],
  ['until the last millisecond', [{ ...freeze, expiresAtMs: 501 }], { ...freeze, expiresAtMs: 501 }],
  ['an expired one hides nothing', [{ ...freeze, expiresAtMs: 500 }, cap], cap],
  ['one that would never expire', [{ ...freeze, expiresAtMs: Number.POSITIVE_INFINITY }], undefined],
  ['one whose expiry is no number', [{ ...drain, expiresAtMs: Number.NaN }], undefined],
  ['one whose figure is no number', [{ ...pin, permille: Number.NaN }, bias], bias],
  ['the lower pin', [pin, { ...pin, permille: 499 }], { ...pin, permille: 499 }],
  ['the lower cap', [{ ...cap, milliConnections: 8_999 }, cap], { ...cap, milliConnections: 8_999 }],
  ['the dearer bias', [{ ...bias, biasUs: -1 }, bias], bias],
  ['the one that lasts longer', [drain, { ...drain, expiresAtMs: 1_001 }], { ...drain, expiresAtMs: 1_001 }],
  ['else by owner', [{ ...drain, owner: 'bob' }, drain], drain],
  ['else by reason', [drain, { ...drain, reason: 'a' }], { ...drain, reason: 'a' }],
])('%s', (_, overrides, expected) => {
  expect(governing(overrides, 'fra', 500).governs).toEqual(expected);
});

describe('properties', () => {
  const runs = { seed: 42, numRuns: 1_000 };
  const order = {
    subject: fc.constantFrom('fra', 'lon'),
    owner: fc.constantFrom('ann', 'bob'),
    reason: fc.constantFrom('works', 'tries'),
    expiresAtMs: fc.oneof(fc.nat(20), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  };
  const figure = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(Number.NaN, -1));
  const override: fc.Arbitrary<Override> = fc.oneof(
    fc.record({ kind: fc.constant('freeze' as const), ...order }),
    fc.record({ kind: fc.constant('drain' as const), ...order }),
    fc.record({ kind: fc.constant('pin' as const), permille: figure, ...order }),
    fc.record({ kind: fc.constant('cap' as const), milliConnections: figure, ...order }),
    fc.record({ kind: fc.constant('bias' as const), biasUs: figure, ...order }),
  );
  const overrides = fc.array(override, { maxLength: 10 });
  const kinds: readonly Override['kind'][] = ['freeze', 'drain', 'pin', 'cap', 'bias'];

  test('their order does not matter', () => {
    const shuffled = overrides.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.shuffledSubarray(given, { minLength: given.length, maxLength: given.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.nat(20), ([given, other], nowMs) => {
        expect(governing(other, 'fra', nowMs)).toEqual(governing(given, 'fra', nowMs));
      }),
      runs,
    );
  });

  test('none is in force from its expiry on, and each in force governs or is hidden', () => {
    fc.assert(
      fc.property(overrides, fc.nat(20), (given, nowMs) => {
        const { governs, hidden } = governing(given, 'fra', nowMs);
        const inForce = governs === undefined ? hidden : [governs, ...hidden];
        for (const { expiresAtMs, subject } of inForce) {
          expect(expiresAtMs).toBeGreaterThan(nowMs);
          expect(expiresAtMs).toBeLessThan(Number.POSITIVE_INFINITY);
          expect(subject).toBe('fra');
        }
        const freezes = given.filter((one) => one.kind === 'freeze' && one.subject === 'fra');
        const lasting = freezes.filter((one) => one.expiresAtMs > nowMs && one.expiresAtMs <= 20);
        expect(inForce.filter(({ kind }) => kind === 'freeze')).toHaveLength(lasting.length);
      }),
      runs,
    );
  });

  test('what governs is of no weaker kind than anything it hides', () => {
    fc.assert(
      fc.property(overrides, fc.nat(20), (given, nowMs) => {
        const { governs, hidden } = governing(given, 'fra', nowMs);
        const rankOf = ({ kind }: Override) => kinds.indexOf(kind);
        for (const one of hidden) expect(governs && rankOf(governs)).toBeLessThanOrEqual(rankOf(one));
      }),
      runs,
    );
  });
});
