// The order of test files where a few take very long: those begin first, or one of them runs on alone at the end.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, type TestSequencerConstructor, type TestSpecification } from 'vitest/node';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Of vitest's `sequence.sequencer`: `files`, paths below test/, the longest first; then all others, as vitest has them. */
export function longestFirst(files: readonly string[]): TestSequencerConstructor {
  const paths = files.map((file) => join(folder, file));
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`said to take long, but not there: ${missing.join(', ')}`);
  const place = ({ moduleId }: TestSpecification): number => {
    const index = paths.indexOf(moduleId);
    return index < 0 ? paths.length : index;
  };
  return class extends BaseSequencer {
    override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
      const usual = await super.sort(specifications);
      return usual.toSorted((a, b) => place(a) - place(b));
    }
  };
}
