/** Writes docs/reference/ anew. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { referencePages } from './pages.ts';

// Help is as wide as a terminal, where there is one; pages are not.
Object.defineProperty(process.stdout, 'isTTY', { value: false });

const folder = new URL('../../docs/reference/', import.meta.url);
for (const [file, text] of await referencePages()) writeFileSync(new URL(file, folder), text);
// The repository's formatter has the last word on its files.
spawnSync('biome', ['format', '--write', fileURLToPath(folder)], { stdio: 'inherit' });
