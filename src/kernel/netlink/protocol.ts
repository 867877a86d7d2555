/**
 * How requests meet their answers on one netlink socket: one exchange at a time, each with a deadline.
 *
 * Strictly one at a time, because the addon aborts the process when its receive buffer overruns: what one exchange can
 * be answered with is bounded, and nothing else is ever outstanding.
 */
import { CausewayError, messageOf } from '../../domain/error.ts';
import { describeErrno, errnoSymbol } from './errno.ts';
import type { OpenTransport, Transport } from './transport.ts';
import { messageType, parseMessages, type ReceivedMessage, readErrno } from './wire.ts';

/** What a failure is reported as: `add destination`, `tcp 192.0.2.10:80 → 10.1.0.2`. */
export interface RequestContext {
  readonly operation: string;
  readonly subject: string;
}

/** One datagram and what becomes of its answers. */
export interface Exchange {
  readonly context: RequestContext;
  /** How many sequence numbers, from `firstSequence` on, the datagram uses. */
  readonly messageCount: number;
  encode(firstSequence: number): Uint8Array;
  /** An answer to message `index`; true when it is the last one. */
  answer(message: ReceivedMessage, index: number): boolean;
  fail(error: CausewayError): void;
}

/** Runs `run` once after `delayMs`, unless the returned function is called before. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

export interface ProtocolOptions {
  /** From the call to its last answer, time in the queue included. */
  readonly timeoutMs: number;
  /** Calls that may wait; one more is refused with `unavailable`. */
  readonly queueLimit: number;
  readonly schedule: Schedule;
}

export interface Protocol {
  /** Queues an exchange. It is told its end by `answer` or `fail`, once. */
  start(exchange: Exchange): void;
  /** Fails what is pending with `unavailable`; so does every later start. */
  close(): void;
}

interface Pending {
  readonly exchange: Exchange;
  readonly cancelDeadline: () => void;
}

/** Sequence numbers stay well below 2^32, so that a batch never wraps. */
const lastSequence = 0x7fff_0000;

export function createProtocol(open: OpenTransport, options: ProtocolOptions): Protocol {
  const queue: Pending[] = [];
  let current: (Pending & { readonly firstSequence: number }) | undefined;
  let transport: Transport | undefined;
  let nextSequence = 1;
  let closed = false;

  function start(exchange: Exchange): void {
    if (closed || queue.length >= options.queueLimit) {
      const reason = closed ? 'the connection is closed' : `${options.queueLimit} calls are waiting already`;
      exchange.fail(failure('unavailable', exchange.context, reason));
      return;
    }
    const pending: Pending = {
      exchange,
      cancelDeadline: options.schedule(options.timeoutMs, () => expire(pending)),
    };
    queue.push(pending);
    pump();
  }

  function pump(): void {
    while (current === undefined) {
      const next = queue.shift();
      if (next === undefined) return;
      send(next);
    }
  }

  function send(pending: Pending): void {
    if (nextSequence > lastSequence) nextSequence = 1;
    const firstSequence = nextSequence;
    nextSequence += pending.exchange.messageCount;
    current = { ...pending, firstSequence };
    try {
      transport ??= connect();
      transport.send(pending.exchange.encode(firstSequence));
    } catch (cause) {
      disconnect();
      conclude((exchange) =>
        exchange.fail(
          cause instanceof CausewayError
            ? cause
            : failure(
                'unavailable',
                exchange.context,
                `the netlink socket failed: ${messageOf(cause)}`,
                cause,
              ),
        ),
      );
    }
  }

  function connect(): Transport {
    const mine: Transport = open({
      datagram: (bytes) => {
        if (transport === mine) receive(bytes);
      },
      failure: (cause) => {
        if (transport === mine) breakDown(cause);
      },
    });
    return mine;
  }

  function receive(bytes: Uint8Array): void {
    try {
      for (const message of parseMessages(bytes)) deliver(message);
    } catch (cause) {
      breakDown(cause);
    }
  }

  function deliver(message: ReceivedMessage): void {
    if (current === undefined || message.type === messageType.noop) return;
    const index = message.sequence - current.firstSequence;
    // Not of this exchange: nothing asked for it.
    if (index < 0 || index >= current.exchange.messageCount) return;
    if (current.exchange.answer(message, index)) conclude(() => undefined);
  }

  /** The socket is of no use: what waits for an answer fails, what is queued gets a new socket. */
  function breakDown(cause: unknown): void {
    disconnect();
    conclude((exchange) =>
      exchange.fail(
        failure('unavailable', exchange.context, `the netlink socket failed: ${messageOf(cause)}`, cause),
      ),
    );
  }

  function expire(pending: Pending): void {
    const message = `no answer from the kernel within ${options.timeoutMs} ms`;
    const error = failure('deadline', pending.exchange.context, message);
    if (current?.exchange === pending.exchange) {
      // A new socket, so that neither a late answer nor a running dump meets the next exchange.
      disconnect();
      conclude((exchange) => exchange.fail(error));
      return;
    }
    queue.splice(queue.indexOf(pending), 1);
    pending.exchange.fail(error);
  }

  function conclude(tell: (exchange: Exchange) => void): void {
    const done = current;
    current = undefined;
    if (done !== undefined) {
      done.cancelDeadline();
      tell(done.exchange);
    }
    pump();
  }

  function disconnect(): void {
    const old = transport;
    transport = undefined;
    old?.close();
  }

  function close(): void {
    closed = true;
    disconnect();
    const waiting = current === undefined ? queue.splice(0) : [current, ...queue.splice(0)];
    current = undefined;
    for (const { exchange, cancelDeadline } of waiting) {
      cancelDeadline();
      exchange.fail(failure('unavailable', exchange.context, 'the connection was closed'));
    }
  }

  return { start, close };
}

function failure(
  code: 'unavailable' | 'deadline',
  context: RequestContext,
  message: string,
  cause?: unknown,
): CausewayError {
  const { operation, subject } = context;
  return new CausewayError({ code, operation, subject, message, cause });
}

/** The errno of an ERROR or DONE message; undefined for any other. */
export function verdict(message: ReceivedMessage): number | undefined {
  const isVerdict = message.type === messageType.error || message.type === messageType.done;
  return isVerdict ? readErrno(message.payload) : undefined;
}

// NETLINK_EXT_ACK would add the kernel's own words, but the addon has no way to set it.
export function kernelError(errno: number, context: RequestContext): CausewayError {
  const denied = errno === 1;
  return new CausewayError({
    code: denied ? 'permission' : 'kernel',
    operation: context.operation,
    subject: context.subject,
    errno: errnoSymbol(errno),
    message: `the kernel answered ${describeErrno(errno)}${denied ? ': run as root or with CAP_NET_ADMIN' : ''}`,
  });
}
