// Starts the lab's programs in their hosts' namespaces, kills them, starts them again; notices when one ends unasked.
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Launcher, Started } from './launcher.ts';
import type { Program, ProgramKind } from './programs.ts';

const logLinesShown = 8;

interface Running {
  readonly program: Program;
  readonly started: Started;
  /** Killed on purpose: its end is no news. */
  asked: boolean;
  stopped: boolean;
}

export class Processes {
  readonly #launcher: Launcher;
  readonly #runFolder: string;
  readonly #running = new Map<string, Running>();
  readonly #unexpected: string[] = [];

  constructor(launcher: Launcher, runFolder: string) {
    this.#launcher = launcher;
    this.#runFolder = runFolder;
    mkdirSync(join(runFolder, 'logs'), { recursive: true });
    mkdirSync(join(runFolder, 'load'), { recursive: true });
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
    const log = this.logFile(program.name);
    writeFileSync(log, '', { flag: 'a' });
    const argv = ['ip', 'netns', 'exec', program.namespace, ...program.argv];
    const started = this.#launcher.start(argv, { log, input: program.kind === 'load' });
    const running: Running = { program, started, asked: false, stopped: false };
    started.ended.then((status) => this.#ended(running, status));
    this.#running.set(program.name, running);
  }

  /** The load generators begin; a request that takes longer than that has failed. */
  startLoad(timeoutMs: number): void {
    for (const name of this.named(['load'])) this.tell(name, `start ${timeoutMs}`);
  }

  /** Names of the programs of these kinds. */
  named(kinds: readonly ProgramKind[]): string[] {
    return [...this.#running.values()].flatMap(({ program: { kind, name } }) =>
      kinds.includes(kind) ? [name] : [],
    );
  }

  /** It has begun, has not ended, and is not stopped. */
  isRunning(name: string): boolean {
    const running = this.#running.get(name);
    return running !== undefined && !running.stopped && running.started.status() === undefined;
  }

  /** The file that it runs, by the kernel's word; empty where it does not run. */
  async executableOf(name: string): Promise<string> {
    const running = this.#running.get(name);
    if (running === undefined || running.started.status() !== undefined) return '';
    try {
      return readlinkSync(`/proc/${await running.started.pid}/exe`);
    } catch {
      return '';
    }
  }

  /** Tells a load generator something. */
  tell(name: string, line: string): void {
    this.#running.get(name)?.started.write(`${line}\n`);
  }

  /** Sends SIGKILL and waits until the process is gone; one that does not run is no error. */
  async kill(name: string): Promise<void> {
    await this.#signal(name, 'SIGKILL');
  }

  /** Asks it to end and waits; after `patienceMs` it is killed, as by systemd. */
  async terminate(name: string, patienceMs: number): Promise<void> {
    const ended = this.#signal(name, 'SIGTERM');
    const late = setTimeout(() => this.kill(name), patienceMs);
    await ended;
    clearTimeout(late);
  }

  async #signal(name: string, signal: NodeJS.Signals): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined || running.started.status() !== undefined) return;
    running.asked = true;
    try {
      process.kill(await running.started.pid, signal);
    } catch {
      // It ended by itself meanwhile.
    }
    await running.started.ended;
  }

  /** SIGSTOP: it is there and does nothing; or SIGCONT. */
  async setStopped(name: string, stopped: boolean): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined || running.started.status() !== undefined) return;
    running.stopped = stopped;
    process.kill(await running.started.pid, stopped ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Starts what was ended, with the same state directory. */
  restart(name: string): void {
    const running = this.#running.get(name);
    if (running !== undefined && running.started.status() !== undefined) this.start(running.program);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.kill(name)));
  }

  /** No load without somebody who looks at it. */
  async stopLoad(): Promise<void> {
    await Promise.all(this.named(['load']).map((name) => this.kill(name)));
  }

  logFile(name: string): string {
    return join(this.#runFolder, 'logs', `${name.replaceAll(' ', '-')}.log`);
  }

  #ended({ program, asked }: Running, status: number): void {
    if (asked) return;
    const log = readFileSync(this.logFile(program.name), 'utf8').trimEnd().split('\n').slice(-logLinesShown);
    this.#unexpected.push(
      [`${program.name} ended (status ${status}); its log ends with:`, ...log].join('\n    '),
    );
  }
}
