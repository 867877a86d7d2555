// In a bundle every module would believe that it stands where the bundle does; files that load something beside
// themselves (proto files of Causeway, of the health and reflection packages) must still find it.
import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { Plugin } from 'esbuild';

/** CommonJS packages call `require`, and ask where they stand, neither of which an ES module gives them. */
export const bundleBanner = [
  "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  "const bundleJoin = process.getBuiltinModule('node:path').join, bundleFolder = import.meta.dirname;",
].join('\n');

/**
 * Rewrites `import.meta.url` in Causeway's own sources and `__dirname` in packages into the module's original place,
 * relative to the bundle, so that a checkout may stand anywhere.
 */
export function ownPlace(outDir: string): Plugin {
  const place = (path: string): string => JSON.stringify(relative(outDir, path));
  return {
    name: 'own-place',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path.includes('/node_modules/')) return undefined;
        const text = await readFile(path, 'utf8');
        if (!text.includes('import.meta.url')) return undefined;
        const own = `new URL(${place(path)}, import.meta.url).href`;
        return { contents: text.replaceAll('import.meta.url', own), loader: 'ts' };
      });
      build.onLoad({ filter: /\.c?js$/ }, async ({ path }) => {
        // Wherever it stands: node_modules may be a link to another checkout's.
        if (!path.includes(`${sep}node_modules${sep}`)) return undefined;
        const text = await readFile(path, 'utf8');
        if (!/\b__dirname\b/.test(text) || /\b__dirname\s*=[^=]/.test(text)) return undefined;
        const own = `bundleJoin(bundleFolder, ${place(join(path, '..'))})`;
        return { contents: text.replaceAll(/\b__dirname\b/g, own), loader: 'js' };
      });
    },
  };
}
