/**
 * Under which licences everything stands that this repository installs, from the lockfile: `npm run licences` writes docs/licences.md.
 * Throws where a package stands under another than those below.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** May be in what is shipped: they ask for their text, and no more (deploy/packages ships the texts). */
const permissive = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
];
/** Ask for nothing, but give no patent; or that changes of their own files are given away: of tools, of which nothing is shipped and nothing changed. */
const forToolsAlone = ['CC0-1.0', 'MPL-2.0'];

const lockfile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().default(false),
    }),
  ),
});

export interface Licensed {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Nothing of it is shipped. */
  readonly isTool: boolean;
}

/** By name and version, each once. */
export function licensed(lockfileText: string): Licensed[] {
  const { packages } = lockfile.parse(JSON.parse(lockfileText));
  const found = Object.entries(packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, { version = '', license = 'none', dev }]): [string, Licensed] => {
      const name = folder.replace(/^.*node_modules\//, '');
      return [`${name}@${version} ${dev}`, { name, version, license, isTool: dev }];
    });
  const unique = [...new Map(found).values()];
  return unique.toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

/** What may not be among them; none: all may. */
export function notAllowed(all: readonly Licensed[]): Licensed[] {
  return all.filter(
    ({ license, isTool }) => !isAllowed(license, isTool ? [...permissive, ...forToolsAlone] : permissive),
  );
}

/** Of `A OR B` one is enough, of `A AND B` it takes both; what is spelt in another way is none. */
function isAllowed(expression: string, allowed: readonly string[]): boolean {
  const alternatives = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return alternatives.some((one) => one.split(' AND ').every((name) => allowed.includes(name)));
}

export function licencesPage(all: readonly Licensed[]): string {
  const [shipped, tools] = [all.filter(({ isTool }) => !isTool), all.filter(({ isTool }) => isTool)];
  return `# Licences

Of every package that the lockfile names, written by \`npm run licences\`; \`npm test\` finds it out of date, and a package under another licence than these.
What is in an executable, its bill of materials says; the texts are in each Debian package (\`licences.gz\`).

## Packages that programs may contain

Allowed: ${permissive.join(', ')}.

${table(shipped)}

## Tools that build and test

Nothing of them is shipped. Allowed beside those above: ${forToolsAlone.join(', ')}.

${table(tools)}
`;
}

function table(all: readonly Licensed[]): string {
  const rows = [...Map.groupBy(all, ({ license }) => license)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = rows.map(
    ([license, some]) => `| ${license} | ${some.map((one) => `${one.name} ${one.version}`).join(', ')} |`,
  );
  return ['| licence | packages |', '| --- | --- |', ...lines].join('\n');
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const all = licensed(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const strange = notAllowed(all);
  for (const { name, version, license } of strange)
    process.stderr.write(
      `${name} ${version} stands under ${license}, which is not allowed (deploy/licences.ts)\n`,
    );
  if (strange.length > 0) process.exit(1);
  const page = join(root, 'docs', 'licences.md');
  writeFileSync(page, licencesPage(all));
  // The repository's formatter has the last word on its files.
  spawnSync('biome', ['format', '--write', page], { stdio: 'inherit' });
}
