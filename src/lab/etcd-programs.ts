// Where a current etcd comes from: a newer Debian's packages, unpacked into the cache; nothing is installed.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CausewayError, messageOf } from '../domain/error.ts';
import { cacheFolder } from './backend/cache.ts';
import { openSuite } from './backend/suite.ts';

const run = promisify(execFile);
const timeoutMs = 60_000;
/** Changes whenever what is unpacked would differ. */
const format = 1;

/** Newest first. What a suite lacks, or what does not run here, the next may have: programs in Go need little of a machine. */
const suites = ['forky', 'trixie', 'bookworm'] as const;
const packages = ['etcd-server', 'etcd-client'];

export interface EtcdPrograms {
  readonly etcd: string;
  readonly etcdctl: string;
  readonly etcdutl: string;
  /** As `etcd --version` says it: 3.5.30. */
  readonly version: string;
}

/** What the cache has; undefined where it was not fetched. */
export function findEtcd(cache = cacheFolder()): EtcdPrograms | undefined {
  const folder = folderIn(cache);
  const version = existsSync(folder) ? readdirSync(folder)[0] : undefined;
  if (version === undefined) return undefined;
  const program = (name: string): string => join(folder, version, 'usr', 'bin', name);
  return { etcd: program('etcd'), etcdctl: program('etcdctl'), etcdutl: program('etcdutl'), version };
}

/** Fetches it where the cache has none. Throws `unsupported` or `unavailable` with the reason where it can't be had. */
export async function prepareEtcd(log: (line: string) => void, cache = cacheFolder()): Promise<EtcdPrograms> {
  const held = findEtcd(cache);
  if (held !== undefined) return held;
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw etcdError('unsupported', `there is none for ${process.platform} on ${process.arch} here`);
  const reasons: string[] = [];
  for (const suite of suites) {
    const part = `${folderIn(cache)}.${process.pid}`;
    rmSync(part, { recursive: true, force: true });
    try {
      log(`fetching etcd from Debian ${suite} (18 MB) …`);
      await unpack(suite, part);
      if (!existsSync(folderIn(cache))) renameSync(join(part, 'versions'), folderIn(cache));
      break;
    } catch (error) {
      reasons.push(messageOf(error));
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  const made = findEtcd(cache);
  if (made === undefined) throw etcdError('unavailable', [...new Set(reasons)].join('; '));
  return made;
}

function etcdError(code: 'unsupported' | 'unavailable', message: string): CausewayError {
  return new CausewayError({ code, operation: 'fetch etcd', message });
}

function folderIn(cache: string): string {
  return join(cache, `etcd-${format}`);
}

async function unpack(suite: string, part: string): Promise<void> {
  const download = join(part, 'download');
  const tree = join(part, 'tree');
  for (const folder of [download, tree, join(part, 'apt'), join(part, 'versions')])
    mkdirSync(folder, { recursive: true });
  await (await openSuite(suite, join(part, 'apt'))).download(packages, download);
  for (const file of readdirSync(download)) {
    await run('dpkg', ['-x', join(download, file), tree], { timeout: timeoutMs });
  }
  const { stdout } = await run(join(tree, 'usr', 'bin', 'etcd'), ['--version'], { timeout: timeoutMs });
  const version = /^etcd Version: (\S+)/m.exec(stdout)?.[1];
  if (version === undefined) throw new Error(`the etcd of ${suite} does not say its version`);
  renameSync(tree, join(part, 'versions', version));
}
