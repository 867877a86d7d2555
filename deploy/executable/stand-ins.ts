// Modules in whose place the executable has others: those that need a source tree around them.
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Relative to the repository. */
const standIns: Readonly<Record<string, string>> = {
  'src/cli/command-lab.ts': 'deploy/executable/no-lab.ts',
  'src/api/proto-folder.ts': 'deploy/executable/no-proto-folder.ts',
};

export function withStandIns(root: string): Plugin {
  const places = new Map(Object.entries(standIns).map(([from, to]) => [join(root, from), join(root, to)]));
  return {
    name: 'stand-ins',
    setup(build) {
      build.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
        const standIn = places.get(join(resolveDir, path));
        return standIn === undefined ? undefined : { path: standIn };
      });
    },
  };
}
