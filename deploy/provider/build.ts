// Makes the Terraform provider as it is released: `npm run build:provider [-- --arch x64|arm64] [--out FOLDER]`, for both and in
// dist/terraform without them.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { programVersion } from '../../src/runtime/version.ts';
import { buildExecutable, type Executable } from '../executable/build.ts';
import { type Architecture, architectures } from '../executable/node-binary.ts';
import { licences } from '../packages/files.ts';
import { releaseSeconds } from '../release-time.ts';
import { zipOf } from './zip.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const name = 'terraform-provider-causeway';
/** As Go calls them, and so does Terraform. */
const goNames: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

interface ProviderBuild {
  readonly architectures: readonly Architecture[];
  /** Default: `dist/terraform` of the repository. */
  readonly outDir?: string;
  readonly log: (line: string) => void;
}

/**
 * An archive for each architecture, what a registry wants to know of them, and their checksums, under the names that a mirror or a
 * registry has for them. The program is the one executable, by the name that makes it the provider. Absolute paths of the archives.
 */
export async function buildProvider(options: ProviderBuild): Promise<string[]> {
  const { log } = options;
  const outDir = resolve(options.outDir ?? join(root, 'dist', 'terraform'));
  const seconds = releaseSeconds(root, process.env);
  const base = `${name}_${programVersion}`;
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  const written: string[] = [];
  const write = (file: string, bytes: Uint8Array | string): string => {
    writeFileSync(join(outDir, file), bytes);
    written.push(file);
    return join(outDir, file);
  };
  const archives: string[] = [];
  for (const architecture of options.architectures) {
    const archive = archiveOf(await buildExecutable({ architecture, log }), seconds);
    archives.push(write(`${base}_linux_${goNames[architecture]}.zip`, archive));
  }
  const manifest = { version: 1, metadata: { protocol_versions: ['6.0'] } };
  write(`${base}_manifest.json`, `${JSON.stringify(manifest, undefined, 2)}\n`);
  const sums = written.toSorted().map((file) => `${sumOf(readFileSync(join(outDir, file)))}  ${file}\n`);
  writeFileSync(join(outDir, `${base}_SHA256SUMS`), sums.join(''));
  return archives;
}

/** Nothing else in it may begin with the program's name. */
function archiveOf(executable: Executable, seconds: number): Buffer {
  const text = (file: string, content: string) => ({ name: file, bytes: Buffer.from(content) });
  return zipOf(
    [
      { name: `${name}_v${programVersion}`, bytes: readFileSync(executable.file), isExecutable: true },
      text('LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8')),
      text('licences.txt', licences(executable, root)),
      text('causeway.cdx.json', readFileSync(executable.billFile, 'utf8')),
    ],
    seconds,
  );
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: { arch: { type: 'string', multiple: true }, out: { type: 'string' } },
  });
  const unknown = values.arch?.find((one) => !architectures.some((known) => known === one));
  if (unknown !== undefined) {
    process.stderr.write(`--arch ${unknown}: expected one of ${architectures.join(', ')}\n`);
    process.exit(2);
  }
  const archives = await buildProvider({
    architectures: architectures.filter((one) => values.arch === undefined || values.arch.includes(one)),
    ...(values.out === undefined ? {} : { outDir: values.out }),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  for (const file of archives) process.stdout.write(`${relative(process.cwd(), file)}\n`);
}
