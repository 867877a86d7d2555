// What the tests of what is shipped need of Debian: fetched into the cache once; nothing is installed on this machine.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../src/lab/backend/cache.ts';
import { openSuite } from '../../src/lab/backend/suite.ts';

const run = promisify(execFile);
const suite = 'bookworm';
const unpackTimeoutMs = 120_000;
const rootTimeoutMs = 600_000;
/** Changes whenever what is in the cache would differ. */
const format = 1;

type Say = (line: string) => void;

/** An emulator of arm64, and the libraries that Node needs there. Throws with the reason where they can't be had. */
export async function prepareArm64(say: Say): Promise<{ qemu: string; arm64Libraries: string }> {
  const emulator = await unpacked('qemu-user-static', say);
  const arm64Libraries = await made('arm64-libraries', say, async (folder) => {
    const include = '--include=libc6,libgcc-s1,libstdc++6';
    await bootstrap(say, ['--variant=extract', '--architectures=arm64', include, suite, folder]);
  });
  return { qemu: join(emulator, 'usr', 'bin', 'qemu-aarch64-static'), arm64Libraries };
}

/** An archive of a Debian with what a host of Causeway has, an sshd, and what judges packages. */
export async function prepareDebian(say: Say): Promise<{ debian: string }> {
  const host = ['systemd', 'systemd-sysv', 'nftables', 'kmod', 'procps', 'man-db', 'openssh-server'];
  const include = `--include=${[...host, 'lintian'].join()}`;
  const debian = await made('debian-3.tar', say, (file) =>
    bootstrap(say, ['--variant=minbase', '--format=tar', include, suite, file]),
  );
  return { debian };
}

/** Archives of two Debians: one that builds images, without a daemon; and what images stand on. */
export async function prepareImages(say: Say): Promise<{ imageBuilder: string; imageBase: string }> {
  const archive = (name: string, packages: readonly string[]) =>
    made(name, say, (file) =>
      bootstrap(say, ['--variant=minbase', '--format=tar', `--include=${packages.join()}`, suite, file]),
    );
  return {
    imageBuilder: await archive('image-builder.tar', ['buildah', 'iproute2']),
    imageBase: await archive('image-base.tar', ['nftables']),
  };
}

/** Of Debian's packages, unpacked: programs that need nothing else of theirs. */
function unpacked(name: string, say: Say): Promise<string> {
  return made(name, say, async (folder) => {
    const apt = mkdtempSync(`${folder}.apt`);
    try {
      const download = join(apt, 'download');
      for (const one of [folder, download]) mkdirSync(one, { recursive: true });
      await (await openSuite(suite, apt)).download([name], download);
      for (const file of readdirSync(download))
        await run('dpkg', ['-x', join(download, file), folder], { timeout: unpackTimeoutMs });
    } finally {
      rmSync(apt, { recursive: true, force: true });
    }
  });
}

/** A Debian of its own, as root. */
async function bootstrap(say: Say, words: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('only root can make a Debian root');
  const mmdebstrap = join(await unpacked('mmdebstrap', say), 'usr', 'bin', 'mmdebstrap');
  const env = { ...process.env, LC_ALL: 'C.UTF-8' };
  await run('perl', [mmdebstrap, '--mode=root', '--quiet', ...words], { timeout: rootTimeoutMs, env });
}

/** Makes `name` in the cache, whole or not at all, unless it is there. */
async function made(name: string, say: Say, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(cacheFolder(), `ship-${name}-${format}`);
  if (existsSync(path)) return path;
  say(`fetching ${name} from Debian ${suite} …`);
  const part = `${path}.${process.pid}`;
  try {
    await make(part);
    if (!existsSync(path)) renameSync(part, path);
    return path;
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
