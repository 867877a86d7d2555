/** Follows what the client writes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { type Request, readRequests } from './requests.ts';

const chunkBytes = 65_536;

export class RequestLog {
  readonly #file: string;
  readonly #requests: Request[] = [];
  #offset = 0;
  #rest = '';

  constructor(file: string) {
    this.#file = file;
  }

  /** Those that are over and began from `fromMs` on. */
  since(fromMs: number): Request[] {
    this.#readOn();
    return this.#requests.filter(({ atMs }) => atMs >= fromMs);
  }

  #readOn(): void {
    const file = openSync(this.#file, 'r');
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (;;) {
      const length = readSync(file, buffer, 0, chunkBytes, this.#offset);
      if (length === 0) break;
      this.#offset += length;
      const { requests, rest } = readRequests(this.#rest + buffer.toString('latin1', 0, length));
      this.#requests.push(...requests);
      this.#rest = rest;
    }
    closeSync(file);
  }
}
