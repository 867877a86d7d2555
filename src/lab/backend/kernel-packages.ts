// Fetches the packages that hold a kernel for the lab's machine: the machine's own stock kernel, or one of a series.
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../domain/error.ts';
import { findKernel, isOfSeries, type KernelSeries, kernelSources, releasesIn } from './kernel-series.ts';
import { openSuite } from './suite.ts';

const run = promisify(execFile);
const timeoutMs = 180_000;

/** Debian's, then Ubuntu's: empty but for their dependency, which carries the version in its name. */
const metaPackages = ['linux-image-cloud-amd64', 'linux-image-virtual'];
const imageName = /Depends: linux-image-(\d\S*)/;

/**
 * Fetches a kernel as .deb files into `folder`: of `series`, or whatever this machine's own sources call their stock
 * kernel. Rejects where no source has one.
 */
export async function fetchKernel(
  series: KernelSeries | undefined,
  folder: string,
  log: (line: string) => void,
): Promise<void> {
  const stock = await findVersion();
  if (series !== undefined && !(stock !== undefined && isOfSeries(stock, series))) {
    return fetchSeries(series, folder, log);
  }
  const names = await stockPackages(stock);
  log(`fetching the lab kernel (${names.join(', ')}, about 30 MB) …`);
  await run('apt-get', ['download', '-o', 'APT::Sandbox::User=root', ...names], {
    cwd: folder,
    timeout: timeoutMs,
  });
}

/** Of each suite in turn; what one lacks or refuses the next may have. */
async function fetchSeries(series: KernelSeries, folder: string, log: (line: string) => void): Promise<void> {
  const { suites, pinned } = kernelSources[series];
  const reasons: string[] = [];
  for (const name of suites) {
    const apt = join(folder, 'apt');
    mkdirSync(apt);
    try {
      log(`fetching the list of Debian ${name}, for Linux ${series} …`);
      const suite = await openSuite(name, apt);
      const names = await suite.packageNames('linux-');
      const found = findKernel(names, series);
      if (found === undefined) {
        reasons.push(
          `Debian ${name} has no Linux ${series} (it has ${releasesIn(names).join(', ') || 'none'})`,
        );
        continue;
      }
      if (found.release !== pinned) log(`Debian ${name} has no ${pinned} any more: taking ${found.release}`);
      log(`fetching ${found.packages.join(', ')} (about 35 MB) …`);
      await suite.download(found.packages, folder);
      return;
    } catch (error) {
      reasons.push(messageOf(error));
    } finally {
      rmSync(apt, { recursive: true, force: true });
    }
  }
  throw new Error(reasons.join('; '));
}

/** Names for `apt-get download`; rejects where no package source knows a kernel, even after `apt-get update`. */
async function stockPackages(known: string | undefined): Promise<string[]> {
  const version = known ?? (await updateThenFind());
  if (version === undefined) throw new Error(`apt knows none of ${metaPackages.join(', ')}`);
  // Debian's image brings its modules up to Debian 13; Debian 14 and Ubuntu have packages of their own for them.
  const apart = ['binary', 'modules', 'modules-extra', 'base'].map((part) => `linux-${part}-${version}`);
  const offered = await Promise.all(apart.map(async (name) => ((await isKnown(name)) ? [name] : [])));
  return [`linux-image-${version}`, ...offered.flat()];
}

async function updateThenFind(): Promise<string | undefined> {
  await run('apt-get', ['update', '-q'], { timeout: timeoutMs });
  return findVersion();
}

async function findVersion(): Promise<string | undefined> {
  for (const meta of metaPackages) {
    const depends = await run('apt-cache', ['depends', meta], { timeout: timeoutMs }).catch(() => ({
      stdout: '',
    }));
    const version = imageName.exec(depends.stdout)?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

async function isKnown(name: string): Promise<boolean> {
  const { stdout } = await run('apt-cache', ['policy', name], { timeout: timeoutMs });
  return /Candidate: (?!\(none\))/.test(stdout);
}
