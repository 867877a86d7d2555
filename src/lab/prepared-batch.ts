// `ip` or `tc` started ahead and waiting for its lines, so that a fault happens when it is said to happen: starting a
// process takes an emulated kernel longer than what is measured.
import { type ChildProcess, spawn } from 'node:child_process';
import { CausewayError } from '../domain/error.ts';
import { inNamespace, isRunning } from './command.ts';

export class PreparedBatch {
  readonly #child: ChildProcess;
  readonly #subject: string;
  readonly #ended: Promise<number | null>;
  #complaint = '';

  constructor(tool: 'ip' | 'tc', namespace: string) {
    const [program = '', ...words] = inNamespace(tool, namespace, '-force', '-batch', '-');
    this.#subject = [program, ...words].join(' ');
    this.#child = spawn(program, words, { stdio: ['pipe', 'ignore', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint += text;
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.on('error', () => {});
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Each line is done as it comes. */
  write(...lines: string[]): void {
    if (isRunning(this.#child)) this.#child.stdin?.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Throws `kernel` where a line was refused. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const status = await this.#ended;
    if (status === 0) return;
    const message = this.#complaint.trim().replaceAll('\n', '; ') || `ended with status ${status}`;
    throw new CausewayError({ code: 'kernel', operation: 'change the lab', subject: this.#subject, message });
  }
}
