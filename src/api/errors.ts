/** How a CausewayError crosses the wire, and what gRPC's own failures are called here. Translated at the boundary only. */
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { Elsewhere, type Place } from '../domain/elsewhere.ts';
import { CausewayError, type ErrorCode, type ErrorDetails, messageOf } from '../domain/error.ts';

/** Trailer with the error's parts, so that a client of ours rebuilds it; others read code and details. */
const detailsKey = 'causeway-error-bin';

const statusOf: Readonly<Record<ErrorCode, status>> = {
  invalid: status.INVALID_ARGUMENT,
  'not-found': status.NOT_FOUND,
  conflict: status.ALREADY_EXISTS,
  unavailable: status.UNAVAILABLE,
  deadline: status.DEADLINE_EXCEEDED,
  permission: status.PERMISSION_DENIED,
  unsupported: status.UNIMPLEMENTED,
  refused: status.FAILED_PRECONDITION,
  kernel: status.INTERNAL,
  internal: status.INTERNAL,
};

const codeOf: Readonly<Partial<Record<status, ErrorCode>>> = {
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.NOT_FOUND]: 'not-found',
  [status.ALREADY_EXISTS]: 'conflict',
  [status.UNAVAILABLE]: 'unavailable',
  [status.CANCELLED]: 'unavailable',
  [status.DEADLINE_EXCEEDED]: 'deadline',
  [status.PERMISSION_DENIED]: 'permission',
  [status.UNIMPLEMENTED]: 'unsupported',
  [status.FAILED_PRECONDITION]: 'refused',
  [status.RESOURCE_EXHAUSTED]: 'refused',
};

/** What a server answers. The stack stays here. */
export function toStatus(error: unknown): Partial<StatusObject> & { code: status; details: string } {
  const metadata = new Metadata();
  if (!(error instanceof CausewayError)) {
    return { code: status.INTERNAL, details: `internal error: ${messageOf(error)}`, metadata };
  }
  const { code, operation, subject, errno } = error;
  const place = error instanceof Elsewhere ? { place: error.place } : {};
  const parts = { code, operation, subject, errno, message: bareMessage(error), ...place };
  metadata.set(detailsKey, Buffer.from(JSON.stringify(parts)));
  return { code: statusOf[code], details: error.message, metadata };
}

/** What a client throws for a failed call. `operation` and `subject` serve where the other side sent none. */
export function fromStatus(error: ServiceError, operation: string, subject?: string): CausewayError {
  const sent = error.metadata?.get(detailsKey)[0];
  const parts = Buffer.isBuffer(sent) ? parseParts(sent) : undefined;
  if (parts?.place !== undefined)
    return new Elsewhere(parts.operation, parts.subject ?? subject ?? '', parts.message, parts.place);
  if (parts !== undefined) return new CausewayError({ ...parts, cause: error });
  return new CausewayError({
    code: codeOf[error.code] ?? 'internal',
    operation,
    ...(subject === undefined ? {} : { subject }),
    message: error.details === '' ? error.message : error.details,
    cause: error,
  });
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

function bareMessage(error: CausewayError): string {
  const prefix = `${error.operation}${error.subject === undefined ? '' : ` ${error.subject}`}: `;
  return error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
}

interface Parts extends Omit<ErrorDetails, 'cause'> {
  readonly place?: Place;
}

/** Undefined for what another version may have sent in another shape. */
function parseParts(bytes: Buffer): Parts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, operation, subject, errno, message, place } = value as Record<string, unknown>;
  if (typeof operation !== 'string' || typeof message !== 'string') return undefined;
  return {
    code: typeof code === 'string' && code in statusOf ? (code as ErrorCode) : 'internal',
    operation,
    message,
    ...(typeof subject === 'string' ? { subject } : {}),
    ...(typeof errno === 'string' ? { errno } : {}),
    ...(typeof place === 'object' && place !== null ? { place: parsePlace(place) } : {}),
  };
}

const addressesAtMost = 64;
const longestRetryMs = 60_000;

/** What another says is bounded, whatever it says. */
function parsePlace(place: object): Place {
  const { address, retryAfterMs, coordinators } = place as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  return {
    address: isText(address) ? address : undefined,
    retryAfterMs:
      typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(longestRetryMs, retryAfterMs) : 0,
    coordinators: Array.isArray(coordinators) ? coordinators.filter(isText).slice(0, addressesAtMost) : [],
  };
}
