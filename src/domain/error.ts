/** What went wrong, in one shape for every part of Causeway. */

/**
 * - `invalid`: the input is wrong; the user mends it
 * - `not-found`, `conflict`: the subject is absent, or belongs to somebody else
 * - `unavailable`, `deadline`: a peer did not answer, or not in time; worth a retry
 * - `permission`, `unsupported`: this host or kernel can't; the message names the remedy
 * - `refused`: an agent or the coordinator declines on purpose (implausible snapshot, …)
 * - `kernel`: the kernel said no; `errno` is its word
 * - `internal`: a bug in Causeway
 */
export type ErrorCode =
  | 'invalid'
  | 'not-found'
  | 'conflict'
  | 'unavailable'
  | 'deadline'
  | 'permission'
  | 'unsupported'
  | 'refused'
  | 'kernel'
  | 'internal';

export interface ErrorDetails {
  readonly code: ErrorCode;
  /** What was attempted, as a verb phrase: `add destination`. */
  readonly operation: string;
  /** On what: `tcp 192.0.2.10:80 → 10.1.0.2`. */
  readonly subject?: string;
  /** Symbolic errno of a kernel error: `EEXIST`. */
  readonly errno?: string;
  /** What happened, and what to do about it. */
  readonly message: string;
  readonly cause?: unknown;
}

export class CausewayError extends Error {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly subject: string | undefined;
  readonly errno: string | undefined;

  constructor(details: ErrorDetails) {
    const where = details.subject === undefined ? '' : ` ${details.subject}`;
    super(
      `${details.operation}${where}: ${details.message}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.name = 'CausewayError';
    this.code = details.code;
    this.operation = details.operation;
    this.subject = details.subject;
    this.errno = details.errno;
  }
}

/** The sentence to show for whatever was thrown. */
export function messageOf(error: unknown): string {
  // A name whose addresses all refuse: Node says so in as many errors, and nothing above them.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
