// One command on this host, under the same terms as a command in the lab's machine.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CausewayError } from '../../domain/error.ts';
import { lateError, type RunOptions } from './job.ts';

const killAfterMs = 3_000;
const drainMs = 500;

/**
 * Resolves with the exit status (128 + n after signal n). The command is leader of its own process group, so that
 * ending it ends what it started.
 */
export function runHere(argv: readonly string[], options: RunOptions): Promise<number> {
  const [program = '', ...words] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...process.env, ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    child.stdout.on('data', (chunk: Buffer) => options.onStdout?.(chunk));
    child.stderr.on('data', (chunk: Buffer) => options.onStderr?.(chunk));
    const timers: NodeJS.Timeout[] = [];
    let reason: unknown;
    const end = (why: unknown): void => {
      reason ??= why;
      killGroup(child.pid, 'SIGTERM');
      timers.push(setTimeout(() => killGroup(child.pid, 'SIGKILL'), killAfterMs));
    };
    const aborted = (): void => end(options.signal?.reason);
    options.signal?.addEventListener('abort', aborted, { once: true });
    if (options.timeoutMs !== undefined) {
      const limitMs = options.timeoutMs;
      timers.push(setTimeout(() => end(lateError(argv, limitMs)), limitMs));
    }
    const settle = (work: () => void): void => {
      for (const timer of timers) clearTimeout(timer);
      options.signal?.removeEventListener('abort', aborted);
      work();
    };
    child.once('error', (error) => settle(() => reject(startError(argv, error))));
    const finish = (status: number | null, signal: NodeJS.Signals | null): void =>
      settle(() => (reason === undefined ? resolve(status ?? 128 + signalNumber(signal)) : reject(reason)));
    child.once('close', finish);
    // What the command leaves running (a lab that is kept) may hold its pipes open for ever.
    child.once('exit', (...how) => timers.push(setTimeout(() => finish(...how), drainMs)));
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function startError(argv: readonly string[], cause: Error): CausewayError {
  const subject = argv.join(' ');
  return new CausewayError({
    code: 'unavailable',
    operation: 'run in the lab',
    subject,
    message: cause.message,
    cause,
  });
}
