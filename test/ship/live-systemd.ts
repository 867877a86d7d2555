/**
 * A host with systemd as process 1: in namespaces of its own (processes, mounts, network, names, control groups), on a Debian root that stays
 * as it is, since what is written goes to memory. Where it stands is the caller's: on this machine, or in the lab's.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ended, type RunOptions, run } from './running.ts';

/** Runs a command and waits for its end. */
export type RunThere = (
  argv: readonly string[],
  options?: Pick<RunOptions, 'env' | 'timeoutMs'>,
) => Promise<Ended>;

export const runOnThisMachine: RunThere = ([program = '', ...words], options) => run(program, words, options);

export interface LiveHost {
  /** A line for its shell. */
  sh(line: string, timeoutMs?: number): Promise<Ended>;
  /** A line in its network alone, with the programs of the machine that it stands on. */
  beside(line: string): Promise<Ended>;
  /** A line on that machine, to which its process 1 there is `$first`. */
  around(line: string): Promise<Ended>;
  /** Again and again until it succeeds and says what is expected; throws with what it said last. */
  until(line: string, expected: RegExp): Promise<string>;
  stop(): Promise<void>;
}

export interface LiveHostOptions {
  /** Folder of a Debian with systemd. */
  readonly root: string;
  readonly name: string;
  readonly there: RunThere;
  /** For a condition to come true; a machine that is emulated needs more. */
  readonly patienceMs: number;
  readonly lifeMs: number;
}

const lookEveryMs = 500;
const trialTimeoutMs = 20_000;

/**
 * Words: WORK ROOT NAME. The first stage makes a control group, which is the second's root; the second makes the root of all files. Whoever
 * starts it ends all of it by ending: each process is asked to die with its parent.
 */
const bootScript = `set -e
work=$1 root=$2 name=$3
mount --make-rprivate /
if [ "$4" = "" ]; then
  mount -t tmpfs tmpfs "$work/inside"
  mkdir "$work/inside/groups" "$work/inside/written" "$work/inside/overlay" "$work/inside/root"
  mount -t cgroup2 cgroup2 "$work/inside/groups"
  group=$work/inside/groups/causeway-$name.$$
  mkdir "$group"
  (
    echo 0 >"$group/cgroup.procs"
    exec setpriv --pdeathsig KILL unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \\
      sh "$0" "$work" "$root" "$name" second
  ) &
  echo $! >"$work/pid"
  wait $! || true
  find "$group" -depth -type d -exec rmdir {} + || true
  exit 0
fi
at=$work/inside/root
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/inside/written,workdir=$work/inside/overlay" "$at"
mount -t proc proc "$at/proc"
mount -t sysfs sysfs "$at/sys"
mount -t cgroup2 cgroup2 "$at/sys/fs/cgroup"
mount -t tmpfs -o mode=755 tmpfs "$at/dev"
for device in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$at/dev/\${device%:*}" c 1 "\${device#*:}"; done
mknod -m 666 "$at/dev/tty" c 5 0
mkdir "$at/dev/pts" "$at/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$at/dev/pts"
ln -s pts/ptmx "$at/dev/ptmx"
mount -t tmpfs -o mode=755 tmpfs "$at/run"
mount -t tmpfs -o mode=1777 tmpfs "$at/tmp"
if [ -d /lib/modules ]; then mkdir -p "$at/lib/modules"; mount --rbind /lib/modules "$at/lib/modules"; fi
echo "$name" >"$at/etc/hostname"
ip link set lo up
cd "$at"
mkdir .before
pivot_root . .before
umount -l /.before
rmdir /.before
exec env -i container=causeway PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system
`;

/** Throws, with what it said, where systemd does not come up with every unit in order. */
export async function bootLiveHost(options: LiveHostOptions): Promise<LiveHost> {
  const { root, name, there, patienceMs, lifeMs } = options;
  const work = mkdtempSync(join(tmpdir(), 'causeway-live-'));
  await there(['mkdir', join(work, 'inside')]);
  const script = join(work, 'boot');
  writeFileSync(script, bootScript);
  chmodSync(work, 0o700);
  const words = ['setpriv', '--pdeathsig', 'KILL', 'unshare', '--mount', 'sh', script, work, root, name];
  let isOver = false;
  const life = there(words, { timeoutMs: lifeMs }).finally(() => {
    isOver = true;
  });
  life.catch(() => {}); // Told by whoever waits for it.
  const first = `first=$(cat ${work}/pid) && first=$(echo $(cat /proc/$first/task/$first/children))`;
  const inside = (words: string, line: string, timeoutMs: number): Promise<Ended> =>
    there(['sh', '-c', `${first} && exec nsenter --target $first ${words} sh -c "$0"`, line], { timeoutMs });
  const environment =
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive';
  const sh = (line: string, timeoutMs = patienceMs): Promise<Ended> =>
    inside(`--all env --ignore-environment ${environment}`, line, timeoutMs);
  const host: LiveHost = {
    sh,
    beside: (line) => inside('--net', line, patienceMs),
    around: (line) => there(['sh', '-c', `${first} && ${line}`], { timeoutMs: patienceMs }),
    async until(line, expected) {
      const giveUpAt = performance.now() + patienceMs;
      for (;;) {
        const { status, stdout, stderr } = await sh(line);
        if (status === 0 && expected.test(stdout)) return stdout;
        if (performance.now() > giveUpAt || isOver)
          throw new Error(`on ${name}: ${line}: expected ${expected}, it said last:\n${stdout}${stderr}`);
        await pause(lookEveryMs);
      }
    },
    async stop() {
      await host.around('kill -KILL $first');
      await life;
      rmSync(work, { recursive: true, force: true });
    },
  };
  try {
    await host.until('systemctl is-system-running', /^running$/m);
  } catch (error) {
    const { stdout } = await sh('systemctl --failed --no-pager; journalctl --no-pager --lines=40');
    await host.stop();
    throw new Error(`${error instanceof Error ? error.message : error}\n${stdout}`);
  }
  return host;
}

const trial = `mount --make-rprivate / && mount -t tmpfs tmpfs /mnt && mkdir /mnt/groups /mnt/a /mnt/b /mnt/c /mnt/root &&
mount -t cgroup2 cgroup2 /mnt/groups && mkdir /mnt/groups/causeway-trial.$$ && rmdir /mnt/groups/causeway-trial.$$ &&
mount -t overlay overlay -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c /mnt/root`;

/** Why this machine lets nobody make such a host; undefined: it does. */
export async function whyNoLiveHost(there: RunThere = runOnThisMachine): Promise<string | undefined> {
  const apart = [
    'unshare',
    '--mount',
    '--pid',
    '--net',
    '--uts',
    '--ipc',
    '--cgroup',
    '--fork',
    '--kill-child',
  ];
  const { status, stderr } = await there([...apart, 'sh', '-c', trial], { timeoutMs: trialTimeoutMs });
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1);
}
