/** How all objects of a kind are read consistently: a dump that a change interrupted is taken again. */
import { CausewayError } from '../../domain/error.ts';
import { type Exchange, kernelError, type Protocol, type RequestContext, type Schedule } from './protocol.ts';
import {
  type LocatedMessage,
  messageFlag,
  messageSize,
  messageType,
  type NetlinkMessage,
  type SendBuffer,
  verdict,
  writeMessage,
} from './wire.ts';

export interface DumpEnvironment {
  readonly schedule: Schedule;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Reads one object of a dump where it lies; undefined leaves it out. */
export type Decode<T> = (message: LocatedMessage) => T | undefined;

export interface Dumped<T> {
  readonly items: readonly T[];
  /** How many datagrams they came in. The kernel fills each one in one go; between two the objects may change. */
  readonly datagrams: number;
}

/** Under churn that interrupts four dumps of ten, ten attempts fail once in ten thousand reads. */
const dumpAttempts = 10;
const dumpRetryMs = { first: 2, cap: 200 };

/**
 * The objects of one consistent dump. Rejects with `unavailable` where they change during every attempt, with EBUSY
 * where another dump stays in the way.
 */
export function scan<T>(
  protocol: Protocol,
  environment: DumpEnvironment,
  message: NetlinkMessage,
  context: RequestContext,
  decode: Decode<T>,
): Promise<Dumped<T>> {
  return new Promise((resolve, reject) => {
    let delayMs = dumpRetryMs.first;
    let attempt = 1;
    const start = (): void => {
      protocol.start(new DumpExchange(message, context, decode, resolve, reject, again));
    };
    const again = (error: CausewayError): void => {
      if (attempt === dumpAttempts) {
        reject(error);
        return;
      }
      attempt += 1;
      // Jitter over half the delay either way, so that two readers do not stay in step.
      environment.schedule(delayMs * (0.5 + environment.random()), start);
      delayMs = Math.min(delayMs * 2, dumpRetryMs.cap);
    };
    start();
  });
}

/** A class, because a read of the IPVS table makes thousands of these. */
class DumpExchange<T> implements Exchange {
  readonly messageCount = 1;
  readonly context: RequestContext;
  readonly size: number;
  readonly fail: (error: CausewayError) => void;
  readonly #message: NetlinkMessage;
  readonly #decode: Decode<T>;
  readonly #resolve: (dumped: Dumped<T>) => void;
  readonly #again: (error: CausewayError) => void;
  readonly #items: T[] = [];
  #datagrams = 0;
  #lastBytes: Uint8Array | undefined;
  #interrupted = false;

  constructor(
    message: NetlinkMessage,
    context: RequestContext,
    decode: Decode<T>,
    resolve: (dumped: Dumped<T>) => void,
    reject: (error: CausewayError) => void,
    /** Told instead where another attempt is worth while. */
    again: (error: CausewayError) => void,
  ) {
    this.#message = message;
    this.context = context;
    this.#decode = decode;
    this.#resolve = resolve;
    this.#again = again;
    this.fail = reject;
    this.size = messageSize(message.payload.length);
  }

  encode(target: SendBuffer, sequence: number): number {
    const flags = messageFlag.request | messageFlag.dump | (this.#message.flags ?? 0);
    return writeMessage(target, 0, this.#message, flags, sequence);
  }

  answer(answer: LocatedMessage): boolean {
    if ((answer.flags & messageFlag.dumpInterrupted) !== 0) this.#interrupted = true;
    if (answer.type !== messageType.done && answer.type !== messageType.error) {
      this.#take(answer);
      return false;
    }
    this.#end(verdict(answer) ?? 0);
    return true;
  }

  #take(answer: LocatedMessage): void {
    if (answer.bytes !== this.#lastBytes) {
      this.#lastBytes = answer.bytes;
      this.#datagrams += 1;
    }
    const item = this.#decode(answer);
    if (item !== undefined) this.#items.push(item);
  }

  #end(errno: number): void {
    if (errno !== 0) {
      const error = kernelError(errno, this.context);
      if (error.errno === 'EBUSY') this.#again(error);
      else this.fail(error);
    } else if (this.#interrupted) {
      this.#again(keepsChanging(this.context));
    } else {
      this.#resolve({ items: this.#items, datagrams: this.#datagrams });
    }
  }
}

function keepsChanging({ operation, subject }: RequestContext): CausewayError {
  const message = `changed during each of ${dumpAttempts} reads; something rewrites it all the time`;
  return new CausewayError({ code: 'unavailable', operation, subject, message });
}
