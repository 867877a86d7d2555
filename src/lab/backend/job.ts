// One command inside the guest. The control port carries only `run N` and `kill N SIGNAL`; the command itself, its
// output and its exit status are files in the shared folder, so that nothing is lost when a connection is, and any
// number of commands and of host processes may be at work at once.

import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CausewayError } from '../../domain/error.ts';
import { control } from './control-port.ts';
import { vmFiles } from './qemu.ts';
import { Tail } from './tail.ts';

/** Whatever changes in its folder is told at once; limits and a machine that is gone are not. */
const lookEveryMs = 500;
/** The guest starts a command within milliseconds, on a busy machine within a second. */
const askAgainMs = 5_000;
/** Between asking a command to end and making it. */
const graceMs = 3_000;

export interface RunOptions {
  cwd?: string;
  /** Added to the guest's own environment (PATH, HOME, LANG). */
  env?: Readonly<Record<string, string>>;
  onStdout?: (chunk: Buffer) => void;
  onStderr?: (chunk: Buffer) => void;
  /** Ends the command (SIGTERM, then SIGKILL) and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Ends the command likewise and rejects with `deadline`. */
  timeoutMs?: number;
}

/** `'` ends the quotation, `\'` stands for itself, `'` begins again. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The shell file that a job runs. */
export function jobScript(
  argv: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `#!/bin/sh\ncd ${quote(cwd)} || exit 126\n${exports.join('')}exec ${argv.map(quote).join(' ')}\n`;
}

/**
 * Runs `argv` in the guest whose folder is `dir`, handing over its output as it comes; resolves with its exit status
 * (128 + n after signal n). `gone` answers with the reason once the guest itself has ended.
 */
export async function runJob(
  dir: string,
  argv: readonly string[],
  options: RunOptions,
  gone: () => CausewayError | undefined,
): Promise<{ exitStatus: number }> {
  const number = randomInt(1, 2 ** 31);
  const job = join(dir, vmFiles.jobs, String(number));
  mkdirSync(job, { recursive: true });
  writeFileSync(join(job, 'run'), jobScript(argv, options.cwd ?? process.cwd(), options.env ?? {}), {
    mode: 0o700,
  });
  const tails = [
    new Tail(join(job, 'stdout'), options.onStdout),
    new Tail(join(job, 'stderr'), options.onStderr),
  ];
  const statusFile = join(job, 'status');
  const startedFile = join(job, 'started');
  const stopwatch = performance.now();
  const changes = watchFolder(job);
  let ending: { reason: unknown; askedAt: number; forced: boolean } | undefined;
  try {
    let askedAt = Number.NEGATIVE_INFINITY;
    let isStarted = false;
    for (;;) {
      // A line that is lost would leave both sides waiting for each other.
      isStarted ||= existsSync(startedFile);
      if (!isStarted && !ending && performance.now() - askedAt > askAgainMs) {
        await control(dir, `run ${number}`);
        askedAt = performance.now();
      }
      const ended = existsSync(statusFile);
      for (const tail of tails) tail.forward();
      if (ended) break;
      const lost = gone();
      if (lost) throw lost;
      const now = performance.now();
      const late = options.timeoutMs !== undefined && now - stopwatch > options.timeoutMs;
      if (!ending && (late || options.signal?.aborted)) {
        const reason = options.signal?.aborted
          ? options.signal.reason
          : lateError(argv, options.timeoutMs ?? 0);
        ending = { reason, askedAt: now, forced: false };
        await control(dir, `kill ${number} TERM`);
      } else if (ending && now - ending.askedAt > graceMs) {
        if (ending.forced) break;
        ending = { ...ending, askedAt: now, forced: true };
        await control(dir, `kill ${number} KILL`);
      }
      await changes.next(lookEveryMs);
    }
    if (ending) throw ending.reason;
    return { exitStatus: Number(readFileSync(statusFile, 'utf8')) };
  } finally {
    changes.close();
    for (const tail of tails) tail.close();
    rmSync(job, { recursive: true, force: true });
  }
}

/** `next` resolves once something in the folder has changed since it last did, at the latest after `limitMs`. */
function watchFolder(folder: string): { next(limitMs: number): Promise<void>; close(): void } {
  let changed = false;
  let wake = (): void => {};
  const watcher = watch(folder, () => {
    changed = true;
    wake();
  });
  // Then it is looked all the same, only later.
  watcher.on('error', () => {});
  return {
    async next(limitMs) {
      if (!changed) {
        await new Promise<void>((resolve) => {
          const limit = setTimeout(resolve, limitMs);
          wake = () => {
            clearTimeout(limit);
            resolve();
          };
        });
      }
      changed = false;
    },
    close: () => watcher.close(),
  };
}

/** A command that outlived its limit. */
export function lateError(argv: readonly string[], timeoutMs: number): CausewayError {
  return new CausewayError({
    code: 'deadline',
    operation: 'run in the lab',
    subject: argv.join(' '),
    message: `still running after ${timeoutMs} ms`,
  });
}
