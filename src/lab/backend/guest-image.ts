// The kernel that the lab boots: Debian's stock cloud kernel, unpacked into the cache; nothing is installed.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CausewayError, messageOf } from '../../domain/error.ts';
import { bootModules, initramfsInit } from './guest-init.ts';
import { kernelPackages } from './kernel-packages.ts';

const run = promisify(execFile);
/** Changes whenever the unpacked image would differ for the same kernel package. */
const imageFormat = 1;
const packageTimeoutMs = 180_000;

export interface GuestImage {
  /** As `uname -r` says it in the guest. */
  release: string;
  kernel: string;
  initramfs: string;
  /** The folder that holds `RELEASE/kernel/…`, to be seen at /lib/modules. */
  modules: string;
}

/**
 * Finds or makes the guest's image under `cache`. The newest one in the cache is used as it is, so that a machine
 * without a package source goes on working. Throws `unavailable` when the package cannot be fetched or unpacked.
 */
export async function guestImage(cache: string, log: (line: string) => void): Promise<GuestImage> {
  const folder = join(cache, `guest-${imageFormat}`);
  const held = existsSync(folder) ? describe(folder) : undefined;
  if (held) return held;
  log('fetching the lab kernel (Debian linux-image-cloud, about 27 MB) …');
  const part = `${folder}.${process.pid}`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  try {
    await unpackKernel(part);
    await makeInitramfs(part);
    if (!existsSync(folder)) renameSync(part, folder);
  } catch (cause) {
    throw imageError(folder, messageOf(cause), cause);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  const made = describe(folder);
  if (!made) throw imageError(folder, 'the package held no kernel');
  return made;
}

function imageError(subject: string, message: string, cause?: unknown): CausewayError {
  return new CausewayError({
    code: 'unavailable',
    operation: 'make the lab kernel',
    subject,
    message,
    cause,
  });
}

function describe(folder: string): GuestImage | undefined {
  const modules = join(folder, 'lib', 'modules');
  const release = existsSync(modules) ? readdirSync(modules)[0] : undefined;
  if (release === undefined) return undefined;
  const kernel = join(folder, 'boot', `vmlinuz-${release}`);
  const initramfs = join(folder, 'initramfs.cpio');
  if (!existsSync(kernel) || !existsSync(initramfs)) return undefined;
  return { release, kernel, initramfs, modules };
}

async function unpackKernel(part: string): Promise<void> {
  const names = await kernelPackages();
  const download = join(part, 'download');
  mkdirSync(download);
  await run('apt-get', ['download', '-o', 'APT::Sandbox::User=root', ...names], {
    cwd: download,
    timeout: packageTimeoutMs,
  });
  for (const file of readdirSync(download)) {
    await run('dpkg', ['-x', join(download, file), part], { timeout: packageTimeoutMs });
  }
  rmSync(download, { recursive: true });
  const merged = join(part, 'usr', 'lib', 'modules');
  if (!existsSync(join(part, 'lib', 'modules')) && existsSync(merged)) {
    mkdirSync(join(part, 'lib'), { recursive: true });
    renameSync(merged, join(part, 'lib', 'modules'));
  }
  const release = readdirSync(join(part, 'lib', 'modules'))[0] ?? '';
  await run('depmod', ['-b', part, release], { timeout: packageTimeoutMs });
}

async function makeInitramfs(part: string): Promise<void> {
  const release = readdirSync(join(part, 'lib', 'modules'))[0] ?? '';
  const kernelModules = join(part, 'lib', 'modules', release, 'kernel');
  const tree = join(part, 'initramfs');
  for (const folder of ['bin', 'dev', 'proc', 'host', 'modules']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  cpSync('/bin/busybox', join(tree, 'bin', 'busybox'));
  for (const path of bootModules) await copyModule(kernelModules, path, join(tree, 'modules'));
  writeFileSync(join(tree, 'init'), initramfsInit());
  chmodSync(join(tree, 'init'), 0o755);
  const pack = 'find . | busybox cpio -o -H newc >../initramfs.cpio';
  await run('sh', ['-c', pack], { cwd: tree, timeout: packageTimeoutMs });
  rmSync(tree, { recursive: true });
}

/** Distributions ship modules plain or compressed; the initramfs' insmod reads plain ones only. Built in: no file. */
async function copyModule(kernelModules: string, path: string, target: string): Promise<void> {
  const name = `${path.slice(path.lastIndexOf('/') + 1)}.ko`;
  const plain = join(kernelModules, `${path}.ko`);
  if (existsSync(plain)) cpSync(plain, join(target, name));
  for (const [ending, program] of [
    ['.xz', 'xz'],
    ['.zst', 'zstd'],
  ]) {
    if (!existsSync(`${plain}${ending}`)) continue;
    await run('sh', ['-c', `${program} -dc "$0" >"$1"`, `${plain}${ending}`, join(target, name)]);
  }
}
