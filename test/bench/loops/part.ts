/** The measured process of `npm run bench -- loops`: one part, its rows as JSON. */
import { loadApi } from '../../../src/api/proto-services.ts';
import { coordinatorParts } from './coordinator.ts';
import { directorParts } from './director.ts';
import { paths } from './paths.ts';
import type { LoopRow } from './turns.ts';

/** In the order in which they are measured. */
export const loopParts: Readonly<Record<string, () => Promise<LoopRow[]>>> = {
  ...directorParts,
  ...coordinatorParts,
  paths,
};

if (import.meta.main) {
  const part = loopParts[process.argv[2] ?? ''];
  if (part === undefined) throw new Error(`no part ${process.argv[2]}`);
  // As every program has when it begins to serve.
  loadApi();
  process.stdout.write(JSON.stringify(await part()), () => process.exit(0));
}
