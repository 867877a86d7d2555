// The version that an executable calls itself: one to try upgrades with has another than the sources it was made from.
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

export function withVersion(root: string, version: string): Plugin {
  const manifest = join(root, 'package.json');
  return {
    name: 'with-version',
    setup(build) {
      build.onLoad({ filter: /[/\\]package\.json$/ }, ({ path }) =>
        path === manifest ? { contents: JSON.stringify({ version }), loader: 'json' } : undefined,
      );
    },
  };
}
