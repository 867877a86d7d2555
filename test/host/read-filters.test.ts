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
  await at(101_000);
  expect(asked).toHaveLength(6);
});

test('too much of it, or too slow, is said, and not tried again for ten minutes', async () => {
  const late = async () => {
    throw new CausewayError({ code: 'deadline', operation: 'run', message: 'late' });
  };
  for (const run of [late, async () => ({ status: null, stdout: '', stderr: '' })]) {
    const { asked, at, state } = setUp(undefined, run);
    expect((await at(0))?.unread).toMatch(/too many to be judged/);
    state.generation = 2;
    await at(599_000);
    expect(asked).toHaveLength(1);
    await at(601_000);
    expect(asked).toHaveLength(2);
  }
});

test('what nft cannot tell is not judged', async () => {
  const missing = async () => {
    throw new CausewayError({ code: 'unsupported', operation: 'run', message: 'no nft' });
  };
  const { at } = setUp(['fw'], missing);
  expect(await at(0)).toBeUndefined();
});
