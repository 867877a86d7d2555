// The lab's machine: boots, runs commands inside, ends; or is left running for another process to attach to.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CausewayError } from '../../domain/error.ts';
import { chooseAccelerator } from './accelerator.ts';
import { cacheFolder } from './cache.ts';
import { guestImage } from './guest-image.ts';
import { guestInit } from './guest-init.ts';
import { control, runJob, type RunOptions } from './job.ts';
import {
  type Accelerator,
  findVirtiofsd,
  guestArguments,
  type GuestSize,
  qemuProgram,
  virtiofsdArguments,
  vmFiles,
} from './qemu.ts';

const bootLimitMs = 60_000;
const lookEveryMs = 20;
const consoleLinesShown = 15;

export interface BootOptions extends Partial<GuestSize> {
  log?: (line: string) => void;
  signal?: AbortSignal;
}

export interface Vm {
  /** Its folder: console.log, the control socket, the jobs. */
  readonly dir: string;
  readonly accelerator: Accelerator;
  /** From starting QEMU to the first command accepted; 0 where attached. */
  readonly bootMs: number;
  run(argv: readonly string[], options?: RunOptions): Promise<{ exitStatus: number }>;
  stop(): Promise<void>;
  /** Leaves the machine running when this process ends; `attachVm` finds it again. */
  detach(): void;
}

/** Boots a machine; throws `unavailable` with the console's last lines when the kernel does not come up in 60 s. */
export async function bootVm(options: BootOptions = {}): Promise<Vm> {
  const log = options.log ?? (() => {});
  const virtiofsd = findVirtiofsd();
  if (virtiofsd === undefined) {
    throw bootError('this machine', 'virtiofsd is missing (Debian 12: package qemu-system-common; later: virtiofsd)');
  }
  const cache = cacheFolder();
  const image = await guestImage(cache, log);
  const accelerator = await chooseAccelerator(cache, image, log);
  const dir = makeVmFolder(image.modules);
  const size: GuestSize = { cpus: options.cpus ?? 2, memoryMiB: options.memoryMiB ?? 2048 };
  const stopwatch = performance.now();
  const guest = spawn(
    'sh',
    [
      ...['-c', superviseScript, dir, virtiofsd, virtiofsdArguments(virtiofsd, '').length.toString()],
      ...virtiofsdArguments(virtiofsd, join(dir, vmFiles.share)),
      ...[qemuProgram, ...guestArguments(image, accelerator, size, dir)],
    ],
    { stdio: ['pipe', 'ignore', openLog(dir)], detached: true },
  );
  const machine = new Machine(dir, accelerator, () => guest.exitCode === null && guest.signalCode === null, guest);
  try {
    await machine.untilReady(stopwatch, options.signal);
  } catch (error) {
    await machine.stop();
    throw error;
  }
  machine.bootMs = performance.now() - stopwatch;
  return machine;
}
