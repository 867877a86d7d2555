// The Node that an executable is made of: npm's package of the binary, of the version and bytes that the lockfile names.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../src/lab/backend/cache.ts';
import { readLockfile } from '../lockfile.ts';

const run = promisify(execFile);
const downloadTimeoutMs = 300_000;
const unpackTimeoutMs = 60_000;

export const architectures = ['x64', 'arm64'] as const;
export type Architecture = (typeof architectures)[number];

export interface NodeBinary {
  readonly path: string;
  readonly version: string;
  /** Node's licence, with those of all that it is made of. */
  readonly licenseFile: string;
  /** Of the package that it came in: `sha512-` and base64. */
  readonly integrity: string;
}

/** npm installs the one for this machine; another is fetched into the cache, once. */
export async function nodeBinary(
  architecture: Architecture,
  root: string,
  log: (line: string) => void,
): Promise<NodeBinary> {
  const name = `node-linux-${architecture}`;
  const locked = readLockfile(root)(`node_modules/${name}`);
  const installed = join(root, 'node_modules', name);
  const folder =
    versionOf(installed) === locked.version
      ? installed
      : await fetched(name, locked.version, locked.integrity, log);
  const { version, integrity } = locked;
  return { path: join(folder, 'bin', 'node'), licenseFile: join(folder, 'LICENSE'), version, integrity };
}

function versionOf(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) return undefined;
  const { version }: { version?: unknown } = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof version === 'string' ? version : undefined;
}

async function fetched(
  name: string,
  version: string,
  integrity: string,
  log: (line: string) => void,
): Promise<string> {
  const folder = join(cacheFolder(), `${name}-${version}`);
  if (existsSync(folder)) return folder;
  log(`fetching ${name} ${version} (50 MB) …`);
  const part = mkdtempSync(`${folder}.`);
  try {
    const words = [
      'pack',
      `${name}@${version}`,
      '--ignore-scripts',
      '--loglevel=error',
      '--pack-destination',
      part,
    ];
    await run('npm', words, { cwd: part, timeout: downloadTimeoutMs });
    const archive = join(part, readdirSync(part).find((file) => file.endsWith('.tgz')) ?? 'no archive');
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    if (found !== integrity)
      throw new Error(
        `${name}-${version}.tgz: found ${found}, expected ${integrity}, as package-lock.json says`,
      );
    const tree = join(part, 'tree');
    mkdirSync(tree);
    await run('tar', ['-xzf', archive, '-C', tree, '--strip-components=1', '--no-same-owner'], {
      timeout: unpackTimeoutMs,
    });
    if (!existsSync(folder)) renameSync(tree, folder);
    return folder;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
