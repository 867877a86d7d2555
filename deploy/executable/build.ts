// Makes the one executable: `npm run build:bin [-- --arch x64|arm64] [--out FOLDER] [--version VERSION]`, for both, in dist/bin
// and of Causeway's version without them.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import * as z from 'zod';
import { programVersion } from '../../src/runtime/version.ts';
import { readLockfile } from '../lockfile.ts';
import { releaseSeconds } from '../release-time.ts';
import { writeSums } from '../sums.ts';
import { bundleScript } from './bundle.ts';
import { inject } from './inject.ts';
import { type Architecture, architectures, nodeBinary } from './node-binary.ts';
import { billOfMaterials, componentsOf } from './sbom.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

export interface ExecutableOptions {
  readonly architecture: Architecture;
  /** What it says that it is. Default: Causeway's version. */
  readonly version?: string;
  /** Default: `dist/bin` of the repository. */
  readonly outDir?: string;
  readonly log?: (line: string) => void;
}

export interface Executable {
  readonly file: string;
  /** The bill of materials, beside it. */
  readonly billFile: string;
  /** Folders of the packages in it, relative to the repository. */
  readonly packages: readonly string[];
  /** Of all of Node. */
  readonly nodeLicenseFile: string;
  /** False where nothing had changed since the last build. */
  readonly built: boolean;
}

/** Makes the executable, its bill of materials, and SHA256SUMS of all that is there. Throws what esbuild, Node or postject say. */
export async function buildExecutable(options: ExecutableOptions): Promise<Executable> {
  const { architecture, version = programVersion, log = () => {} } = options;
  const outDir = resolve(options.outDir ?? join(root, 'dist', 'bin'));
  const builderArchitecture = architectures.find((one) => one === process.arch);
  if (process.platform !== 'linux' || builderArchitecture === undefined)
    throw new Error(
      `executables are built on Linux on x64 or arm64; this is ${process.platform} on ${process.arch}`,
    );
  mkdirSync(outDir, { recursive: true });
  const { script, inputs } = await bundleScript(root, version);
  const builder = await nodeBinary(builderArchitecture, root, log);
  const node = await nodeBinary(architecture, root, log);
  const addon = join(root, 'node_modules', 'netlink', 'prebuilds', `linux-${architecture}`, 'node.napi.node');
  const name = `causeway-${version}-linux-${architecture}`;
  const file = join(outDir, name);
  const billFile = `${file}.cdx.json`;
  const codeCache = architecture === builderArchitecture;
  const recipe = hashOf([script, readFileSync(addon), node.integrity, String(codeCache), readRecipe()]);
  const recordFile = join(outDir, `.${name}.json`);
  const built = !isRecorded(recordFile, recipe, file);
  if (built) {
    const startedAt = performance.now();
    await inject({ root, builder: builder.path, node: node.path, script, addon, codeCache, outFile: file });
    const bytes = readFileSync(file);
    writeFileSync(recordFile, JSON.stringify({ recipe, sha256: hashOf([bytes]) }));
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    log(`built ${name} (${Math.round(bytes.length / 2 ** 20)} MiB, ${seconds} s)`);
  }
  const components = componentsOf(inputs, root, readLockfile(root));
  const bill = billOfMaterials({
    version,
    architecture,
    sha256: hashOf([readFileSync(file)]),
    seconds: releaseSeconds(root, process.env),
    components,
    node,
    nodeParts: await partsOf(builder.path),
  });
  writeFileSync(billFile, bill);
  writeSums(outDir);
  const packages = components.map(({ folder }) => folder);
  return { file, billFile, packages, nodeLicenseFile: node.licenseFile, built };
}

const record = z.object({ recipe: z.string(), sha256: z.string() });

function isRecorded(recordFile: string, recipe: string, file: string): boolean {
  if (!existsSync(recordFile) || !existsSync(file)) return false;
  const found = record.safeParse(JSON.parse(readFileSync(recordFile, 'utf8')));
  return found.success && found.data.recipe === recipe && found.data.sha256 === hashOf([readFileSync(file)]);
}

function readRecipe(): Buffer {
  return readFileSync(join(root, 'deploy', 'executable', 'inject.ts'));
}

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** What Node is made of, in one version the same for each architecture. */
async function partsOf(node: string): Promise<Record<string, string>> {
  const { stdout } = await run(node, ['-p', 'JSON.stringify(process.versions)'], {
    timeout: 20_000,
    env: {},
  });
  // The last two are numbers of interfaces.
  const {
    node: _itself,
    modules: _modules,
    napi: _napi,
    ...parts
  } = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
  return parts;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true },
      out: { type: 'string' },
      version: { type: 'string' },
    },
  });
  const unknown = values.arch?.find((name) => !architectures.some((one) => one === name));
  if (unknown !== undefined) {
    process.stderr.write(`--arch ${unknown}: expected one of ${architectures.join(', ')}\n`);
    process.exit(2);
  }
  for (const architecture of architectures) {
    if (values.arch !== undefined && !values.arch.includes(architecture)) continue;
    const { file, built } = await buildExecutable({
      architecture,
      ...(values.out === undefined ? {} : { outDir: values.out }),
      ...(values.version === undefined ? {} : { version: values.version }),
      log: (line) => process.stderr.write(`${line}\n`),
    });
    if (!built) process.stderr.write(`${basename(file)}: nothing has changed\n`);
    process.stdout.write(`${relative(process.cwd(), file)}\n`);
  }
}
