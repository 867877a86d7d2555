// Starts every process of the lab through one small shell: to fork a Node process takes an emulated kernel half a
// second, to fork a shell a few milliseconds.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CausewayError } from '../domain/error.ts';

const defaultTimeoutMs = 60_000;

export interface Started {
  /** Resolves once it has been started. */
  readonly pid: Promise<number>;
  /** Exit status; 128 + n after signal n. */
  readonly ended: Promise<number>;
  /** Undefined while it runs. */
  status(): number | undefined;
  /** To its standard input, where it has one. */
  write(text: string): void;
  /** Closes its standard input. */
  closeInput(): void;
}

export interface StartOptions {
  /** Both its outputs are appended here; /dev/null unless told. */
  readonly log?: string;
  /** It gets a standard input that `write` feeds, and that ends with this process at the latest. */
  readonly input?: boolean;
}

interface Job {
  readonly onPid: (pid: number) => void;
  readonly onEnd: (status: number) => void;
}

export class Launcher {
  readonly #shell: ChildProcess;
  readonly #folder: string;
  readonly #jobs = new Map<number, Job>();
  #last = 0;

  /** `folder` holds inputs and outputs of commands; in memory, if it can be. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#shell = spawn('sh', ['-c', 'while read -r line; do eval "$line"; done'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: true, // An interrupt must not take away the means of cleaning up.
    });
    this.#shell.stdin?.on('error', () => {});
    this.#shell.once('error', () => this.#endAll());
    this.#shell.once('exit', () => this.#endAll());
    if (this.#shell.stdout !== null) {
      createInterface({ input: this.#shell.stdout }).on('line', (line) => this.#hear(line));
    }
  }

  /** Starts a program that lives until it ends or is killed; it survives this process. */
  start(argv: readonly string[], { log = '/dev/null', input = false }: StartOptions = {}): Started {
    const number = this.#next();
    const fifo = join(this.#folder, `${number}.fifo`);
    const command = `${argv.map(quote).join(' ')} <${quote(input ? fifo : '/dev/null')} >>${quote(log)} 2>&1`;
    const { promise: pid, resolve: onPid } = Promise.withResolvers<number>();
    const { promise: ended, resolve: onEnd } = Promise.withResolvers<number>();
    let status: number | undefined;
    ended.then((value) => {
      status = value;
    });
    this.#jobs.set(number, { onPid, onEnd });
    const body = `${command} & echo "pid ${number} $!"; wait $!; echo "end ${number} $?"`;
    if (!input) this.#say(`{ ${body}; } &`);
    const feed = input ? this.#feed(fifo, body) : undefined;
    return {
      pid,
      ended,
      status: () => status,
      write: (text) => feed?.write(text),
      closeInput: () => feed?.close(),
    };
  }

  /** Standard output of `argv`. Throws `kernel` with what it said on standard error, or `deadline`. */
  async run(
    argv: readonly string[],
    { input = '', timeoutMs = defaultTimeoutMs }: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<string> {
    const number = this.#next();
    const file = (part: string): string => join(this.#folder, `${number}.${part}`);
    writeFileSync(file('in'), input);
    const { promise: ended, resolve: onEnd } = Promise.withResolvers<number>();
    this.#jobs.set(number, { onPid: () => {}, onEnd });
    const seconds = Math.ceil(timeoutMs / 1_000);
    const command = ['timeout', '-s', 'KILL', String(seconds), ...argv].map(quote).join(' ');
    this.#say(
      `{ ${command} <${quote(file('in'))} >${quote(file('out'))} 2>${quote(file('err'))}; echo "end ${number} $?"; } &`,
    );
    const status = await ended;
    const output = status === lost ? '' : readFileSync(file('out'), 'utf8');
    const complaint = status === lost ? 'the shell is gone' : readFileSync(file('err'), 'utf8').trim();
    for (const part of ['in', 'out', 'err']) rmSync(file(part), { force: true });
    if (status === 0) return output;
    throw new CausewayError({
      code: status === killedByTimeout ? 'deadline' : 'kernel',
      operation: 'run',
      subject: argv.join(' '),
      message: complaint.replaceAll('\n', '; ') || `ended with status ${status}`,
    });
  }

  /** No more commands; what was started lives on. */
  close(): void {
    this.#shell.stdin?.end();
    this.#shell.stdout?.destroy();
    this.#shell.unref();
  }

  /** A named pipe that is held open both ways from here, so that neither side waits for the other to open it. */
  #feed(fifo: string, body: string): { write(text: string): void; close(): void } {
    const { promise: made, resolve } = Promise.withResolvers<number>();
    const number = this.#next();
    this.#jobs.set(number, { onPid: resolve, onEnd: () => {} });
    this.#say(`mkfifo ${quote(fifo)}; echo "pid ${number} 0"`);
    let file: number | undefined;
    let closed = false;
    const ready = made.then(() => {
      file = openSync(fifo, 'r+');
      this.#say(`{ ${body}; } &`);
    });
    return {
      write(text) {
        if (file !== undefined) writeSync(file, text);
        else ready.then(() => file !== undefined && writeSync(file, text));
      },
      close() {
        if (closed) return;
        closed = true;
        ready.then(() => {
          if (file !== undefined) closeSync(file);
          file = undefined;
        });
      },
    };
  }

  #next(): number {
    this.#last += 1;
    return this.#last;
  }

  #say(line: string): void {
    this.#shell.stdin?.write(`${line}\n`);
  }

  #hear(line: string): void {
    const [, word, number, value] = /^(pid|end) (\d+) (\d+)$/.exec(line) ?? [];
    const job = this.#jobs.get(Number(number));
    if (word === 'pid') job?.onPid(Number(value));
    else if (word === 'end') {
      this.#jobs.delete(Number(number));
      job?.onEnd(Number(value));
    }
  }

  #endAll(): void {
    for (const { onEnd } of this.#jobs.values()) onEnd(lost);
    this.#jobs.clear();
  }
}

const killedByTimeout = 137;
/** The shell ended: nobody knows how its children fared. */
const lost = 255;

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
