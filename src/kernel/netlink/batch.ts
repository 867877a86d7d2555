/** How many requests are sent at once: a hundred in one datagram, the last one acknowledged, the failing ones answered. */
import { CausewayError } from '../../domain/error.ts';
import { type Exchange, kernelError, type Protocol, type RequestContext, verdict } from './protocol.ts';
import { messageFlag, messageSize, messageType, type NetlinkMessage, writeMessage } from './wire.ts';

export interface BatchItem {
  readonly message: NetlinkMessage;
  readonly context: RequestContext;
}

/**
 * More failing messages than this in one send may overrun the receive buffer with their errors: measured on a buffer of
 * 212,992 bytes, 250 answers survive and 270 abort the process. Ours holds twice that where the system lets it.
 */
const batchMessages = 100;
/** Each error repeats its request, so long requests count by their bytes. */
const batchBytes = 48 * 1024;

/** Sends the items in order; an error or undefined for each. A failing item stops no other; a silent kernel does. */
export async function batch(
  protocol: Protocol,
  items: readonly BatchItem[],
): Promise<(CausewayError | undefined)[]> {
  const errors: (CausewayError | undefined)[] = [];
  let start = 0;
  while (start < items.length) {
    const end = chunkEnd(items, start);
    const answers = await sendChunk(protocol, items.slice(start, end));
    for (const error of answers.errors) errors.push(error);
    start = end;
    if (answers.broken) break;
  }
  // The kernel did not answer: the rest is not tried against the same silence.
  for (const { context } of items.slice(start)) errors.push(unsent(context));
  return errors;
}

function sendChunk(
  protocol: Protocol,
  items: readonly BatchItem[],
): Promise<{ readonly errors: (CausewayError | undefined)[]; readonly broken: boolean }> {
  const errors = new Array<CausewayError | undefined>(items.length).fill(undefined);
  const answered = new Set<number>();
  const last = items.length - 1;
  const { promise, resolve } = Promise.withResolvers<{ errors: typeof errors; broken: boolean }>();
  const exchange: Exchange = {
    context: { operation: 'apply a batch', subject: `${items.length} requests` },
    messageCount: items.length,
    encode: (firstSequence) => encodeChunk(items, firstSequence),
    answer: (message, index) => {
      const errno = message.type === messageType.error ? verdict(message) : undefined;
      const item = items[index];
      if (errno === undefined || item === undefined) return false;
      answered.add(index);
      if (errno !== 0) errors[index] = kernelError(errno, item.context);
      if (index === last) resolve({ errors, broken: false });
      return index === last;
    },
    fail: (error) => {
      // Only the last message is acknowledged: of the others the silent ones may have been done or not.
      for (const [index, { context }] of items.entries()) {
        if (!answered.has(index)) errors[index] = unanswered(error, context);
      }
      resolve({ errors, broken: true });
    },
  };
  protocol.start(exchange);
  return promise;
}

function encodeChunk(items: readonly BatchItem[], firstSequence: number): Uint8Array {
  let length = 0;
  for (const { message } of items) length += messageSize(message.payload.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const [index, { message }] of items.entries()) {
    const ack = index === items.length - 1 ? messageFlag.ack : 0;
    const flags = messageFlag.request | ack | (message.flags ?? 0);
    const { type, payload } = message;
    offset = writeMessage(view, offset, { type, flags, payload }, firstSequence + index);
  }
  return bytes;
}

/** Where the chunk that begins at `start` ends: bounded by messages and by bytes, never empty. */
function chunkEnd(items: readonly BatchItem[], start: number): number {
  let bytes = 0;
  let end = start;
  for (const { message } of items.slice(start, start + batchMessages)) {
    bytes += messageSize(message.payload.length);
    if (bytes > batchBytes && end > start) break;
    end += 1;
  }
  return end;
}

function unanswered(error: CausewayError, { operation, subject }: RequestContext): CausewayError {
  const message = 'the kernel did not say whether it was done';
  return new CausewayError({ code: error.code, operation, subject, message, cause: error });
}

function unsent({ operation, subject }: RequestContext): CausewayError {
  const message = 'not tried, because the kernel did not answer what came before';
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}
