// The lab's machine: boots, runs commands inside, ends; or is left running for another process to attach to.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CausewayError } from '../../domain/error.ts';
import { chooseAccelerator } from './accelerator.ts';
import { cacheFolder } from './cache.ts';
import { guestImage } from './guest-image.ts';
import { type RunOptions, runJob } from './job.ts';
import type { KernelSeries } from './kernel-series.ts';
import { release, startMachine } from './machine-process.ts';
import { type Accelerator, type GuestSize, vmFiles } from './qemu.ts';
import { takeTurn } from './turn.ts';
import { forgetRecord, isRunning, readRecord, writeRecord } from './vm-record.ts';

/** Emulated, on a busy machine of two cores, a boot takes up to 20 s. */
const bootLimitMs = 60_000;
const stopLimitMs = 5_000;
const lookEveryMs = 20;
const consoleLinesShown = 15;

export interface BootOptions extends Partial<GuestSize> {
  /** Of which series the machine's kernel is; by default the stock kernel of this machine's package sources. */
  kernel?: KernelSeries;
  log?: (line: string) => void;
  /** Gives the boot up. */
  signal?: AbortSignal;
}

export interface Vm {
  /** Its folder: console.log, the control socket, the jobs. */
  readonly dir: string;
  readonly accelerator: Accelerator;
  /** From starting QEMU to the first command accepted; 0 where attached. */
  readonly bootMs: number;
  run(argv: readonly string[], options?: RunOptions): Promise<{ exitStatus: number }>;
  /** Ends the machine and removes its folder; to stop what is stopped is no error. */
  stop(): Promise<void>;
  /** Leaves the machine running when this process ends; `attachVm` finds it again. */
  detach(): void;
}

interface Parts {
  dir: string;
  accelerator: Accelerator;
  pid: number;
  bootMs: number;
  running: () => boolean;
  release: () => void;
}

/**
 * Boots a machine, of 2 processors and 2048 MiB unless told otherwise. Throws `unavailable` with the console's last
 * lines when the kernel ends or does not come up in 60 s. The machine ends with this process unless detached.
 */
export async function bootVm(options: BootOptions = {}): Promise<Vm> {
  const log = options.log ?? (() => {});
  const cache = cacheFolder();
  const image = await guestImage(cache, log, options.kernel);
  const accelerator = await chooseAccelerator(cache, image, log);
  const endTurn = await takeTurn(cache, log, options.signal);
  options.signal?.throwIfAborted();
  const startedAt = performance.now();
  const machine = startMachine(image, accelerator, {
    cpus: options.cpus ?? 2,
    memoryMiB: options.memoryMiB ?? 2048,
  });
  const { process: child, dir } = machine;
  const running = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const parts = {
    dir,
    accelerator,
    pid: child.pid ?? 0,
    running,
    release() {
      release(child);
      endTurn();
    },
  };
  const readyFile = join(dir, vmFiles.ready);
  try {
    while (!existsSync(readyFile)) {
      options.signal?.throwIfAborted();
      if (!running()) throw bootError(dir, 'the machine ended while booting');
      if (performance.now() - startedAt > bootLimitMs)
        throw bootError(dir, `not up after ${bootLimitMs / 1000} s`);
      await pause(lookEveryMs);
    }
  } catch (error) {
    await createVm({ ...parts, bootMs: 0 }).stop();
    throw error;
  }
  return createVm({ ...parts, bootMs: Math.round(performance.now() - startedAt) });
}

/** The machine that another process detached, or nothing where none runs. */
export function attachVm(): Vm | undefined {
  const cache = cacheFolder();
  const record = readRecord(cache);
  if (!record) return undefined;
  if (!isRunning(record)) {
    forgetRecord(cache);
    rmSync(record.dir, { recursive: true, force: true });
    return undefined;
  }
  return createVm({ ...record, bootMs: 0, running: () => isRunning(record), release: () => {} });
}

function createVm(parts: Parts): Vm {
  const { dir, accelerator, pid, bootMs } = parts;
  const gone = (): CausewayError | undefined =>
    parts.running()
      ? undefined
      : machineError('run in the lab', dir, 'the lab machine ended', lastLines(dir));
  return {
    dir,
    accelerator,
    bootMs,
    run: (argv, options = {}) => runJob(dir, argv, options, gone),
    async stop() {
      const giveUpAt = performance.now() + stopLimitMs;
      if (parts.running()) process.kill(pid, 'SIGKILL');
      while (parts.running() && performance.now() < giveUpAt) await pause(lookEveryMs);
      parts.release();
      if (readRecord(cacheFolder())?.dir === dir) forgetRecord(cacheFolder());
      rmSync(dir, { recursive: true, force: true });
    },
    detach() {
      writeRecord(cacheFolder(), { dir, accelerator, pid });
      parts.release();
    },
  };
}

function bootError(dir: string, what: string): CausewayError {
  return machineError('boot the lab machine', dir, what, lastLines(dir));
}

function machineError(operation: string, subject: string, what: string, lines: string): CausewayError {
  const message = lines === '' ? what : `${what}; it said last:\n${lines}`;
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}

/** Where a kernel says why it dies: what follows is a trace. */
const lastWord = /Kernel panic|Oops|BUG:/;

/** What guest kernel, QEMU and virtiofsd said last: from the kernel's own last word on, where there is one. */
function lastLines(dir: string): string {
  const texts = [vmFiles.log, vmFiles.console].map((name) => {
    const path = join(dir, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  });
  const lines = texts
    .join('\n')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const found = lines.findIndex((line) => lastWord.test(line));
  const from = found === -1 ? Math.max(0, lines.length - consoleLinesShown) : found;
  return lines.slice(from, from + consoleLinesShown).join('\n');
}
