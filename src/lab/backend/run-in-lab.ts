// Runs one command where the lab's kernel is: here, or in a machine booted for it. Whoever calls does not see which.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.ts';
import type { BackendKind } from './choose.ts';
import type { RunOptions } from './job.ts';
import type { KernelSeries } from './kernel-series.ts';
import type { GuestSize } from './qemu.ts';
import { runHere } from './run-here.ts';
import { attachVm, bootVm, type Vm } from './vm.ts';

export interface LabRunOptions extends Partial<GuestSize>, RunOptions {
  backend: BackendKind;
  /** A machine's kernel, where it is not to be the stock one. */
  kernel?: KernelSeries;
  /** Leave the machine running afterwards, for `attachVm`; the host's own kernel needs no such thing. */
  keep?: boolean;
  log?: (line: string) => void;
  /** Told once the kernel is there and the command about to start. */
  onReady?: (bootMs: number) => void;
}

export interface LabRun {
  backend: BackendKind;
  exitStatus: number;
  /** Until the kernel was there; 0 on the host's own. */
  bootMs: number;
}

/** What every command in the lab finds: this Node first in PATH, and its compile cache. */
function labEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  const compiled = join(cacheFolder(), 'compile');
  mkdirSync(compiled, { recursive: true });
  const system = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  return { PATH: `${dirname(process.execPath)}:${system}`, NODE_COMPILE_CACHE: compiled, ...env };
}

/** Throws what the boot throws, `deadline` past `timeoutMs` of the command, or the signal's reason. */
export async function runInLab(argv: readonly string[], options: LabRunOptions): Promise<LabRun> {
  const env = labEnvironment(options.env ?? {});
  if (options.backend === 'native') {
    options.onReady?.(0);
    const exitStatus = await withoutFallbackTunnels(() => runHere(argv, { ...options, env }));
    return { backend: 'native', exitStatus, bootMs: 0 };
  }
  if (options.keep) await attachVm()?.stop();
  const vm: Vm = await bootVm(options);
  let left = false;
  try {
    options.onReady?.(vm.bootMs);
    const { exitStatus } = await vm.run(argv, { ...options, env });
    if (options.keep) vm.detach();
    left = options.keep === true;
    return { backend: 'vm', exitStatus, bootMs: vm.bootMs };
  } finally {
    if (!left) await vm.stop();
  }
}

/** Keeps tunl0, gre0, sit0 out of the lab's namespaces, and puts the host's setting back afterwards. */
async function withoutFallbackTunnels<T>(work: () => Promise<T>): Promise<T> {
  const setting = '/proc/sys/net/core/fb_tunnels_only_for_init_net';
  const before = readFileSync(setting, 'utf8');
  if (before.trim() === '0') writeFileSync(setting, '1\n');
  try {
    return await work();
  } finally {
    if (before.trim() === '0') writeFileSync(setting, before);
  }
}
