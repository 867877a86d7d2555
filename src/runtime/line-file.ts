/**
 * A file that lines are added to, for others to keep and to rotate: what is written is on the disk before it is said to be, what can't
 * be written waits, and the file may be renamed at any time. Nobody waits for it for long.
 */
import { constants, type Stats } from 'node:fs';
import { open as openFile, stat } from 'node:fs/promises';
import type { Clock, Timer } from '../domain/clock.ts';
import { messageOf } from '../domain/error.ts';

export interface LineFile {
  /** Resolves with whether it is on the disk; false: it waits, or there is no room for it to wait in. Never rejects. */
  write(line: string): Promise<boolean>;
  /** Before the next line, whatever stands under the name then. */
  reopen(): void;
  /** Why lines are not on the disk; undefined: they are. */
  trouble(): string | undefined;
  /** Writes what waits, if that does not take long. */
  close(): Promise<void>;
}

/** What of an open file is used. */
export interface AppendedFile {
  stat(): Promise<Pick<Stats, 'size' | 'ino' | 'dev'>>;
  read(into: Buffer, offset: number, length: number, position: number): Promise<unknown>;
  write(bytes: Buffer, offset: number): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface LineFileOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly open?: (path: string) => Promise<AppendedFile>;
}

const { O_APPEND, O_CREAT, O_RDWR, O_NONBLOCK, O_NOCTTY } = constants;
/** A caller waits so long for a line, and no longer. */
const waitMs = 1_000;
const retryMs = 5_000;
/** A disk that takes longer than this for a line hangs. */
const hangsAfterMs = 5_000;
const bytesWaitingAtMost = 8 << 20;

interface Waiting {
  readonly bytes: Buffer;
  readonly done: (isWritten: boolean) => void;
}

/** Opens before the first line; what is wrong with the path is told by `trouble`. */
export function openLineFile({ path, clock, open = openToAppend }: LineFileOptions): LineFile {
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  let file: AppendedFile | undefined;
  let isStale = false;
  let isOver = false;
  /** Lines that found no room to wait in. */
  let lost = 0;
  let failure: string | undefined;
  let retry: Timer | undefined;
  let writingSinceMs: number | undefined;
  /** The last flush, under way or over. */
  let flushing = Promise.resolve();

  async function closeFile(): Promise<void> {
    const before = file;
    file = undefined;
    await before?.close().catch(() => {});
  }

  async function opened(): Promise<AppendedFile> {
    if (file !== undefined && (isStale || !(await isAt(path, file)))) await closeFile();
    isStale = false;
    file ??= await open(path);
    return file;
  }

  /** Of all that waits; what comes while one runs, it takes along. */
  function flush(): Promise<void> {
    if (writingSinceMs === undefined && waiting.length > 0) flushing = writeWaiting();
    return flushing;
  }

  /** As one write. */
  async function writeWaiting(): Promise<void> {
    retry?.cancel();
    writingSinceMs = clock.monotonicMs();
    try {
      while (waiting.length > 0) {
        const handle = await opened();
        // Somebody was cut short in the middle of a line: what comes next is a line all the same.
        const first = (await endsInside(handle)) ? '\n' : '';
        const batch = [...waiting];
        let written = 0;
        const bytes = Buffer.concat([Buffer.from(first), ...batch.map((one) => one.bytes)]);
        try {
          for (; written < bytes.length; ) written += (await handle.write(bytes, written)).bytesWritten;
          await handle.datasync();
        } catch (error) {
          // Of a write that is cut short, the lines that are whole need not be written again.
          let end = first.length;
          for (const one of batch) {
            end += one.bytes.length;
            if (end > written) break;
            settle(false);
          }
          throw error;
        }
        for (const _ of batch) settle(true);
      }
      failure = undefined;
    } catch (error) {
      failure = messageOf(error);
      await closeFile();
      if (!isOver) retry = clock.after(retryMs, () => void flush());
    } finally {
      writingSinceMs = undefined;
    }
  }

  function settle(isWritten: boolean): void {
    const first = waiting.shift();
    waitingBytes -= first?.bytes.length ?? 0;
    first?.done(isWritten);
  }

  return {
    write(line) {
      const bytes = Buffer.from(`${line}\n`);
      if (isOver || waitingBytes + bytes.length > bytesWaitingAtMost) {
        lost += 1;
        return Promise.resolve(false);
      }
      return new Promise((resolve) => {
        const late = clock.after(waitMs, () => resolve(false));
        const done = (isWritten: boolean): void => {
          late.cancel();
          resolve(isWritten);
        };
        waiting.push({ bytes, done });
        waitingBytes += bytes.length;
        void flush();
      });
    },
    reopen() {
      isStale = true;
    },
    trouble() {
      const writingMs = writingSinceMs === undefined ? 0 : clock.monotonicMs() - writingSinceMs;
      const hangs = writingMs > hangsAfterMs ? `no answer for ${Math.floor(writingMs / 1_000)} s` : undefined;
      const reason = hangs ?? failure;
      if (reason === undefined) return undefined;
      return `${path}: ${reason}; ${waiting.length} lines wait${lost === 0 ? '' : `, ${lost} are lost`}`;
    },
    async close() {
      isOver = true;
      retry?.cancel();
      const flushed = flush();
      await new Promise<void>((resolve) => {
        const late = clock.after(waitMs, resolve);
        void flushed.then(closeFile).finally(() => {
          late.cancel();
          resolve();
        });
      });
    },
  };
}

async function isAt(path: string, file: AppendedFile): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return false;
  const own = await file.stat();
  return own.ino === there.ino && own.dev === there.dev;
}

async function endsInside(file: AppendedFile): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

/** For its owner alone. A pipe that nobody reads, or a terminal, must not hold the program up. */
async function openToAppend(path: string): Promise<AppendedFile> {
  const handle = await openFile(path, O_APPEND | O_CREAT | O_RDWR | O_NONBLOCK | O_NOCTTY, 0o600);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new Error('it is no file');
}
