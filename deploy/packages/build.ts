// Makes the Debian packages: `npm run build:deb [-- --out FOLDER] [--version VERSION] [--compression xz|none]`, in dist/deb
// without a folder, of Causeway's version without another.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { programVersion } from '../../src/runtime/version.ts';
import { buildExecutable, type Executable } from '../executable/build.ts';
import { type Architecture, architectures } from '../executable/node-binary.ts';
import { releaseSeconds } from '../release-time.ts';
import { writeSums } from '../sums.ts';
import { controlFile, type PackageDescription, packageDescriptions } from './description.ts';
import { clientFiles, commonFiles, serviceFiles } from './files.ts';
import { serviceScripts } from './scripts.ts';
import { type PackageFile, writeTree } from './tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
/** xz takes a minute of a processor for each executable, and others may want it too. */
const buildTimeoutMs = 3_600_000;
const maintainer = 'Causeway maintainers <maintainers@causeway.invalid>';

/** As Debian names them. */
const debianNames: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

interface PackagesOptions {
  readonly architectures: readonly Architecture[];
  /** Default: `dist/deb` of the repository. */
  readonly outDir?: string;
  readonly version: string;
  /** `none` is for trying out: xz takes a minute for each architecture. */
  readonly compression: 'xz' | 'none';
  readonly log: (line: string) => void;
}

/** Absolute paths of the packages. The same bytes from the same commit. Throws what the builds and dpkg-deb say. */
async function buildPackages(options: PackagesOptions): Promise<string[]> {
  const { version, compression, log } = options;
  const outDir = resolve(options.outDir ?? join(root, 'dist', 'deb'));
  const seconds = releaseSeconds(root, process.env);
  mkdirSync(outDir, { recursive: true });
  const built = new Map<Architecture, Promise<Executable>>();
  const executable = (architecture: Architecture): Promise<Executable> => {
    const one = built.get(architecture) ?? buildExecutable({ architecture, version, log });
    built.set(architecture, one);
    return one;
  };
  const own = await executable(process.arch === 'arm64' ? 'arm64' : 'x64');
  const said = (...words: string[]) => saidBy(own.file, words);
  const help = (name: string) =>
    said(...(name === 'causeway' ? [] : [name.replace(/^causeway-/, '')]), '--help');
  const completion = await said('completion', 'bash');
  const made: string[] = [];
  for (const one of packageDescriptions(version)) {
    const wanted = one.architecture === 'all' ? ['all' as const] : options.architectures;
    for (const architecture of wanted) {
      const common = await commonFiles(one, { root, version, seconds, maintainer, help });
      const files =
        architecture === 'all'
          ? serviceFiles(one, root)
          : clientFiles(await executable(architecture), root, completion);
      const debian = architecture === 'all' ? 'all' : debianNames[architecture];
      const file = join(outDir, `${one.name}_${version}_${debian}.deb`);
      await pack(one, { file, version, debian, seconds, compression }, [...common, ...files]);
      log(`built ${relative(process.cwd(), file)} (${(statSync(file).size / 2 ** 20).toFixed(1)} MiB)`);
      made.push(file);
    }
  }
  writeSums(outDir);
  return made;
}

async function saidBy(executable: string, words: readonly string[]): Promise<string> {
  return (await run(executable, [...words], { timeout: 60_000, env: {} })).stdout;
}

interface PackOptions {
  readonly file: string;
  readonly version: string;
  readonly debian: string;
  readonly seconds: number;
  readonly compression: 'xz' | 'none';
}

async function pack(
  one: PackageDescription,
  options: PackOptions,
  files: readonly PackageFile[],
): Promise<void> {
  const { file, version, debian, seconds, compression } = options;
  const tree = mkdtempSync(join(tmpdir(), 'causeway-deb-'));
  try {
    writeTree(tree, files);
    const sizes = files.map(({ path, ...rest }) => ('linkTo' in rest ? 0 : statSync(join(tree, path)).size));
    const installedKiB = Math.ceil(sizes.reduce((total, size) => total + Math.ceil(size / 1_024), 0));
    const control = controlFile(one, { version, architecture: debian, maintainer, installedKiB });
    writeTree(join(tree, 'DEBIAN'), [
      { path: '/control', text: control },
      ...controlMembers(one, tree, files),
    ]);
    const env = { PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: String(seconds) };
    const words = ['--root-owner-group', `-Z${compression}`, '--threads-max=1', '--build', tree, file];
    await run('dpkg-deb', words, { timeout: buildTimeoutMs, env });
    utimesSync(file, seconds, seconds);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

function controlMembers(one: PackageDescription, tree: string, files: readonly PackageFile[]): PackageFile[] {
  const regular = files
    .filter((file) => !('linkTo' in file))
    .map(({ path }) => path)
    .sort();
  const conffiles = regular.filter((path) => path.startsWith('/etc/'));
  const sums = regular
    .filter((path) => !conffiles.includes(path))
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path.slice(1)}\n`,
    );
  const scripts: Readonly<Record<string, string>> =
    one.role === undefined ? {} : serviceScripts(one.role, one.modules);
  return [
    { path: '/md5sums', text: sums.join('') },
    ...(conffiles.length === 0 ? [] : [{ path: '/conffiles', text: `${conffiles.join('\n')}\n` }]),
    ...Object.entries(scripts).map(([name, text]) => ({ path: `/${name}`, text, executable: true })),
  ];
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, version: { type: 'string' }, compression: { type: 'string' } },
  });
  const { compression = 'xz', version = programVersion } = values;
  if (compression !== 'xz' && compression !== 'none') misused('--compression', compression, 'xz or none');
  // deb-version(7), without an epoch or a revision.
  if (!/^\d[\w.+~]*$/.test(version)) misused('--version', version, 'one such as 0.1.0 or 0.2.0~rc1');
  const files = await buildPackages({
    architectures,
    version,
    compression,
    ...(values.out === undefined ? {} : { outDir: values.out }),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  for (const file of files) process.stdout.write(`${relative(process.cwd(), file)}\n`);
}

function misused(flag: string, found: string, expected: string): never {
  process.stderr.write(`${flag} ${found}: expected ${expected}\n`);
  process.exit(2);
}
