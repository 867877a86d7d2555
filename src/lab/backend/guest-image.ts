// The kernel that the lab boots: a stock cloud kernel, unpacked into the cache; nothing is installed.
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
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { CausewayError, messageOf } from '../../domain/error.ts';
import { bootModules, initramfsInit } from './guest-init.ts';
import { fetchKernel } from './kernel-packages.ts';
import { isOfSeries, type KernelSeries } from './kernel-series.ts';

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
 * Finds or makes the guest's image under `cache`: of the machine's own stock kernel, or of one of `series`. One that
 * the cache has is used as it is, so that a machine without a package source goes on working. Throws `unavailable` when
 * the packages cannot be fetched or unpacked.
 */
export async function guestImage(
  cache: string,
  log: (line: string) => void,
  series?: KernelSeries,
): Promise<GuestImage> {
  const stock = join(cache, `guest-${imageFormat}`);
  const folder = series === undefined ? stock : `${stock}-${series}`;
  const held = describe(folder) ?? ofSeries(describe(stock), series);
  if (held) return held;
  const part = `${folder}.${process.pid}`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(join(part, 'download'), { recursive: true });
  try {
    await fetchKernel(series, join(part, 'download'), log);
    log('unpacking it …');
    await unpackKernel(part);
    await makeInitramfs(part);
    if (!existsSync(folder)) renameSync(part, folder);
  } catch (cause) {
    throw imageError(series ?? 'stock', messageOf(cause), cause);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
  const made = describe(folder);
  if (!made) throw imageError(folder, 'the package held no kernel');
  return made;
}

/** The stock kernel may be of the series that is asked for: then it need not be fetched twice. */
function ofSeries(image: GuestImage | undefined, series: KernelSeries | undefined): GuestImage | undefined {
  return image !== undefined && series !== undefined && isOfSeries(image.release, series) ? image : undefined;
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
  // From Debian 14 on the kernel itself lies beside its modules.
  const kernel = [join(folder, 'boot', `vmlinuz-${release}`), join(modules, release, 'vmlinuz')].find(
    (path) => existsSync(path),
  );
  const initramfs = join(folder, 'initramfs.cpio');
  if (kernel === undefined || !existsSync(initramfs)) return undefined;
  return { release, kernel, initramfs, modules };
}

async function unpackKernel(part: string): Promise<void> {
  const download = join(part, 'download');
  for (const file of readdirSync(download).filter((name) => name.endsWith('.deb'))) {
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
  const names: string[] = [];
  for (const path of bootModules) {
    if (await copyModule(kernelModules, path, join(tree, 'modules'))) names.push(basename(path));
  }
  writeFileSync(join(tree, 'init'), initramfsInit(names));
  chmodSync(join(tree, 'init'), 0o755);
  const pack = 'find . | busybox cpio -o -H newc >../initramfs.cpio';
  await run('sh', ['-c', pack], { cwd: tree, timeout: packageTimeoutMs });
  rmSync(tree, { recursive: true });
}

/**
 * Distributions ship modules plain or compressed; the initramfs' insmod reads plain ones only. Says whether there is a
 * file: what is built in (all of virtio and FUSE, in newer kernels) has none and is not missed.
 */
async function copyModule(kernelModules: string, path: string, target: string): Promise<boolean> {
  const copy = join(target, `${basename(path)}.ko`);
  const plain = join(kernelModules, `${path}.ko`);
  if (existsSync(plain)) cpSync(plain, copy);
  for (const [ending, program] of [
    ['.xz', 'xz'],
    ['.zst', 'zstd'],
  ]) {
    if (!existsSync(`${plain}${ending}`)) continue;
    await run('sh', ['-c', `${program} -dc "$0" >"$1"`, `${plain}${ending}`, copy]);
  }
  return existsSync(copy);
}
