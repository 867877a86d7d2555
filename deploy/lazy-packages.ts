// Packages that most runs of a program never use, so that only those who do evaluate them.
import type { Plugin } from 'esbuild';

/** Each a CommonJS package whose one export is a function: the log's colours are for terminals. */
const packages = /^pino-pretty$/;

/** The function in the package's place asks for the package when it is called. */
export const lazyPackages: Plugin = {
  name: 'lazy-packages',
  setup(build) {
    build.onResolve({ filter: packages }, ({ path, kind, resolveDir }) =>
      kind === 'import-statement'
        ? { path, namespace: 'lazy-package', pluginData: resolveDir, sideEffects: false }
        : undefined,
    );
    build.onLoad({ filter: packages, namespace: 'lazy-package' }, ({ path, pluginData }) => ({
      contents: `module.exports = (...words) => require(${JSON.stringify(path)})(...words);`,
      loader: 'js',
      resolveDir: pluginData,
    }));
  },
};
