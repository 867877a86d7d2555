// What stands in src/api/gen is what proto/ says today.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const generated = join('src', 'api', 'gen');
const folder = mkdtempSync(join(tmpdir(), 'causeway-proto-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filesIn(base: string): Map<string, string> {
  const names = readdirSync(base, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return new Map(names.sort().map((name) => [name, readFileSync(join(base, name), 'utf8')]));
}

test('the generated types are those of proto/', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [program, ...words] = String(scripts.proto).split(' ');
  const into = words.map((word) => word.replace(`=${generated.split(sep).join('/')}`, `=${folder}`));
  expect(into).not.toEqual(words);
  execFileSync(join(root, 'node_modules', '.bin', program ?? ''), into, { cwd: root, stdio: 'pipe' });

  const wanted = filesIn(folder);
  const found = filesIn(join(root, generated));
  const different = [...new Set([...wanted.keys(), ...found.keys()])]
    .filter((name) => wanted.get(name) !== found.get(name))
    .map((name) =>
      wanted.has(name) ? (found.has(name) ? name : `${name} (missing)`) : `${name} (not in proto)`,
    );
  expect(
    different,
    'src/api/gen is not what proto/ says: run npm run proto and commit what it writes',
  ).toEqual([]);
});
