/** Hosts with systemd on one link, and somebody else on that link: a client, or who runs Terraform. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootLiveHost, type LiveHost, type RunThere } from './live-systemd.ts';

export interface LiveSite {
  readonly hosts: ReadonlyMap<string, LiveHost>;
  /** Words before those of a program that is to run on the link, at 10.1.0.1. */
  readonly onLink: readonly string[];
  close(): Promise<void>;
}

export interface LiveSiteOptions {
  /** Folder of a Debian with systemd. */
  readonly root: string;
  readonly there: RunThere;
  /** Addresses in 10.1.0.0/24, by name. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly patienceMs: number;
  readonly lifeMs: number;
}

/**
 * What the module asks of a kernel that has no such modules is answered here, so that all else of it can be tried there. It loads
 * nothing, and what it does not know it refuses.
 */
const modprobe = `#!/bin/sh
[ "$*" = "--dry-run --quiet \${3-}" ] || { echo "the stand-in for modprobe does not know: $*" >&2; exit 64; }
case $3 in ip_vs | nf_tables | ipip | ip_gre | fou) ;; *) exit 1 ;; esac
`;

export const vip = '192.0.2.10';

/** Resources. Left to itself Causeway forwards on one link without a tunnel. */
export const tunnelled = `apiVersion: causeway/v1
kind: Site
metadata: { name: fra }
spec: { tunnel: { type: ipip } }
---
apiVersion: causeway/v1
kind: Service
metadata: { name: web }
spec:
  vips: [${vip}]
  ports: [80/tcp]
  selector: { app: web }
  sites: [fra]
  forwarding: tunnel
  placement: { policy: local }
  health: { type: http, path: / }
`;

/**
 * Before the hosts are booted, in their root: a Debian with nothing but the journal, and `units`. Each unit that comes with a boot takes
 * seconds of an emulated processor, and Causeway's need none of them. What is left is /lib/systemd/system itself, and with it all that
 * Causeway's own units ask for.
 */
export const lean = (...units: readonly string[]): string => `set -e
mkdir -p /etc/systemd/system-generators
for generator in /lib/systemd/system-generators/*; do ln -s /dev/null /etc/systemd/system-generators/\${generator##*/}; done
cd /lib/systemd/system
for unit in *.target.wants/* /etc/systemd/system/*.target.wants/*; do
  case $unit in
    ${['systemd-journald*', ...units].map((unit) => `*/${unit}`).join(' | ')}) ;;
    *) ln -sf /dev/null /etc/systemd/system/\${unit##*/} ;;
  esac
done
systemctl set-default multi-user.target`;

/** Before the hosts are booted: lets `authorizedKey` in as root; where the kernel lacks modules, says that it has them. */
export function prepareForSsh(root: string, authorizedKey: string, hasModules: boolean): void {
  mkdirSync(join(root, 'root/.ssh'), { recursive: true, mode: 0o700 });
  writeFileSync(join(root, 'root/.ssh/authorized_keys'), authorizedKey, { mode: 0o600 });
  if (hasModules) return;
  const file = join(root, 'usr/local/sbin/modprobe');
  writeFileSync(file, modprobe);
  chmodSync(file, 0o755);
}

/** What it said. Throws, with all that it said, where it failed. */
export async function said(ended: ReturnType<RunThere>): Promise<string> {
  const { status, stdout, stderr } = await ended;
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

/** Makes keys of the host's own, though its root is that of others, and says the public ones, a line each. */
export async function makeHostKeys(host: LiveHost): Promise<string> {
  const keys = 'rm -f /etc/ssh/ssh_host_* && ssh-keygen -A >/dev/null && systemctl restart ssh.service';
  return (await said(host.sh(`${keys} && cat /etc/ssh/ssh_host_*_key.pub`))).trim();
}

/** Throws, with what was said, where a host does not come up. */
export async function openLiveSite(options: LiveSiteOptions): Promise<LiveSite> {
  const { root, there, addresses, patienceMs, lifeMs } = options;
  const link = `causeway-link-${process.pid}`;
  const onLink = ['ip', 'netns', 'exec', link];
  const hosts = new Map<string, LiveHost>();
  const close = async (): Promise<void> => {
    await Promise.all([...hosts.values()].map((host) => host.stop()));
    await there(['ip', 'netns', 'del', link]);
  };
  try {
    await said(there(['ip', 'netns', 'add', link]));
    const bridge =
      'ip link set lo up && ip link add name fra type bridge && ip address add 10.1.0.1/24 dev fra && ip link set dev fra up';
    await said(there([...onLink, 'sh', '-c', bridge]));
    const booted = await Promise.allSettled(
      Object.keys(addresses).map(async (name) => {
        hosts.set(name, await bootLiveHost({ root, name, there, patienceMs, lifeMs }));
      }),
    );
    for (const one of booted) if (one.status === 'rejected') throw one.reason;
    for (const [name, host] of hosts) {
      await said(host.around(`ip link add name eth0 netns $first type veth peer name ${name} netns ${link}`));
      await said(
        host.beside(
          `ip address add ${addresses[name]}/24 dev eth0 && ip link set eth0 up && ip route add default via 10.1.0.1`,
        ),
      );
      await said(there([...onLink, 'sh', '-c', `ip link set dev ${name} master fra up`]));
    }
    return { hosts, onLink, close };
  } catch (error) {
    await close();
    throw error;
  }
}
