/** A decoder against its inputs in a thread, watched: an input that takes too long, or too much memory, is told by its number. */
import { Worker } from 'node:worker_threads';
import { decoders } from './decoders/all.ts';
import { type Failure, inputsOf } from './fuzz.ts';

export interface WorkOrder {
  readonly decoder: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  /** Holds one number, of the input that is being read. */
  readonly place: SharedArrayBuffer;
}

export interface Told {
  readonly failure?: Failure;
}

export interface Watching {
  /** Of the input that is being read, once a second. */
  readonly onProgress: (number: number) => void;
  /** One input takes no longer than this; a thread may take its time to begin. */
  readonly hangsAfterMs?: number;
}

/** Until the first input: the modules of a thread are loaded for as long as a busy machine takes. */
const notBegun = -1;
const lookEveryMs = 1_000;
const memory = { maxOldGenerationSizeMb: 1_024, stackSizeMb: 4 };

/** Undefined: nothing is wrong. */
export async function runDecoder(
  order: Omit<WorkOrder, 'place'>,
  { onProgress, hangsAfterMs = 60_000 }: Watching,
): Promise<Failure | undefined> {
  const place = new SharedArrayBuffer(8);
  const at = new Float64Array(place);
  at[0] = notBegun;
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { ...order, place },
    resourceLimits: memory,
  });
  const here = (reason: string, error?: unknown): Failure => {
    const number = Math.max(order.first, at[0] ?? notBegun);
    const decoder = decoders.find(({ name }) => name === order.decoder);
    const input = decoder === undefined ? new Uint8Array() : inputsOf(decoder, order.seed)(number);
    return { decoder: order.decoder, seed: order.seed, number, input, reason, error };
  };
  let [before, stillMs] = [notBegun, 0];
  return new Promise((resolve) => {
    const look = setInterval(() => {
      const now = at[0] ?? notBegun;
      if (now === notBegun) return;
      stillMs = now === before ? stillMs + lookEveryMs : 0;
      before = now;
      onProgress(now);
      if (stillMs >= hangsAfterMs) end(here(`it takes more than ${hangsAfterMs / 1_000} s`));
    }, lookEveryMs);
    function end(failure: Failure | undefined): void {
      clearInterval(look);
      void worker.terminate().then(() => resolve(failure));
    }
    worker.once('message', ({ failure }: Told) => end(failure));
    // Out of memory, out of stack where nothing catches it.
    worker.once('error', (error) => end(here(`its thread has died: ${String(error)}`, error)));
  });
}
