/** What no store takes, whatever it holds. */
import { CausewayError } from '../domain/error.ts';
import { livePrefix, type Store, type Transaction, type Write } from './store.ts';

/** Bytes of keys and values, as they count against a store's limit. */
export function bytesOf(write: Write): number {
  return Buffer.byteLength(write.key) + (write.kind === 'put' ? Buffer.byteLength(write.value) : 0);
}

/** Error `invalid`: a key is written twice (which of two should win can't be told), a key lives by a lease in a place for lasting ones, or it is too large. */
export function checkTransaction(
  { conditions, writes }: Transaction,
  { location, limits }: Pick<Store, 'location' | 'limits'>,
): void {
  const invalid = (message: string): CausewayError =>
    new CausewayError({ code: 'invalid', operation: 'write', subject: location, message });
  const seen = new Set<string>();
  for (const write of writes) {
    if (seen.has(write.key)) throw invalid(`key ${write.key} is written twice in one transaction`);
    seen.add(write.key);
    const isLive = write.kind === 'put' && write.lease !== undefined;
    if (write.kind === 'put' && isLive !== write.key.startsWith(livePrefix))
      throw invalid(`key ${write.key}: under ${livePrefix} stands what a lease keeps, and nothing else`);
  }
  const operations = Math.max(writes.length, conditions.length);
  if (operations > limits.operations)
    throw invalid(`${operations} operations in one transaction: it takes ${limits.operations}`);
  const bytes = writes.reduce((sum, write) => sum + bytesOf(write), 0);
  if (bytes > limits.bytes) throw invalid(`${bytes} bytes in one transaction: it takes ${limits.bytes}`);
}
