import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Override,
  type OverrideOrder,
  type OverrideSubject,
  overrideKinds,
} from '../../../src/domain/resource.ts';
import { governing } from '../../../src/plan/estimate/overrides.ts';

const fra: OverrideSubject = { kind: 'site', name: 'fra' };

function override(order: OverrideOrder, changes: Partial<Override> = {}): Override {
  return {
    kind: 'Override',
    name: `${order.kind}-fra`,
    order,
    subject: fra,
    services: [],
    owner: 'ann',
    reason: 'works on the line',
    expiresAtMs: 1_000,
    ...changes,
  };
}

const freeze = override({ kind: 'freeze' });
const drain = override({ kind: 'drain' });
const pin = override({ kind: 'pin', sharePermille: 500 });
const cap = override({ kind: 'cap', connections: 9 });
const bias = override({ kind: 'bias', biasMs: 2 });

const lowerPin = override({ kind: 'pin', sharePermille: 499 });
const lowerCap = override({ kind: 'cap', connections: 8 });
const cheaper = override({ kind: 'bias', biasMs: -1 });
const noPin = override({ kind: 'pin', sharePermille: Number.NaN });

test('freeze > drain > pin > cap > bias', () => {
  expect(governing([bias, pin, freeze, cap, drain], fra, 'web', 0)).toEqual({
    governs: freeze,
    hidden: [drain, pin, cap, bias],
  });
});

test.each<[string, readonly Override[], Override | undefined]>([
  ['none', [], undefined],
  ['of another site', [{ ...freeze, subject: { kind: 'site', name: 'lon' } }], undefined],
  ['of a real server of that name', [{ ...drain, subject: { kind: 'realServer', name: 'fra' } }], undefined],
  ['of another service', [{ ...freeze, services: ['api', 'mail'] }], undefined],
  [
    'of this service among others',
    [{ ...drain, services: ['api', 'web'] }],
    { ...drain, services: ['api', 'web'] },
  ],
  ['expired a moment ago', [{ ...freeze, expiresAtMs: 500 }], undefined],
  ['until the last millisecond', [{ ...freeze, expiresAtMs: 501 }], { ...freeze, expiresAtMs: 501 }],
  ['an expired one hides nothing', [{ ...freeze, expiresAtMs: 500 }, cap], cap],
  ['one that would never expire', [{ ...freeze, expiresAtMs: Number.POSITIVE_INFINITY }], undefined],
  ['one whose expiry is no number', [{ ...drain, expiresAtMs: Number.NaN }], undefined],
  ['one whose figure is no number', [noPin, bias], bias],
  ['the lower pin', [pin, lowerPin], lowerPin],
  ['the lower cap', [lowerCap, cap], lowerCap],
  ['the dearer bias', [cheaper, bias], bias],
  ['the one that lasts longer', [drain, { ...drain, expiresAtMs: 1_001 }], { ...drain, expiresAtMs: 1_001 }],
  ['else by owner', [{ ...drain, owner: 'bob' }, drain], drain],
  ['else by reason', [drain, { ...drain, reason: 'a' }], { ...drain, reason: 'a' }],
  ['else by name', [drain, { ...drain, name: 'a' }], { ...drain, name: 'a' }],
])('%s', (_, overrides, expected) => {
  expect(governing(overrides, fra, 'web', 500).governs).toEqual(expected);
});

describe('properties', () => {
  const runs = { seed: 42, numRuns: 1_000 };
  const figure = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(Number.NaN, -1));
  const order: fc.Arbitrary<OverrideOrder> = fc.oneof(
    fc.constantFrom({ kind: 'freeze' as const }, { kind: 'drain' as const }),
    fc.record({ kind: fc.constant('pin' as const), sharePermille: figure }),
    fc.record({ kind: fc.constant('cap' as const), connections: figure }),
    fc.record({ kind: fc.constant('bias' as const), biasMs: figure }),
  );
  const given = fc.record({
    kind: fc.constant('Override' as const),
    name: fc.constantFrom('a', 'b'),
    order,
    subject: fc.record({
      kind: fc.constantFrom('site' as const, 'realServer' as const),
      name: fc.constantFrom('fra', 'lon'),
    }),
    services: fc.constantFrom([], [], ['web'], ['api']),
    owner: fc.constantFrom('ann', 'bob'),
    reason: fc.constantFrom('works', 'tries'),
    expiresAtMs: fc.oneof(fc.nat(20), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  });
  const overrides = fc.array(given, { maxLength: 10 });

  test('their order does not matter', () => {
    const shuffled = overrides.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, fc.nat(20), ([list, other], nowMs) => {
        expect(governing(other, fra, 'web', nowMs)).toEqual(governing(list, fra, 'web', nowMs));
      }),
      runs,
    );
  });

  test('none is in force from its expiry on, and each in force governs or is hidden', () => {
    fc.assert(
      fc.property(overrides, fc.nat(20), (list, nowMs) => {
        const { governs, hidden } = governing(list, fra, 'web', nowMs);
        const inForce = governs === undefined ? hidden : [governs, ...hidden];
        for (const { expiresAtMs, subject, services } of inForce) {
          expect(expiresAtMs).toBeGreaterThan(nowMs);
          expect(expiresAtMs).toBeLessThan(Number.POSITIVE_INFINITY);
          expect(subject).toEqual(fra);
          expect(services).not.toContain('api');
        }
        const isFreeze = (one: Override) => one.order.kind === 'freeze';
        const lasting = list.filter(
          ({ subject, services, expiresAtMs }) =>
            subject.kind === 'site' &&
            subject.name === 'fra' &&
            services[0] !== 'api' &&
            expiresAtMs > nowMs &&
            expiresAtMs <= 20,
        );
        expect(inForce.filter(isFreeze)).toHaveLength(lasting.filter(isFreeze).length);
      }),
      runs,
    );
  });

  test('what governs is of no weaker kind than anything it hides', () => {
    fc.assert(
      fc.property(overrides, fc.nat(20), (list, nowMs) => {
        const { governs, hidden } = governing(list, fra, 'web', nowMs);
        const rankOf = (one: Override) => overrideKinds.indexOf(one.order.kind);
        for (const one of hidden) expect(governs && rankOf(governs)).toBeLessThanOrEqual(rankOf(one));
      }),
      runs,
    );
  });
});

test('of thousands of orders those about a subject are looked up, not searched', () => {
  let looks = 0;
  const orders = Array.from({ length: 2_000 }, (_, index): Override => {
    const subject: OverrideSubject = { kind: 'realServer', name: `r${index}` };
    return {
      ...drain,
      get subject() {
        looks += 1;
        return subject;
      },
    };
  });
  for (const name of ['r0', 'r1000', 'r1999', 'r2000'])
    expect(governing(orders, { kind: 'realServer', name }, 'web', 0).hidden).toEqual([]);
  expect(looks).toBeLessThan(2 * 2_000);
});
