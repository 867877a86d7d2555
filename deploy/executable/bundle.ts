// All programs as the one script that an executable carries.
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { programVersion } from '../../src/runtime/version.ts';
import { lazyBuiltins } from '../lazy-builtins.ts';
import { lazyPackages } from '../lazy-packages.ts';
import { embeddedAddon } from './embedded-addon.ts';
import { embeddedProtos } from './embedded-protos.ts';
import { withStandIns } from './stand-ins.ts';
import { withVersion } from './with-version.ts';

export interface ScriptBundle {
  readonly script: string;
  /** Files that it was made from, relative to the repository. */
  readonly inputs: readonly string[];
}

/** That calls itself `version`. The same bytes from the same sources, wherever they stand. Throws esbuild's errors. */
export async function bundleScript(root: string, version = programVersion): Promise<ScriptBundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['deploy/executable/main.ts'],
    outfile: join(root, 'causeway.cjs'),
    write: false,
    // A node_modules that is a link to another place changes nothing.
    preserveSymlinks: true,
    bundle: true,
    platform: 'node',
    // What a single executable of Node 24 begins with is a script.
    format: 'cjs',
    target: 'node24',
    plugins: [
      withVersion(root, version),
      withStandIns(root),
      embeddedProtos(root),
      embeddedAddon,
      lazyBuiltins,
      lazyPackages,
    ],
    minifySyntax: true,
    minifyWhitespace: true,
    // An error that nobody caught is shown with its line.
    lineLimit: 200,
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
  });
  const script = outputFiles[0]?.text;
  if (script === undefined) throw new Error('esbuild made no script');
  return { script, inputs: usedInputs(metafile) };
}

function usedInputs(metafile: Metafile): string[] {
  const output = Object.values(metafile.outputs)[0];
  return Object.entries(output?.inputs ?? {})
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path)
    .sort();
}
