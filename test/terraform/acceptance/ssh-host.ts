/**
 * Hosts that Terraform reaches over SSH, without machines: a real sshd each, on a loopback address of its own, in a mount namespace
 * in which /etc, /usr, /var, /run and /root are its own. systemd and the kernel's modules are stand-ins that reject what they do not know.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { sshd } from './why-no-ssh-hosts.ts';

export const sshPort = 2222;
const folders = ['/etc', '/usr', '/var', '/root'];

export interface SshHost {
  readonly name: string;
  readonly address: string;
  readonly hostKey: string;
  /** What a shell there says. Throws where it fails. */
  run(command: string): string;
  /** A file there; undefined: there is none. */
  read(path: string): string | undefined;
  close(): Promise<void>;
}

export interface SshNet {
  /** Who is let in everywhere; and somebody else. */
  readonly key: string;
  readonly strangersKey: string;
  /** What happened on all hosts, in order: `HOST: WHAT`. */
  happened(): string[];
  forget(): void;
  host(name: string, number: number): Promise<SshHost>;
  close(): Promise<void>;
}

export function openSshNet(folder: string): SshNet {
  const log = join(folder, 'happened');
  const key = makeKey(join(folder, 'key'));
  const strangersKey = makeKey(join(folder, 'strangers-key'));
  const hosts: SshHost[] = [];
  writeFileSync(log, '');
  return {
    ...{ key, strangersKey },
    happened: () => readFileSync(log, 'utf8').split('\n').slice(0, -1),
    forget: () => writeFileSync(log, ''),
    async host(name, number) {
      const made = await startHost({
        name,
        number,
        folder: join(folder, name),
        log,
        authorized: `${key}.pub`,
      });
      hosts.push(made);
      return made;
    },
    close: async () => {
      await Promise.all(hosts.splice(0).map((one) => one.close()));
    },
  };
}

function makeKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return file;
}

interface HostOptions {
  readonly name: string;
  readonly number: number;
  readonly folder: string;
  readonly log: string;
  readonly authorized: string;
}

