// How each kernel test file gets a network namespace of its own: vitest's worker process is started through
// `unshare --net`, so that the netlink sockets, /proc/net and the tools that a test calls see an empty kernel.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node';
import { deadline } from './pace.ts';

const killAfterMs = 5_000;

class NamespaceWorker implements PoolWorker {
  readonly name = 'namespace';
  readonly cacheFs = true;
  readonly #options: PoolOptions;
  #child: ChildProcess | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** `unshare` execs Node, so process id and message channel are the worker's own. Its `lo` starts down, as ever. */
  async start(): Promise<void> {
    this.#child ??= fork(join(this.#options.distPath, 'workers', 'forks.js'), [], {
      execPath: 'unshare',
      execArgv: ['--net', process.execPath, ...this.#options.execArgv],
      env: { ...this.#options.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    const force = setTimeout(() => child.kill('SIGKILL'), deadline(killAfterMs));
    child.kill();
    await ended;
    clearTimeout(force);
  }

  on(event: string, callback: (...values: unknown[]) => void): void {
    this.#child?.on(event, callback);
  }

  off(event: string, callback: (...values: unknown[]) => void): void {
    this.#child?.off(event, callback);
  }

  send(message: WorkerRequest): void {
    this.#child?.send(message);
  }

  deserialize(data: unknown): unknown {
    return data;
  }
}

/** The `pool` of the kernel tests' vitest configuration. */
export const namespacePool: PoolRunnerInitializer = {
  name: 'namespace',
  createPoolWorker: (options) => new NamespaceWorker(options),
};
