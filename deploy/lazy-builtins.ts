// Why bundles ask for Node's own modules without `import`: an import reads every export of the module, and some of those are
// getters that load half of Node (node:http's WebSocket loads undici: a second or two of an emulated processor, each start).
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const builtins = new Set(builtinModules);

export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) => {
      const isBuiltin = path.startsWith('node:') || builtins.has(path);
      if (!isBuiltin || kind !== 'import-statement') return undefined;
      return { path, namespace: 'builtin', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};
