/** The share in use as a program of the operator's writes it to a file, in place of the CPU's. */
import { constants, type FileHandle, open } from 'node:fs/promises';
import type { Clock } from '../../src/domain/clock.ts';
import { CausewayError, messageOf } from '../../src/domain/error.ts';
import type { ShareSource } from './cpu.ts';

/** An older word is nobody's: its writer has died. */
const oldestMs = 30_000;
/** 1 is full; twice as much as the host can do is still told apart. */
const largest = 2;
const longestBytes = 256;

export function createFileShare(path: string, clock: Pick<Clock, 'nowMs'>): ShareSource {
  const unusable = (message: string, cause?: unknown) =>
    new CausewayError({ code: 'invalid', operation: 'read load', subject: path, message, cause });

  async function read(): Promise<{ text: string; ageMs: number }> {
    let file: FileHandle | undefined;
    try {
      // A pipe that nobody writes to must not keep a thread waiting.
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const { mtimeMs } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longestBytes), 0, longestBytes, 0);
      return { text: buffer.toString('utf8', 0, bytesRead), ageMs: clock.nowMs() - mtimeMs };
    } catch (cause) {
      throw unusable(messageOf(cause), cause);
    } finally {
      await file?.close();
    }
  }

  return async () => {
    const { text, ageMs } = await read();
    if (ageMs > oldestMs) throw unusable(`it was last written more than ${oldestMs / 1_000} s ago`);
    const share = parseShare(text);
    if (share === undefined) throw unusable(`it holds no number from 0 to ${largest}`);
    return share;
  };
}

/** Nothing but a plain number, blanks around it apart. */
export function parseShare(text: string): number | undefined {
  const share = /^\s*\d*\.?\d+(e-?\d+)?\s*$/i.test(text) ? Number(text) : Number.NaN;
  return share >= 0 && share <= largest ? share : undefined;
}
