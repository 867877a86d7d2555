// Packages that most runs of a program never use, so that only those who do evaluate them.
import { join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Each a CommonJS package whose one export is a function: the log's colours are for terminals. */
const packages = /^pino-pretty$/;

/** Parts of a package that no program uses, and what asks for them: they load HTTP clients, clusters and tracing at each start. */
const leftOut: Readonly<Record<string, RegExp>> = {
  'prom-client': /^\.\/lib\/(cluster|defaultMetrics|pushgateway)$/,
};

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
    for (const [name, parts] of Object.entries(leftOut)) {
      build.onResolve({ filter: parts }, ({ path, importer }) =>
        importer.endsWith(join('node_modules', name, 'index.js'))
          ? { path: `${name}/${path}`, namespace: 'left-out' }
          : undefined,
      );
    }
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not in this program`)}); };`,
      loader: 'js',
    }));
  },
};
