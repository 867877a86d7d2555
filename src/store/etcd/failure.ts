/** What an etcd's refusal means for whoever asked: was it done, can it be tried elsewhere, what is there to do. */
import { CausewayError, type ErrorCode } from '../../domain/error.ts';

/**
 * - `unsent`: it has not reached any etcd, or none that could do it: surely not done, another may
 * - `lost`: it was sent, and nobody knows
 * - `token`: not done; who asks must introduce himself again
 * - `no-lease`, `compacted`: not done, for that reason
 * - `denied`, `invalid`, `full`: not done, and no other member would either
 */
export type FailureKind =
  | 'unsent'
  | 'lost'
  | 'token'
  | 'no-lease'
  | 'compacted'
  | 'denied'
  | 'invalid'
  | 'full';

export interface Failure {
  readonly kind: FailureKind;
  /** One line, without gRPC's and the client's own words. */
  readonly message: string;
  /** It was not answered in time: for all that is known whoever was asked is only slow. */
  readonly isSlow: boolean;
}

/** gRPC's numbers (https://grpc.github.io/grpc/core/md_doc_statuscodes.html) where etcd says nothing more exact. */
const byCode: Readonly<Record<number, FailureKind>> = {
  3: 'invalid',
  7: 'denied',
  8: 'full',
  9: 'invalid',
  11: 'compacted',
  12: 'invalid',
  16: 'token',
};

/** etcd's words (api/v3rpc/rpctypes/error.go), which come with codes that say less. */
const byWords: readonly (readonly [RegExp, FailureKind])[] = [
  [/invalid auth token|revision of auth store is old/, 'token'],
  [/requested lease not found|is expired or revoked/, 'no-lease'],
  [/required revision has been compacted/, 'compacted'],
  [/permission denied|authentication failed|user name is empty|authentication is not enabled/, 'denied'],
  // Before anything was proposed to the others.
  [/etcdserver: no leader|etcdserver: server stopped|too many requests/, 'unsent'],
  // grpc-js, of a call that found no connection to go by.
  [
    /No connection established|Name resolution failed|client was already closed|Channel has been shut down|Channel closed before call started/,
    'unsent',
  ],
  [/Waiting for LB pick/, 'unsent'],
];

export function failureOf(error: unknown): Failure {
  const text = error instanceof Error ? error.message : String(error);
  const [, code, rest = text] = /^(?:\w+: )?(\d+) [A-Z_]+: (.*)$/s.exec(text) ?? [];
  const message = plain(rest);
  const kind = byWords.find(([words]) => words.test(text))?.[1] ?? byCode[Number(code)] ?? 'lost';
  return { kind, message, isSlow: Number(code) === 4 };
}

function plain(text: string): string {
  const lastError = /No connection established\. Last error: (.*?)(?:\. Resolution note: .*)?$/s.exec(
    text,
  )?.[1];
  return (lastError ?? text).replaceAll(/^etcdserver: |^Error: /g, '').replaceAll(/\s*\n\s*/g, ' ');
}

const codes: Readonly<Record<FailureKind, ErrorCode>> = {
  unsent: 'unavailable',
  lost: 'unavailable',
  token: 'permission',
  'no-lease': 'unavailable',
  compacted: 'unavailable',
  denied: 'permission',
  invalid: 'invalid',
  full: 'unavailable',
};

const remedies: readonly (readonly [RegExp, string])[] = [
  [/authentication failed/, 'is the user, or the password, another?'],
  [/user name is empty/, 'this etcd wants a user and a password'],
  [/permission denied/, 'its user needs a role that may read and write everything under the prefix'],
  [/database space exceeded/, 'compact and defragment it, then disarm the alarm (docs/operating-etcd.md)'],
  [
    /unable to (verify|get)|self.signed|certificate signature failure/,
    'does the CA file hold the one that signed etcd’s certificate?',
  ],
  [/altnames|Hostname\/IP/, 'its certificate is for another name than the endpoint'],
  [
    /certificate required|bad certificate|unknown ca|socket hang up|ECONNRESET/i,
    'does it ask for a client certificate?',
  ],
];

export function etcdError(
  operation: string,
  location: string,
  { kind, message }: Omit<Failure, 'isSlow'>,
  cause?: unknown,
): CausewayError {
  const remedy = remedies.find(([words]) => words.test(message))?.[1];
  return new CausewayError({
    code: codes[kind],
    operation,
    subject: location,
    message: remedy === undefined ? message : `${message}: ${remedy}`,
    cause,
  });
}
