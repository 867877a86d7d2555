import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CoordinatorPlace, sitesToStandFor } from '../../src/plan/ownership.ts';

const at = (name: string, site: string): CoordinatorPlace => ({ name, site });
const measured = (from: string, to: string, p50Us: number) => ({ from, to, p50Us, p90Us: p50Us, loss: 0 });

describe('who stands for a site', () => {
  test.each<[string, CoordinatorPlace[], string[]]>([
    ['a coordinator alone stands for all', [at('f', 'fra')], ['fra', 'ams', 'waw']],
    ['another at its own site', [at('f', 'fra'), at('a', 'ams')], ['fra', 'waw']],
    ['both of one site', [at('f', 'fra'), at('g', 'fra')], ['fra', 'ams', 'waw']],
    ['a nearer one', [at('f', 'fra'), at('a', 'ams'), at('p', 'prg')], ['fra']],
  ])('%s', (_, coordinators, sites) => {
    const latency = [
      measured('fra', 'waw', 20_000),
      measured('waw', 'prg', 9_000),
      measured('ams', 'waw', 25_000),
    ];
    expect(sitesToStandFor(at('f', 'fra'), ['fra', 'ams', 'waw'], coordinators, latency)).toEqual(sites);
  });

  test('where nothing was measured the first by name stands', () => {
    const coordinators = [at('b', 'fra'), at('a', 'ams')];
    expect(sitesToStandFor(at('a', 'ams'), ['waw'], coordinators, [])).toEqual(['waw']);
    expect(sitesToStandFor(at('b', 'fra'), ['waw'], coordinators, [])).toEqual([]);
  });

  test.each<[string, number, string | undefined, string]>([
    ['little nearer than whoever has it: it stays', 19_000, 'f', 'f'],
    ['much nearer: it goes there', 12_000, 'f', 'a'],
    ['little nearer, and nobody has it', 19_000, undefined, 'a'],
    ['little nearer than one that is gone', 19_000, 'x', 'a'],
  ])('another is %s', (_, otherUs, holder, expected) => {
    const coordinators = [at('f', 'fra'), at('a', 'ams')];
    const latency = [measured('fra', 'waw', 20_000), measured('ams', 'waw', otherUs)];
    const standing = coordinators.filter(
      (own) => sitesToStandFor(own, ['waw'], coordinators, latency, () => holder).length > 0,
    );
    expect(standing.map(({ name }) => name)).toEqual([expected]);
  });

  test('whoever has a site yields to a coordinator of the site itself', () => {
    const coordinators = [at('f', 'fra'), at('w', 'waw')];
    expect(sitesToStandFor(at('f', 'fra'), ['waw'], coordinators, [], () => 'f')).toEqual([]);
  });

  test('somebody stands for every site, and only those of the site itself are several', () => {
    const places = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), site: fc.constantFrom('fra', 'ams', 'waw') }),
      { selector: ({ name }) => name, minLength: 1 },
    );
    const holder = fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: undefined });
    const latency = fc.array(
      fc.tuple(fc.constantFrom('fra', 'ams', 'waw'), fc.constantFrom('fra', 'ams', 'waw', 'prg'), fc.nat(9)),
    );
    fc.assert(
      fc.property(places, latency, holder, (coordinators, pairs, has) => {
        const matrix = pairs.map(([from, to, p50Us]) => measured(from, to, p50Us));
        for (const site of ['fra', 'ams', 'waw', 'prg']) {
          const standing = coordinators.filter(
            (own) => sitesToStandFor(own, [site], coordinators, matrix, () => has).length > 0,
          );
          const own = coordinators.filter((one) => one.site === site);
          expect(standing).toHaveLength(Math.max(1, own.length));
        }
      }),
    );
  });
});
