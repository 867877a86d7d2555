/** How many requests are sent at once: a hundred in one datagram, the last one acknowledged, the failing ones answered. */
import { CausewayError } from '../../domain/error.ts';
import { type Exchange, kernelError, type Protocol, type RequestContext } from './protocol.ts';
import {
  headerLength,
  messageFlag,
  messageSize,
  messageType,
  type NetlinkMessage,
  type SendBuffer,
  verdict,
  writeHeader,
} from './wire.ts';

export interface BatchItem {
  readonly message: NetlinkMessage;
  readonly context: RequestContext;
}

/** Requests that are put together only while they are sent: no object for each. */
export interface BatchSource {
  readonly length: number;
  /** Type of the netlink message. */
  type(index: number): number;
  /** NLM_F_* beside those that a batch implies. */
  flags(index: number): number;
  payloadLength(index: number): number;
  /** Writes every byte of the payload at `offset`; padding is seen to. What it throws becomes the item's error; the others are sent. */
  writePayload(index: number, target: SendBuffer, offset: number): void;
  context(index: number): RequestContext;
}

/**
 * If too many messages of one send fail, their errors overrun the receive buffer, and the addon aborts the process.
 * Measured with the buffer that a default net.core.rmem_max allows: 520 failing messages of 32 bytes and 300 of 432
 * bytes survive, 600 and 450 abort. So a third at most.
 */
const batchMessages = 100;
/** Each error repeats its request, so long requests count by their bytes. */
const batchBytes = 48 * 1024;

/** The items as a source. */
export function sourceOf(items: readonly BatchItem[]): BatchSource {
  const at = (index: number): BatchItem => {
    const item = items[index];
    if (item === undefined) throw new RangeError(`no item ${index} of ${items.length}`);
    return item;
  };
  return {
    length: items.length,
    type: (index) => at(index).message.type,
    flags: (index) => at(index).message.flags ?? 0,
    payloadLength: (index) => at(index).message.payload.length,
    writePayload: (index, target, offset) => target.bytes.set(at(index).message.payload, offset),
    context: (index) => at(index).context,
  };
}

/** Sends the items in order; an error or undefined for each. A failing item stops no other; a silent kernel does. */
export async function batch(protocol: Protocol, source: BatchSource): Promise<(CausewayError | undefined)[]> {
  const errors = new Array<CausewayError | undefined>(source.length).fill(undefined);
  let start = 0;
  while (start < source.length) {
    const chunk = measureChunk(source, start);
    const answered = await new Promise<boolean>((resolve) => {
      protocol.start(new ChunkExchange(source, chunk, errors, resolve));
    });
    start = chunk.end;
    if (!answered) break;
  }
  // The kernel did not answer: the rest is not tried against the same silence.
  for (let index = start; index < source.length; index += 1) errors[index] = unsent(source.context(index));
  return errors;
}

interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly size: number;
}

/** Bounded by messages and by bytes, never empty. */
function measureChunk(source: BatchSource, start: number): Chunk {
  const limit = Math.min(source.length, start + batchMessages);
  let size = 0;
  let end = start;
  while (end < limit) {
    const next = size + messageSize(source.payloadLength(end));
    if (next > batchBytes && end > start) break;
    size = next;
    end += 1;
  }
  return { start, end, size };
}

class ChunkExchange implements Exchange {
  readonly messageCount: number;
  readonly size: number;
  readonly #source: BatchSource;
  readonly #chunk: Chunk;
  /** Of the whole batch. */
  readonly #errors: (CausewayError | undefined)[];
  readonly #conclude: (answered: boolean) => void;

  constructor(
    source: BatchSource,
    chunk: Chunk,
    errors: (CausewayError | undefined)[],
    conclude: (answered: boolean) => void,
  ) {
    this.#source = source;
    this.#chunk = chunk;
    this.#errors = errors;
    this.#conclude = conclude;
    this.messageCount = chunk.end - chunk.start;
    this.size = chunk.size;
  }

  get context(): RequestContext {
    return this.#source.context(this.#chunk.start);
  }

  encode(target: SendBuffer, firstSequence: number): number {
    const { start, end } = this.#chunk;
    let offset = 0;
    for (let index = start; index < end; index += 1) {
      const flags = messageFlag.request | (index === end - 1 ? messageFlag.ack : 0);
      offset = this.#write(index, target, offset, flags, firstSequence + index - start);
    }
    return offset;
  }

  #write(index: number, target: SendBuffer, offset: number, flags: number, sequence: number): number {
    const source = this.#source;
    const length = source.payloadLength(index);
    const next = offset + messageSize(length);
    try {
      // The padding; what it covers beyond that is written after it.
      target.view.setUint32(next - 4, 0);
      source.writePayload(index, target, offset + headerLength);
      writeHeader(target, offset, length, source.type(index), flags | source.flags(index), sequence);
      return next;
    } catch (error) {
      this.#errors[index] = unencodable(error, source.context(index));
      // In its place the message that does nothing, so that the last one is acknowledged whichever it is.
      writeHeader(target, offset, 0, messageType.noop, flags, sequence);
      return offset + headerLength;
    }
  }

  answer(message: Parameters<Exchange['answer']>[0], index: number): boolean {
    if (message.type !== messageType.error) return false;
    const errno = verdict(message) ?? 0;
    const item = this.#chunk.start + index;
    if (errno !== 0) this.#errors[item] = kernelError(errno, this.#source.context(item));
    if (item !== this.#chunk.end - 1) return false;
    this.#conclude(true);
    return true;
  }

  fail(error: CausewayError): void {
    // Only the last message is acknowledged: of the others the silent ones may have been done or not.
    for (let index = this.#chunk.start; index < this.#chunk.end; index += 1) {
      this.#errors[index] ??= unanswered(error, this.#source.context(index));
    }
    this.#conclude(false);
  }
}

function unencodable(error: unknown, { operation, subject }: RequestContext): CausewayError {
  if (error instanceof CausewayError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CausewayError({ code: 'internal', operation, subject, message, cause: error });
}

function unanswered(error: CausewayError, { operation, subject }: RequestContext): CausewayError {
  const message = 'the kernel did not say whether it was done';
  return new CausewayError({ code: error.code, operation, subject, message, cause: error });
}

function unsent({ operation, subject }: RequestContext): CausewayError {
  const message = 'not tried, because the kernel did not answer what came before';
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}
