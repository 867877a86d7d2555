/** What no program uses is deleted: a function that only its test calls, a constant that nobody reads. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
/** Asked for by tests and benchmarks alone, for a reason. */
const allowed: Readonly<Record<string, string>> = {
  'src/lab/backend/prepare.ts prepareLab': 'the test runners prepare the lab',
  'src/plan/snapshots.ts directorContent': 'one agent at a time, where programs make those of all',
  'src/plan/snapshots.ts realServerContent': 'one agent at a time, where programs make those of all',
  'src/plan/handover-content.ts directorContentDuring':
    'one agent at a time, where programs make those of all',
  'src/plan/handover-content.ts realServerContentDuring':
    'one agent at a time, where programs make those of all',
  'src/plan/director-table.ts directorTable':
    'a table in one go, where directors and plans make it in slices',
  'src/plan/latency.ts acceptLatency': 'a round in one go, where the coordinator makes it in slices',
  'src/kernel/ipvs/message-codec.ts encodeOperation':
    'one operation at a time, as its byte vectors are written',
};

const files = ['src', 'agents', 'terraform', 'deploy']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes(join('api', 'gen')))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));

const declaration = /^export (?:async )?(?:const|function\*?|class) (\w+)/gm;

test('every exported function, class and constant is used by some program', () => {
  const uses = new Map<string, number>();
  for (const { text } of files) {
    for (const [word] of text.matchAll(/[A-Za-z_$][\w$]*/g)) uses.set(word, (uses.get(word) ?? 0) + 1);
  }
  const unused = files.flatMap(({ path, text }) =>
    [...text.matchAll(declaration)]
      .map(([, name = '']) => name)
      // Once is the declaration itself.
      .filter((name) => uses.get(name) === 1)
      .map((name) => `${path} ${name}`),
  );
  expect(unused.filter((one) => allowed[one] === undefined)).toEqual([]);
});
