// Makes the programs in dist/: each one file, since a file loads several times faster than hundreds do.
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Metafile } from 'esbuild';
import * as z from 'zod';
import { embeddedProtos } from './executable/embedded-protos.ts';
import { lazyBuiltins } from './lazy-builtins.ts';
import { lazyPackages } from './lazy-packages.ts';
import { bundleBanner, ownPlace } from './own-place.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Program → the file it starts from. */
export const programs: Readonly<Record<string, string>> = {
  causeway: 'src/cli/main.ts',
  'causeway-director': 'agents/director/main.ts',
  'causeway-realserver': 'agents/realserver/main.ts',
  'causeway-coordinator': 'src/coordinator/main.ts',
  'lab-app': 'src/lab/programs/app.ts',
  'lab-runner': 'src/lab/runner-main.ts',
};

/** Its prebuilt addon is found by a path relative to the package, so it stays where npm put it. */
const external = ['netlink'];

export interface BuildOptions {
  /** Default: `dist` of the repository. */
  outDir?: string;
  log?: (line: string) => void;
}

export interface BuildResult {
  /** Absolute paths of the programs that are there now. */
  files: string[];
  /** Programs whose starting file does not exist. */
  absent: string[];
  /** False where nothing had changed since the last build. */
  built: boolean;
}

/** Builds what has changed: nothing at all when every input of the last build is as it was. Throws esbuild's errors. */
export async function buildAll(options: BuildOptions = {}): Promise<BuildResult> {
  const log = options.log ?? (() => {});
  const outDir = resolve(options.outDir ?? join(root, 'dist'));
  const present = Object.entries(programs).filter(([, entry]) => existsSync(join(root, entry)));
  const absent = Object.keys(programs).filter((name) => !present.some(([known]) => known === name));
  for (const name of absent) log(`no ${name}: ${programs[name]} does not exist`);
  const files = present.map(([name]) => join(outDir, `${name}.mjs`));
  const names = present.map(([name]) => name);
  const recordFile = join(outDir, '.inputs.json');
  if (files.every((file) => existsSync(file)) && unchanged(recordFile, names))
    return { files, absent, built: false };
  const startedAt = performance.now();
  rmSync(recordFile, { force: true });
  mkdirSync(outDir, { recursive: true });
  const result = await build({
    absWorkingDir: root,
    entryPoints: present.map(([name, entry]) => ({ in: entry, out: name })),
    outdir: outDir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    external,
    banner: { js: bundleBanner },
    plugins: [ownPlace(outDir), embeddedProtos(root), lazyBuiltins, lazyPackages],
    sourcemap: 'linked',
    // Names stay, for stacks; white space alone is a fifth of what a start costs.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: 'none',
    logLevel: 'silent',
    metafile: true,
  });
  writeFileSync(
    recordFile,
    JSON.stringify({ names, inputs: hashInputs(Object.keys(result.metafile.inputs)) }),
  );
  const ms = Math.round(performance.now() - startedAt);
  log(`built ${files.length} programs in ${relative(process.cwd(), outDir) || '.'} (${ms} ms)`);
  return { files, absent, built: true };
}

const buildRecord = z.object({ names: z.array(z.string()), inputs: z.record(z.string(), z.string()) });

/** Are the same programs wanted, from the same bytes? Also asks about this recipe itself. */
function unchanged(recordFile: string, names: readonly string[]): boolean {
  if (!existsSync(recordFile)) return false;
  const record = buildRecord.safeParse(JSON.parse(readFileSync(recordFile, 'utf8')));
  if (!record.success || record.data.names.join() !== names.join()) return false;
  const now = hashInputs(Object.keys(record.data.inputs));
  return Object.entries(record.data.inputs).every(([path, hash]) => now[path] === hash);
}

const recipe = [
  ...['deploy/build.ts', 'deploy/lazy-builtins.ts', 'deploy/lazy-packages.ts', 'deploy/own-place.ts'],
  ...['deploy/executable/embedded-protos.ts', 'deploy/executable/lean-definition.ts'],
  ...globSync('proto/**/*.proto', { cwd: root }),
  'package-lock.json',
];

/** Own files by content; those of packages change only with the lockfile, which is among the recipe. */
function hashInputs(paths: readonly (keyof Metafile['inputs'])[]): Record<string, string> {
  const own = [...new Set([...paths, ...recipe])]
    .map(String)
    .filter((path) => !path.includes('node_modules/'));
  return Object.fromEntries(own.map((path) => [path, hashFile(join(root, path))]));
}

function hashFile(path: string): string {
  if (!existsSync(path) || !statSync(path).isFile()) return '';
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { files, built } = await buildAll({ log: (line) => process.stderr.write(`${line}\n`) });
  if (!built) process.stderr.write('nothing has changed\n');
  for (const file of files) process.stdout.write(`${relative(process.cwd(), file)}\n`);
}
