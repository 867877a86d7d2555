// Two programs that manage one thing.
import { expect, test } from 'vitest';
import { createTug } from '../../../agents/shared/tug.ts';
import type { HostOperation } from '../../../src/domain/host-state.ts';

const address = { link: 'cw-ipip', address: '192.0.2.10', prefixLength: 32 };
const add: HostOperation = { kind: 'add-address', address };
const remove: HostOperation = { kind: 'delete-address', address };
const other: HostOperation = { kind: 'add-address', address: { ...address, address: '192.0.2.11' } };

function setUp() {
  let nowMs = 0;
  const tug = createTug({ monotonicMs: () => nowMs });
  return {
    tug,
    /** Every so often the operations are done anew. */
    each(seconds: number, ...runs: readonly (readonly HostOperation[])[]) {
      for (const operations of runs) {
        nowMs += seconds * 1_000;
        tug.done(operations);
      }
    },
    pass(seconds: number) {
      nowMs += seconds * 1_000;
    },
  };
}

test('what has to be done three times within a minute is told, until a minute has gone by', () => {
  const { tug, each, pass } = setUp();
  each(5, [add], [add]);
  expect(tug.trouble()).toBeUndefined();
  each(5, [add]);
  expect(tug.trouble()).toMatch(
    /keeps undoing .*"add address 192\.0\.2\.10\/32 on cw-ipip" had to be done 3/,
  );
  pass(61);
  expect(tug.trouble()).toBeUndefined();
});

test('several are counted', () => {
  const { tug, each } = setUp();
  each(5, [add, other], [add, other], [add, other]);
  expect(tug.trouble()).toContain('(and 1 more)');
});

test('what is wanted otherwise each time nobody undoes', () => {
  const load = (...vips: string[]): HostOperation => ({
    kind: 'load-nft',
    table: { kind: 'probe-marks', name: 'causeway_director', vips, probePort: 7483, marks: [] },
  });
  const { tug, each } = setUp();
  each(5, [load('192.0.2.10')], [load('192.0.2.20')], [load('192.0.2.30')], [load('192.0.2.30')]);
  expect(tug.trouble()).toBeUndefined();
  each(5, [load('192.0.2.30')]);
  expect(tug.trouble()).toContain('load nft table causeway_director');
});

test('now and then is an accident', () => {
  const { tug, each } = setUp();
  each(40, [add], [add], [add], [add]);
  expect(tug.trouble()).toBeUndefined();
});

test('what we took away ourselves is rightly made again', () => {
  const { tug, each } = setUp();
  each(5, [add], [remove], [add], [remove], [add], [remove], [add]);
  expect(tug.trouble()).toBeUndefined();
});
