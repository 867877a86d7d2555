/** What keeps a real server's agent from its work, in sentences that say what to do. Pure. */
import { named } from '../../src/domain/named.ts';
import { closedPort, probePort } from '../../src/domain/probe.ts';
import type { Missing } from '../../src/runtime/listeners.ts';
import type { KnockState } from './knock.ts';

export interface TroubleSources {
  /** Why the host is not as it should be, or undefined. */
  readonly host: string | undefined;
  /** What is amiss there beside what Causeway put there. */
  readonly amiss: readonly string[];
  /** Addresses on which no probe can be answered. */
  readonly unanswered: readonly Missing[];
  readonly knock: KnockState;
  /** Addresses on which somebody listens on the port that must be closed. */
  readonly open: readonly string[];
  /** What keeps the proofs of the return path from leaving, a sentence; undefined: nothing. */
  readonly unsent: string | undefined;
  /** By the monotonic clock. */
  readonly nowMs: number;
}

/** A VIP that is being added has no socket for a moment. */
const longMs = 10_000;

export function troublesOf({
  host,
  amiss,
  unanswered,
  knock,
  open,
  unsent,
  nowMs,
}: TroubleSources): string[] {
  const isLong = ({ sinceMs }: Missing) => nowMs - sinceMs >= longMs;
  const troubles: string[] = [];
  if (host !== undefined)
    troubles.push(
      `this host could not be brought to what is wanted: ${host}; it is tried again, and the agent's log tells more`,
    );
  for (const [protocol, missing] of [
    ['UDP', unanswered],
    ['TCP', knock.missing],
  ] as const) {
    const long = missing.filter(isLong);
    if (long.length === 0) continue;
    troubles.push(
      `directors' probes to ${named(long.map(({ address }) => address))} cannot be answered (${reasonOf(long)}): ` +
        `see that the address is on this host and that nobody else holds ${protocol} ${probePort} there`,
    );
  }
  if (knock.taken.length > 0)
    troubles.push(
      `TCP ${probePort} on ${named(knock.taken)} is held by a program that completes no handshake, so directors can't ask ` +
        'this host there: end that program, or have it listen elsewhere',
    );
  if (knock.own.length > 0)
    troubles.push(
      `no socket outlives this agent on TCP ${probePort}: while it is stopped, directors can ask this host at its services' own ` +
        'TCP ports only; enable causeway-realserver.socket and restart the agent',
    );
  if (open.length > 0)
    troubles.push(
      `somebody listens on TCP ${closedPort} of ${named(open)}, which must be closed: directors take this host for a middlebox that ` +
        'completes every handshake, and believe none; have that program listen on another port or address',
    );
  return [...troubles, ...(unsent === undefined ? [] : [unsent]), ...amiss];
}

function reasonOf([first]: readonly Missing[]): string {
  return first?.error === undefined ? 'no socket yet' : first.error.message;
}
