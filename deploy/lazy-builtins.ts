// Why bundles ask for Node's own modules only where one of their exports is used: to import one evaluates it and reads
// every export, and some of those are getters that load half of Node (node:http's WebSocket loads undici: a second or two
// of an emulated processor, each start). What a program asks for and never uses (TLS, HTTP/1, workers) costs it nothing.
import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

const builtins = new Set(builtinModules);

export const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) => {
      const isBuiltin = path.startsWith('node:') || builtins.has(path);
      if (!isBuiltin || (kind !== 'import-statement' && kind !== 'require-call')) return undefined;
      return { path, namespace: 'builtin', sideEffects: false };
    });
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: lazyModule(path),
      loader: 'js',
    }));
  },
};

/** Those whose export is itself called or extended (events, stream, assert) are the module, and loaded by Node anyway. */
function lazyModule(path: string): string {
  const load = `process.getBuiltinModule(${JSON.stringify(path)})`;
  const found: unknown = process.getBuiltinModule(path);
  if (typeof found !== 'object' || found === null) return `module.exports = ${load};`;
  const names = Object.keys(found).filter((name) => name !== 'default');
  return `let found;
const load = () => (found ??= ${load});
for (const name of ${JSON.stringify(names)})
  Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });`;
}
