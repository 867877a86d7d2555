// Makes the images: `npm run build:images [-- --arch x64|arm64] [--base IMAGE] [--engine docker|podman|buildah|none]`. The folder
// from which they are built is dist/images; without an engine on this machine it is all that is made, and what to run is said.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { programVersion } from '../../src/runtime/version.ts';
import { buildExecutable } from '../executable/build.ts';
import { type Architecture, architectures } from '../executable/node-binary.ts';
import { licences } from '../packages/files.ts';
import { writeTree } from '../packages/tree.ts';
import { releaseSeconds } from '../release-time.ts';
import {
  buildWords,
  type Engine,
  engines,
  imageTag,
  imageTargets,
  platformNames,
  probeWords,
} from './commands.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const probeTimeoutMs = 10_000;
/** A base is fetched over whatever line there is. */
const buildTimeoutMs = 1_800_000;

export interface ContextOptions {
  readonly architectures: readonly Architecture[];
  /** Default: `dist/images` of the repository. It is made anew. */
  readonly outDir?: string;
  readonly log: (line: string) => void;
}

/** The folder from which images are built: the Dockerfile and all that it copies. Throws what the builds of executables say. */
export async function writeImageContext(options: ContextOptions): Promise<string> {
  const outDir = options.outDir ?? join(root, 'dist', 'images');
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  let texts = '';
  for (const architecture of options.architectures) {
    const executable = await buildExecutable({ architecture, log: options.log });
    cpSync(executable.file, join(outDir, `causeway-${platformNames[architecture]}`));
    texts = licences(executable, root);
  }
  writeTree(outDir, [
    { path: '/Dockerfile', copyOf: join(root, 'deploy', 'images', 'Dockerfile') },
    // Copied as a folder: the image's user owns it.
    { path: '/state/.keep', text: '' },
  ]);
  writeFileSync(join(outDir, 'licences'), texts);
  return outDir;
}

function findEngine(): Engine | undefined {
  return engines.find(
    (engine) => spawnSync(engine, probeWords, { timeout: probeTimeoutMs, stdio: 'ignore' }).status === 0,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      arch: { type: 'string', multiple: true },
      base: { type: 'string' },
      engine: { type: 'string' },
    },
  });
  const unknown = values.arch?.find((name) => !architectures.some((one) => one === name));
  if (unknown !== undefined) misused('--arch', unknown, architectures.join(', '));
  const named = engines.find((one) => one === values.engine);
  if (values.engine !== undefined && values.engine !== 'none' && named === undefined)
    misused('--engine', values.engine, [...engines, 'none'].join(', '));
  const wanted = architectures.filter((one) => values.arch === undefined || values.arch.includes(one));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const context = relative(process.cwd(), await writeImageContext({ architectures: wanted, log })) || '.';
  const engine = values.engine === 'none' ? undefined : (named ?? findEngine());
  if (engine === undefined)
    log(
      `no engine answers on this machine (${engines.join(', ')}); where there is one, with this folder (${context}):`,
    );
  for (const architecture of wanted)
    for (const target of imageTargets) {
      const of = { target, architecture, version: programVersion };
      const words = buildWords(engine ?? 'docker', {
        ...of,
        seconds: releaseSeconds(root, process.env),
        base: values.base,
        context,
      });
      if (engine === undefined) {
        process.stdout.write(`docker ${words.join(' ')}\n`);
        continue;
      }
      const { status, error } = spawnSync(engine, words, {
        timeout: buildTimeoutMs,
        stdio: ['ignore', 2, 2],
      });
      if (status !== 0) {
        log(`${engine} ${words.join(' ')}: ${error?.message ?? `status ${status}`}`);
        process.exit(1);
      }
      process.stdout.write(`${imageTag(of)}\n`);
    }
}

function misused(flag: string, found: string, expected: string): never {
  process.stderr.write(`${flag} ${found}: expected one of ${expected}\n`);
  process.exit(2);
}
