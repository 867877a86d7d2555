// Which packages hold a stock kernel for the lab's machine.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const timeoutMs = 180_000;

/** Debian's, then Ubuntu's: empty but for their dependency, which carries the version in its name. */
const metaPackages = ['linux-image-cloud-amd64', 'linux-image-virtual'];
const imageName = /Depends: linux-image-(\d\S*)/;

/** Names for `apt-get download`; rejects where no package source knows a kernel, even after `apt-get update`. */
export async function kernelPackages(): Promise<string[]> {
  const version = (await findVersion()) ?? (await updateThenFind());
  if (version === undefined) throw new Error(`apt knows none of ${metaPackages.join(', ')}`);
  // Debian's image brings its modules; Ubuntu has packages of their own for them.
  const apart = [`linux-modules-${version}`, `linux-modules-extra-${version}`];
  const known = await Promise.all(apart.map(async (name) => ((await isKnown(name)) ? [name] : [])));
  return [`linux-image-${version}`, ...known.flat()];
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
