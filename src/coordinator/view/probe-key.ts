/** The key of the probes' HMAC: made once, by whichever coordinator is first, the same for all from then on. */
import { probeKeyKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Store } from '../../store/store.ts';
import type { StoreView } from './store-view.ts';
import { transact } from './transact.ts';

const keyBytes = 32;

/** `randomBytes`: from a cryptographic source. */
export async function ensureProbeKey(
  store: Store,
  view: StoreView,
  randomBytes: (size: number) => Uint8Array,
): Promise<void> {
  await transact(store, view, 'write probe key', () => {
    if (view.probeKeyHex() !== undefined) return [];
    const keyHex = Buffer.from(randomBytes(keyBytes)).toString('hex');
    return [{ kind: 'put', key: probeKeyKey, value: encodeRecord({ kind: 'probe-key', value: { keyHex } }) }];
  });
}
