/** Writes the provider's documentation into docs/ beside this file. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { documentationPages } from './docs.ts';

const folder = join(import.meta.dirname, 'docs');
const example = (file: string) => readFileSync(join(import.meta.dirname, 'examples', file), 'utf8');

rmSync(folder, { recursive: true, force: true });
for (const [file, text] of documentationPages(example)) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
