// Who builds the same commit again gets the same bytes.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { architectures } from '../../deploy/executable/node-binary.ts';
import { run } from './running.ts';
import { readShipped } from './shipped.ts';

const shipped = readShipped(process.env);
const paths = { x64: shipped.x64, arm64: shipped.arm64 ?? '' };

it.each(architectures.filter((one) => paths[one] !== ''))('%s, into another folder', async (architecture) => {
  const outDir = mkdtempSync(join(tmpdir(), 'causeway-again-'));
  try {
    // A process of its own: what a test runner has put into Node would be seen by the recipe.
    const recipe = join(import.meta.dirname, '../../deploy/executable/build.ts');
    const ended = await run(process.execPath, [recipe, '--arch', architecture, '--out', outDir]);
    expect(ended).toMatchObject({ status: 0, stderr: expect.stringContaining('built causeway-') });
    const first = dirname(paths[architecture]);
    for (const name of [basename(paths[architecture]), `${basename(paths[architecture])}.cdx.json`])
      expect(readFileSync(join(outDir, name)).equals(readFileSync(join(first, name))), name).toBe(true);
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
});
