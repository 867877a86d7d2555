// Starts the lab's programs in their hosts' namespaces, kills them, starts them again; notices when one ends unasked.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CausewayError } from '../domain/error.ts';
import { isRunning } from './command.ts';
import type { Program } from './programs.ts';

const logLinesShown = 8;
const endTimeoutMs = 5_000;

interface Running {
  readonly program: Program;
  child: ChildProcess;
  /** Killed on purpose: its end is no news. */
  asked: boolean;
}

export class Processes {
  readonly #runFolder: string;
  readonly #running = new Map<string, Running>();
  readonly #unexpected: string[] = [];

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
    mkdirSync(join(runFolder, 'logs'), { recursive: true });
  }

  /** Processes that ended without being asked to, each with the last lines of its log. */
  get unexpected(): readonly string[] {
    return this.#unexpected;
  }

  /** `ip netns exec` becomes the program, so the process id is the program's own. */
  start(program: Program): void {
    if (program.config !== undefined) {
      mkdirSync(dirname(program.config.path), { recursive: true });
      writeFileSync(program.config.path, program.config.text);
    }
    const log = openSync(this.logFile(program.name), 'a');
    const argv = ['netns', 'exec', program.namespace, process.execPath, ...program.argv];
    const child = spawn('ip', argv, {
      stdio: [program.kind === 'load' ? 'pipe' : 'ignore', log, log],
      detached: true, // An interrupt at the terminal is the runner's to handle.
    });
    closeSync(log);
    const running: Running = { program, child, asked: false };
    child.stdin?.on('error', () => {});
    child.once('error', (error) => this.#ended(running, error.message));
    child.once('exit', (status, signal) => this.#ended(running, signal ?? `status ${status}`));
    this.#running.set(program.name, running);
  }

  /** The load generators begin. */
  startLoad(): void {
    for (const { program, child } of this.#running.values()) {
      if (program.kind === 'load') child.stdin?.write('start\n');
    }
  }

  /** Of a program that runs; throws `not-found` otherwise. */
  pid(name: string): number {
    const running = this.#running.get(name);
    if (running?.child.pid !== undefined && isRunning(running.child)) return running.child.pid;
    throw new CausewayError({
      code: 'not-found',
      operation: 'find process',
      subject: name,
      message: 'it does not run',
    });
  }

  /** Sends the signal (SIGKILL unless told otherwise) and waits until the process is gone. */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined || !isRunning(running.child)) return;
    running.asked = true;
    running.child.kill(signal);
    const gone = new Promise<void>((resolve) => running.child.once('exit', () => resolve()));
    const force = setTimeout(() => running.child.kill('SIGKILL'), endTimeoutMs);
    await gone;
    clearTimeout(force);
  }

  /** Starts what `kill` ended, with the same state directory. */
  restart(name: string): void {
    const running = this.#running.get(name);
    if (running !== undefined && !isRunning(running.child)) this.start(running.program);
  }

  /** Kills everything at once. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
  }

  /** Lets everything but the load live on after this process. */
  async detach(): Promise<void> {
    for (const [name, { program, child }] of this.#running) {
      if (program.kind === 'load') await this.kill(name);
      else child.unref();
    }
  }

  logFile(name: string): string {
    return join(this.#runFolder, 'logs', `${name.replaceAll(' ', '-')}.log`);
  }

  #ended(running: Running, how: string): void {
    if (running.asked) return;
    running.asked = true;
    const log = readFileSync(this.logFile(running.program.name), 'utf8').trimEnd().split('\n');
    this.#unexpected.push(
      [`${running.program.name} ended (${how}); its log ends with:`, ...log.slice(-logLinesShown)].join(
        '\n    ',
      ),
    );
  }
}
