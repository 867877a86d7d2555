// How often rules of others are listed, and what becomes of too many.
import { expect, test } from 'vitest';
import { CausewayError } from '../../src/domain/error.ts';
import { createFilterReader } from '../../src/kernel/read-filters.ts';

const chain = {
  family: 'inet',
  table: 'fw',
  name: 'input',
  type: 'filter',
  hook: 'input',
  prio: 0,
  policy: 'drop',
};
const listing = JSON.stringify({ nftables: [{ chain }] });
const answer = (stdout: string) => ({ status: 0, stdout, stderr: '' });

function setUp(
  tables: readonly string[] | undefined,
  run: (
    args: readonly string[],
  ) => Promise<ReturnType<typeof answer> | { status: null; stdout: string; stderr: string }>,
) {
  const asked: string[] = [];
  const state = { nowMs: 0, generation: 1 };
  const reader = createFilterReader({
    async run(args) {
      asked.push(args.join(' '));
      return await run(args);
    },
    kernel: { generation: async () => state.generation, tables: async () => tables },
    monotonicMs: () => state.nowMs,
  });
  /** What is known at that time, once whatever was begun is done. */
  async function at(nowMs: number) {
    state.nowMs = nowMs;
    reader.latest();
    await new Promise((resolve) => setImmediate(resolve));
    return reader.latest();
  }
  return { asked, state, at, reader };
}

test('where only tables of ours are, no process is started', async () => {
  const { asked, at } = setUp(['causeway_realserver'], async () => answer(listing));
  expect(await at(0)).toEqual({ chains: [] });
  expect(asked).toEqual([]);
});

test('others are listed once, and again when somebody changed something, at most twice a minute', async () => {
  const { asked, at, state, reader } = setUp(['fw'], async () => answer(listing));
  expect(reader.latest()).toBeUndefined();
  expect((await at(0))?.chains.map(({ name, hook }) => [name, hook?.policy])).toEqual([['input', 'drop']]);
  const both = ['-j list chains', '-j list table inet fw'];
  expect(asked).toEqual(both);
  await at(60_000);
  expect(asked).toEqual(both);
  state.generation = 2;
  await at(70_000);
  expect(asked).toEqual([...both, ...both]);
  state.generation = 3;
  await at(99_000);
  expect(asked).toHaveLength(4);
  await at(105_000);
  expect(asked).toHaveLength(6);
});

const late = async () => {
  throw new CausewayError({ code: 'deadline', operation: 'run', message: 'late' });
};

test('too much of it, or too slow, is said, and not tried again for ten minutes', async () => {
  for (const run of [late, async () => ({ status: null, stdout: '', stderr: '' })]) {
    const { asked, at, state } = setUp(undefined, run);
    expect((await at(0))?.unread).toMatch(/too many to be judged/);
    state.generation = 2;
    await at(599_000);
    expect(asked).toHaveLength(1);
    await at(605_000);
    expect(asked).toHaveLength(2);
  }
});

test('what was too much once is listed again, though nobody has changed it: the machine was busy', async () => {
  let run: () => Promise<ReturnType<typeof answer>> = late;
  const { at } = setUp(['fw'], () => run());
  expect((await at(0))?.unread).toMatch(/too many to be judged/);
  run = async () => answer(listing);
  expect((await at(599_000))?.unread).toBeDefined();
  expect(await at(605_000)).toMatchObject({ chains: [{ name: 'input' }] });
});

test('when they were too many and are gone, it is known with the next look', async () => {
  const tables = ['fw'];
  const { at, state } = setUp(tables, late);
  expect((await at(0))?.unread).toBeDefined();
  tables.pop();
  state.generation = 2;
  expect(await at(6_000)).toEqual({ chains: [] });
});

test('what nft cannot tell is not judged', async () => {
  const missing = async () => {
    throw new CausewayError({ code: 'unsupported', operation: 'run', message: 'no nft' });
  };
  const { at } = setUp(['fw'], missing);
  expect(await at(0)).toBeUndefined();
});
