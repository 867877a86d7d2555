// Starts every process of the lab through one small shell: to fork a Node process takes an emulated kernel half a
// second, to fork a shell a few milliseconds.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CausewayError } from '../domain/error.ts';

const defaultTimeoutMs = 60_000;
const wakeRounds = 100;

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
  /** Its input and outputs are open. */
  readonly onOpen: () => void;
}

export class Launcher {
  readonly #shell: ChildProcess;
  readonly #folder: string;
  readonly #jobs = new Map<number, Job>();
  #last = 0;
  #ended = false;

  /** `folder` holds inputs and outputs of commands; in memory, if it can be. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    this.#shell = spawn('sh', ['-c', `lf='\n'\nwhile read -r line; do eval "$line"; done`], {
      stdio: ['pipe', 'pipe', 'ignore'], // On standard error it tells of every child that was killed.
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
    const command = argv.map(quote).join(' ');
    const { promise: pid, resolve: onPid } = Promise.withResolvers<number>();
    const { promise: ended, resolve: onEnd } = Promise.withResolvers<number>();
    const { promise: opened, resolve: onOpen } = Promise.withResolvers<void>();
    let status: number | undefined;
    ended.then((value) => {
      status = value;
    });
    this.#jobs.set(number, { onPid, onEnd, onOpen });
    const begin = (from: string): void =>
      this.#say(backgroundJob(number, `{ echo "open ${number} 0" >&3; exec ${command} 3>&-; }`, from, log));
    const feed = input ? this.#feed(join(this.#folder, `${number}.fifo`), begin, opened) : undefined;
    if (!input) begin('/dev/null');
    return {
      pid: opened.then(() => pid),
      ended,
      status: () => status,
      write: (text) => feed?.write(text),
      closeInput: () => feed?.close(),
    };
  }

  /** Standard output of `argv`. Throws `kernel` with what it said on standard error, or `deadline`. */
  async run(
    argv: readonly string[],
    {
      input = '',
      timeoutMs = defaultTimeoutMs,
    }: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<string> {
    const number = this.#next();
    const file = (part: string): string => join(this.#folder, `${number}.${part}`);
    writeFileSync(file('in'), input);
    const { promise: pid, resolve: onPid } = Promise.withResolvers<number>();
    const { promise: ended, resolve: onEnd } = Promise.withResolvers<number>();
    this.#jobs.set(number, { onPid, onEnd, onOpen: () => {} });
    this.#say(backgroundJob(number, argv.map(quote).join(' '), file('in'), file('out'), file('err')));
    let late = false;
    const limit = setTimeout(async () => {
      late = true;
      endProcess(await pid);
    }, timeoutMs);
    const status = await ended;
    clearTimeout(limit);
    const output = readIfThere(file('out'));
    const complaint = status === lost ? 'the shell is gone' : readIfThere(file('err')).trim();
    for (const part of ['in', 'out', 'err']) rmSync(file(part), { force: true });
    if (status === 0) return output;
    throw new CausewayError({
      code: late ? 'deadline' : 'kernel',
      operation: 'run',
      subject: argv.join(' '),
      message: late
        ? `still running after ${timeoutMs} ms`
        : complaint.replaceAll('\n', '; ') || `ended with status ${status}`,
    });
  }

  /** Resolves once the shell has woken, done a little work (a millisecond or less, emulated several) and said so; at once where it has ended. */
  wake(): Promise<void> {
    if (this.#ended) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const number = this.#next();
    const done = (): void => {
      this.#jobs.delete(number);
      resolve();
    };
    this.#jobs.set(number, { onPid: () => {}, onEnd: done, onOpen: done });
    this.#say(`n=0; while [ $n -lt ${wakeRounds} ]; do n=$((n + 1)); done; echo "open ${number} 0"`);
    return promise;
  }

  /** No more commands; what was started lives on. */
  close(): void {
    this.#shell.stdin?.end();
    this.#shell.stdout?.destroy();
    this.#shell.unref();
  }

  /**
   * A named pipe, open here both ways from before the program is started: so neither waits for the other to open it.
   * Closed only once the program has opened it, or what was written would be lost and it would wait for ever.
   */
  #feed(
    fifo: string,
    begin: (from: string) => void,
    opened: Promise<void>,
  ): { write(text: string): void; close(): void } {
    const number = this.#next();
    const { promise: made, resolve: onOpen } = Promise.withResolvers<void>();
    this.#jobs.set(number, { onPid: () => {}, onEnd: () => {}, onOpen });
    this.#say(`mkfifo ${quote(fifo)}; echo "open ${number} 0"`);
    const ready = made.then(() => {
      this.#jobs.delete(number);
      const file = openSync(fifo, 'r+');
      begin(fifo);
      return file;
    });
    let now: number | undefined;
    ready.then((file) => {
      now = file;
    });
    return {
      write(text) {
        if (now !== undefined) writeSync(now, text);
        else ready.then((file) => writeSync(file, text));
      },
      close() {
        Promise.all([ready, opened]).then(([file]) => {
          if (now !== undefined) closeSync(file);
          now = undefined;
          rmSync(fifo, { force: true });
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
    const [, word, number, value] = /^(pid|open|end) (\d+) (\d+)$/.exec(line) ?? [];
    const job = this.#jobs.get(Number(number));
    if (word === 'pid') job?.onPid(Number(value));
    else if (word === 'open') job?.onOpen();
    else if (word === 'end') {
      this.#jobs.delete(Number(number));
      job?.onEnd(Number(value));
    }
  }

  #endAll(): void {
    this.#ended = true;
    for (const { onEnd } of this.#jobs.values()) onEnd(lost);
    this.#jobs.clear();
  }
}

/** What was killed early, or whose shell is gone, never opened its outputs. */
function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** A line for the shell: starts the command, says its process id, and its exit status once it has ended. */
function backgroundJob(number: number, command: string, from: string, to: string, complaints = to): string {
  const files = `<${quote(from)} >>${quote(to)} 2>>${quote(complaints)}`;
  return `{ ${command} ${files} & echo "pid ${number} $!"; wait $!; echo "end ${number} $?"; } 3>&1 &`;
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}

/** The shell ended: nobody knows how its children fared. */
const lost = 255;

/** In one line, for a line is what the shell reads at a time. */
function quote(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`).replaceAll('\n', `'"$lf"'`)}'`;
}
