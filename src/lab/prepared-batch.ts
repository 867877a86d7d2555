// `ip` or `tc` started ahead and waiting for its lines, so that a fault happens when it is said to happen: starting a
// process takes an emulated kernel longer than what is measured.
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausewayError } from '../domain/error.ts';
import { inNamespace } from './command.ts';
import type { Launcher, Started } from './launcher.ts';
import { waitUntil } from './wait.ts';

const readyLimitMs = 30_000;
const lookEveryMs = 20;
/** Several may wait in one namespace: each has a log of its own. */
let prepared = 0;

export class PreparedBatch {
  readonly #started: Started;
  readonly #tool: 'ip' | 'tc';
  readonly #subject: string;
  readonly #log: string;

  constructor(launcher: Launcher, tool: 'ip' | 'tc', namespace: string) {
    const argv = inNamespace(tool, namespace, '-force', '-batch', '-');
    this.#tool = tool;
    this.#subject = argv.join(' ');
    prepared += 1;
    this.#log = join(tmpdir(), `causeway-${process.pid}-${tool}-${prepared}.log`);
    // There from the start: its first line may come before the program has opened it.
    writeFileSync(this.#log, '');
    this.#started = launcher.start(argv, { input: true, log: this.#log });
  }

  /** Resolves once it waits for lines: it has answered one. Throws `deadline` where it does not. */
  async ready(): Promise<this> {
    await this.#started.pid;
    this.write(`${this.#tool === 'ip' ? 'link' : 'qdisc'} show dev lo`);
    const limits = { limitMs: readyLimitMs, everyMs: lookEveryMs };
    const answered = await waitUntil(() => readFileSync(this.#log, 'utf8') !== '', limits);
    if (answered !== undefined) {
      truncateSync(this.#log);
      return this;
    }
    throw new CausewayError({
      code: 'deadline',
      operation: 'prepare',
      subject: this.#subject,
      message: `it does not read its commands within ${readyLimitMs} ms`,
    });
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
