/** Programs as tests run them: with a deadline, and an environment of their own. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** What it has said so far, on both streams. */
  said(): string;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface RunOptions {
  /** The name it is called by. */
  readonly argv0?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** What a service has: no variables of ours. */
const plainEnvironment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

export function start(file: string, words: readonly string[], options: RunOptions = {}): Running {
  const { argv0, env = {}, timeoutMs = 120_000 } = options;
  const child = spawn(file, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...plainEnvironment, ...env },
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    ...(argv0 === undefined ? {} : { argv0 }),
  });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    text.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    text.stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, ...text }));
  });
  return { said: () => text.stdout + text.stderr, ended, kill: (signal) => child.kill(signal) };
}

export function run(file: string, words: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return start(file, words, options).ended;
}
