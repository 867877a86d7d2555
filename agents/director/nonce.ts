/** Unguessable 64-bit numbers, many for each call of the system. */
import { randomFillSync } from 'node:crypto';

export function createNonces(): () => bigint {
  const pool = new BigUint64Array(256);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    const nonce = pool[next] ?? 0n;
    next += 1;
    return nonce;
  };
}
