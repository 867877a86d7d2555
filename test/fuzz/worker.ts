/** One decoder in a thread of its own: what hangs can be ended, what eats memory dies alone. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { decoders } from './decoders/all.ts';
import { type Decoder, fuzz } from './fuzz.ts';
import type { Told, WorkOrder } from './run-decoder.ts';

const { decoder: name, seed, first, count, place } = workerData as WorkOrder;
/** The number of the input that is being read, for whoever watches. */
const at = new Float64Array(place);
/** What is remembered on purpose (tables of texts, of sections) is small by then. */
const warmUp = 10_000;
const growthAtMostBytes = 64 << 20;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function run(decoder: Decoder): Told {
  const onInput = (number: number): void => {
    at[0] = number;
  };
  const warm = Math.min(count, warmUp);
  const early = fuzz(decoder, { seed, first, count: warm, onInput });
  if (early !== undefined) return { failure: early };
  const before = heapBytes();
  const late = fuzz(decoder, { seed, first: first + warm, count: count - warm, onInput });
  if (late !== undefined) return { failure: late };
  const grown = heapBytes() - before;
  if (grown <= growthAtMostBytes) return {};
  const reason = `after ${count} inputs it holds ${Math.round(grown / 2 ** 20)} MB more than after ${warm}`;
  return { failure: { decoder: name, seed, number: first + count - 1, input: new Uint8Array(), reason } };
}

const decoder = decoders.find((one) => one.name === name);
if (decoder !== undefined) parentPort?.postMessage(run(decoder));
