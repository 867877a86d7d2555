/** Whether hosts for SSH (`ssh-host.ts`) can be had on this machine. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export const sshd = '/usr/sbin/sshd';

/** Undefined: they can be had here. */
export function whyNoSshHosts(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root on Linux can make hosts for SSH';
  if (!existsSync(sshd)) return 'there is no sshd (Debian package openssh-server)';
  const trial =
    'mount -t tmpfs none /mnt && mkdir /mnt/u /mnt/w && mount -t overlay none -o lowerdir=/root,upperdir=/mnt/u,workdir=/mnt/w /root';
  const { status, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', trial], { encoding: 'utf8' });
  return status === 0 ? undefined : `mount namespaces with overlays can't be had: ${stderr.trim()}`;
}
