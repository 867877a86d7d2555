// `ip` or `tc` started ahead and waiting for its lines, so that a fault happens when it is said to happen: starting a
// process takes an emulated kernel longer than what is measured.
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausewayError } from '../domain/error.ts';
import { inNamespace } from './command.ts';
import type { Launcher, Started } from './launcher.ts';

export class PreparedBatch {
  readonly #started: Started;
  readonly #subject: string;
  readonly #log: string;

  constructor(launcher: Launcher, tool: 'ip' | 'tc', namespace: string) {
    const argv = inNamespace(tool, namespace, '-force', '-batch', '-');
    this.#subject = argv.join(' ');
    this.#log = join(tmpdir(), `causeway-${tool}-${namespace}.log`);
    rmSync(this.#log, { force: true });
    this.#started = launcher.start(argv, { input: true, log: this.#log });
  }

  /** Resolves once it waits for lines. */
  async ready(): Promise<this> {
    await this.#started.pid;
    return this;
  }

  /** Each line is done as it comes. */
  write(...lines: string[]): void {
    this.#started.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Throws `kernel` where a line was refused. */
  async end(): Promise<void> {
    this.#started.closeInput();
    const status = await this.#started.ended;
    const complaint = readFileSync(this.#log, 'utf8').trim().replaceAll('\n', '; ');
    rmSync(this.#log, { force: true });
    if (status === 0) return;
    throw new CausewayError({
      code: 'kernel',
      operation: 'change the lab',
      subject: this.#subject,
      message: complaint || `ended with status ${status}`,
    });
  }
}
