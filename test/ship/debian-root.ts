/** A Debian of the test's own, in a folder: commands run in it with no process and no mount of this machine in sight. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Ended, run } from './running.ts';

const shellTimeoutMs = 280_000;
/** Its root is a mount of its own: programs that change theirs (buildah) take no other. */
const entering = 'mount --rbind "$0" "$0" && exec chroot "$0" sh -c "$1"';

export interface DebianRoot {
  readonly folder: string;
  /** A line for its shell. */
  sh(line: string, timeoutMs?: number): Promise<Ended>;
  /** Likewise, on a host that has these addresses. */
  shAt(addresses: readonly string[], line: string): Promise<Ended>;
  /** As dpkg installs them, without a question. */
  install(packages: readonly string[]): Promise<Ended>;
  remove(): void;
}

/** `archive`: a tar of it. */
export async function openDebianRoot(archive: string): Promise<DebianRoot> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-root-'));
  const unpacked = await run('tar', ['-xf', archive, '-C', folder, '--numeric-owner']);
  if (unpacked.status !== 0) throw new Error(unpacked.stderr);
  mkdirSync(join(folder, 'packages'));
  const enter = (before: string, line: string, timeoutMs = shellTimeoutMs): Promise<Ended> => {
    const apart = ['--mount', '--pid', '--net', '--ipc', '--uts', '--fork', '--kill-child'];
    return run(
      'unshare',
      [...apart, `--mount-proc=${join(folder, 'proc')}`, 'sh', '-c', `${before}${entering}`, folder, line],
      {
        env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8', HOME: '/root' },
        timeoutMs,
      },
    );
  };
  const sh = (line: string, timeoutMs?: number): Promise<Ended> => enter('', line, timeoutMs);
  return {
    folder,
    sh,
    // By this machine's own ip, before the root is another.
    shAt(addresses, line) {
      const each = addresses.map((address) => `ip address add ${address}/24 dev lo && `).join('');
      return enter(`ip link set lo up && ${each}`, line);
    },
    install(packages) {
      for (const file of packages) copyFileSync(file, join(folder, 'packages', basename(file)));
      const names = packages.map((file) => `/packages/${basename(file)}`).join(' ');
      return sh(`dpkg --install ${names} 2>&1`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