async function startHost({ name, number, folder, log, authorized }: HostOptions): Promise<SshHost> {
  mkdirSync(folder, { recursive: true });
  const address = `127.1.0.${number}`;
  const hostKeyFile = makeKey(join(folder, 'host-key'));
  const standIns = { systemctl: systemctl(name, log), modprobe, 'systemd-sysusers': sysusers };
  for (const [program, text] of Object.entries(standIns)) {
    writeFileSync(join(folder, program), text);
    chmodSync(join(folder, program), 0o755);
  }
  const config = [
    `ListenAddress ${address}:${sshPort}`,
    `HostKey ${hostKeyFile}`,
    `AuthorizedKeysFile ${authorized}`,
    ...['PidFile none', 'UsePAM no', 'StrictModes no', 'PasswordAuthentication no', 'PermitRootLogin yes'],
    ...['UseDNS no', 'Subsystem sftp internal-sftp', 'MaxStartups 100'],
  ];
  writeFileSync(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const begin = [
    'set -eu',
    `mkdir -p '${folder}/own'`,
    `mount -t tmpfs none '${folder}/own'`,
    ...folders.flatMap((at) => {
      const own = `${folder}/own${at}`;
      return [
        `mkdir -p '${own}-upper' '${own}-work'`,
        `mount -t overlay none -o 'lowerdir=${at},upperdir=${own}-upper,workdir=${own}-work' ${at}`,
      ];
    }),
    'mount -t tmpfs none /run',
    'mkdir -p /run/sshd /usr/local/sbin /run/units',
    ...Object.keys(standIns).map((program) => `cp '${folder}/${program}' /usr/local/sbin/`),
    `exec ${sshd} -D -e -f '${folder}/sshd_config'`,
  ];
  // With a process tree of its own, that ends as a whole.
  const words = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c', begin.join('\n')];
  const child: ChildProcess = spawn('unshare', words, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const close = async (): Promise<void> => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await ended;
    rmSync(join(folder, 'own'), { recursive: true, force: true });
  };
  try {
    await vi.waitFor(() => expect(said).toMatch(/Server listening/), { timeout: 30_000 });
  } catch (error) {
    await close();
    throw error;
  }
  const [inner = ''] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
    .trim()
    .split(' ');
  const enter = (command: string): ReturnType<typeof spawnSync> =>
    spawnSync('nsenter', ['--target', inner, '--mount', '--pid', 'sh', '-c', command], {
      encoding: 'utf8',
      timeout: 60_000,
    });
  return {
    ...{ name, address },
    hostKey: readFileSync(`${hostKeyFile}.pub`, 'utf8').trim(),
    run(command) {
      const { status, stdout, stderr } = enter(command);
      if (status !== 0) throw new Error(`${name}: ${command} ended with ${status}: ${stdout}${stderr}`);
      return `${stdout}`;
    },
    read(path) {
      const { status, stdout } = enter(`cat '${path}'`);
      return status === 0 ? `${stdout}` : undefined;
    },
    close,
  };
}

/** Knows the words that the module uses, and starts what a unit's ExecStart says, as root. */
function systemctl(host: string, log: string): string {
  return `#!/bin/sh
set -eu
happened() { echo '${host}: '"$*" >>'${log}'; }
unknown() { echo "the stand-in for systemctl does not know: $*" >&2; exit 64; }
unit_file() { [ -e "/lib/systemd/system/$1" ] || { echo "Unit $1 not found." >&2; exit 5; }; }
is_up() {
  case $1 in *.socket) [ -e "/run/units/$1.pid" ] && return 0 || return 1 ;; esac
  [ -e "/run/units/$1.pid" ] && kill -0 "$(cat "/run/units/$1.pid")" 2>/dev/null
}
stop() { case $1 in *.socket) : ;; *) if is_up "$1"; then kill "$(cat "/run/units/$1.pid")"; while is_up "$1"; do sleep 0.05; done; fi ;; esac; rm -f "/run/units/$1.pid"; }
start() {
  unit_file "$1"
  is_up "$1" && return 0
  case $1 in
    *.socket) touch "/run/units/$1.pid" ;;
    *)
      program=$(sed -n 's/^ExecStart=//p' "/lib/systemd/system/$1")
      setsid "$program" </dev/null >"/run/units/$1.log" 2>&1 &
      echo $! >"/run/units/$1.pid"
      ;;
  esac
}
what=$1
shift
quiet=no now=no units=''
for word in "$@"; do
  case $word in
    --quiet | --no-pager | --lines=15 | --property=Version) quiet=yes ;;
    --now) now=yes ;;
    causeway-*.service | causeway-*.socket) units="$units $word" ;;
    *) unknown "$what" "$@" ;;
  esac
done
case $what in
  show) echo Version=252 ;;
  daemon-reload) happened daemon-reload ;;
  enable) for unit in $units; do unit_file "$unit"; touch "/etc/systemd/system/$unit.enabled"; done ;;
  disable)
    [ "$now" = yes ] || unknown "$what" "$@"
    for unit in $units; do rm -f "/etc/systemd/system/$unit.enabled"; stop "$unit"; happened stop "$unit"; done
    ;;
  start) for unit in $units; do is_up "$unit" || happened start "$unit"; start "$unit"; done ;;
  restart) for unit in $units; do happened restart "$unit"; stop "$unit"; start "$unit"; done ;;
  reload) for unit in $units; do happened reload "$unit"; done ;;
  is-active) for unit in $units; do is_up "$unit" && echo active || { echo failed; exit 3; }; done ;;
  status) for unit in $units; do cat "/run/units/$unit.log" || true; done ;;
  *) unknown "$what" "$@" ;;
esac
`;
}

/** A kernel with all modules but those that a file names. */
const modprobe = `#!/bin/sh
set -eu
[ "$1 $2" = '--dry-run --quiet' ] || { echo "the stand-in for modprobe does not know: $*" >&2; exit 64; }
! grep -qx "$3" /etc/missing-modules 2>/dev/null
`;

const sysusers = `#!/bin/sh
[ "$*" = causeway-coordinator.conf ] && [ -e /usr/lib/sysusers.d/causeway-coordinator.conf ]
`;
