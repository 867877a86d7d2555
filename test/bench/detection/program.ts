/** A program of the bench that can be killed and started again, at a moment that is known. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Launcher, Started } from '../../../src/lab/launcher.ts';
import type { ProgramPlan } from './programs.ts';

export class Program {
  readonly plan: ProgramPlan;
  readonly log: string;
  readonly #launcher: Launcher;
  #started: Started | undefined;
  #pid = 0;

  constructor(plan: ProgramPlan, run: string, launcher: Launcher) {
    this.plan = plan;
    this.log = join(run, 'logs', `${plan.name}.log`);
    this.#launcher = launcher;
  }

  /** Resolves once it has a process id, which is the program's own: `ip netns exec` becomes the program. */
  async start(): Promise<void> {
    for (const { path, text } of this.plan.files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    mkdirSync(dirname(this.log), { recursive: true });
    writeFileSync(this.log, '', { flag: 'a' });
    const argv = ['ip', 'netns', 'exec', this.plan.namespace, ...this.plan.argv];
    this.#started = this.#launcher.start(argv, { log: this.log });
    this.#pid = await this.#started.pid;
  }

  /** Exit status where it has ended. */
  get status(): number | undefined {
    return this.#started?.status();
  }

  /** At once; throws where it does not run. */
  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#pid, name);
  }

  async ended(): Promise<void> {
    await this.#started?.ended;
  }
}
