// What a growing file has gained since the last look: how the output of a command in the guest reaches the host.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';

const chunkBytes = 65_536;

/** Hands the bytes of the file at `path` to `receive`, each once; the file need not exist yet. */
export class Tail {
  readonly #path: string;
  readonly #receive: ((chunk: Buffer) => void) | undefined;
  #file: number | undefined;

  constructor(path: string, receive: ((chunk: Buffer) => void) | undefined) {
    this.#path = path;
    this.#receive = receive;
  }

  forward(): void {
    if (!this.#receive) return;
    if (this.#file === undefined) {
      if (!existsSync(this.#path)) return;
      this.#file = openSync(this.#path, 'r');
    }
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(this.#file, chunk, 0, chunkBytes, null);
      if (length === 0) return;
      this.#receive(chunk.subarray(0, length));
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
