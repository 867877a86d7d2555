/** The secrets of the probes: made once, by whichever coordinator is first, the same for all from then on. */
import { nextProbeSecrets } from '../../plan/probe-secrets.ts';
import { probeKeyKey, probeSecretsKey } from '../../store/keys.ts';
import { encodeRecord } from '../../store/record.ts';
import type { Store, Write } from '../../store/store.ts';
import type { StoreView } from './store-view.ts';
import { type TransactOptions, transact } from './transact.ts';

const keyBytes = 32;

export interface ProbeKeysOptions {
  readonly store: Store;
  readonly view: StoreView;
  readonly nowMs: () => number;
  /** From a cryptographic source. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** What agents are given where there is nothing yet: the shared key of those of 0.1.0, and the secret of all others. */
export async function ensureProbeKeys(options: ProbeKeysOptions): Promise<void> {
  const { store, view } = options;
  await transact(store, view, 'write probe keys', () => [
    ...(view.probeKeyHex() === undefined ? [sharedKey(newHex(options))] : []),
    ...(view.probeSecrets() === undefined ? changeOfSecrets(options) : []),
  ]);
}

/** Begins another secret, or has the one that was begun used, where it is time. Whether anything was written. */
export async function renewProbeSecrets(
  options: ProbeKeysOptions,
  terms: Pick<TransactOptions, 'fence'> & { readonly isAsked?: boolean } = {},
): Promise<boolean> {
  let isWritten = false;
  await transact(
    options.store,
    options.view,
    'renew probe keys',
    () => {
      const writes = changeOfSecrets(options, terms.isAsked);
      isWritten = writes.length > 0;
      return writes;
    },
    terms,
  );
  return isWritten;
}

function changeOfSecrets(options: ProbeKeysOptions, isAsked = false): Write[] {
  const present = options.view.probeSecrets();
  const next = nextProbeSecrets(present, { nowMs: options.nowMs(), newSecretHex: newHex(options), isAsked });
  if (next === undefined) return [];
  const value = encodeRecord({ kind: 'probe-secrets', value: next });
  return [{ kind: 'put', key: probeSecretsKey, value }];
}

function sharedKey(keyHex: string): Write {
  const value = encodeRecord({ kind: 'probe-key', value: { keyHex } });
  return { kind: 'put', key: probeKeyKey, value };
}

function newHex({ randomBytes }: ProbeKeysOptions): string {
  return Buffer.from(randomBytes(keyBytes)).toString('hex');
}
