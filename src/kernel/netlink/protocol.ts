/**
 * How requests meet their answers on one netlink socket: one exchange at a time, each with a deadline.
 *
 * Strictly one at a time, because the addon aborts the process when its receive buffer overruns: what one exchange can
 * be answered with is bounded, and nothing else is ever outstanding.
 */
import { CausewayError, messageOf } from '../../domain/error.ts';
import { describeErrno, errnoSymbol } from './errno.ts';
import type { OpenTransport, Transport } from './netlink-transport.ts';
import {
  createSendBuffer,
  forEachMessage,
  type LocatedMessage,
  messageType,
  type SendBuffer,
} from './wire.ts';

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
  /** Bytes that `encode` needs at most. */
  readonly size: number;
  /** Writes the datagram from offset 0 on, all of it; returns its length. */
  encode(target: SendBuffer, firstSequence: number): number;
  /** An answer to message `index`; true when it is the last one. */
  answer(message: LocatedMessage, index: number): boolean;
  fail(error: CausewayError): void;
}

/** Runs `run` once after `delayMs`, unless the returned function is called before. */
export type Schedule = (delayMs: number, run: () => void) => () => void;

export interface ProtocolOptions {
  /** From the call to its last answer, time in the queue included. Kept to a quarter of it, or 250 ms. */
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
  /** Whole ticks that it has waited. */
  ticks: number;
}

/** A socket and the buffer it sends from: nobody may write there before what was sent is answered. */
interface Link {
  readonly transport: Transport;
  buffer: SendBuffer;
}

/** Sequence numbers stay well below 2^32, so that a batch never wraps. */
const lastSequence = 0x7fff_0000;
const initialBufferBytes = 4096;
const longestTickMs = 250;

export function createProtocol(open: OpenTransport, options: ProtocolOptions): Protocol {
  const queue: Pending[] = [];
  let current: Pending | undefined;
  let currentSequence = 0;
  let nextSequence = 1;
  let link: Link | undefined;
  let closed = false;

  // One ticking clock instead of a timer for each exchange, of which a table's read makes thousands.
  const tickMs = Math.min(longestTickMs, options.timeoutMs / 4);
  const ticksAllowed = Math.ceil(options.timeoutMs / tickMs);
  let cancelTick: (() => void) | undefined;

  function start(exchange: Exchange): void {
    if (closed || queue.length >= options.queueLimit) {
      const reason = closed ? 'the connection is closed' : `${options.queueLimit} calls are waiting already`;
      exchange.fail(failure('unavailable', exchange.context, reason));
      return;
    }
    queue.push({ exchange, ticks: 0 });
    cancelTick ??= options.schedule(tickMs, tick);
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
    const { exchange } = pending;
    current = pending;
    currentSequence = nextSequence;
    nextSequence += exchange.messageCount;
    try {
      link ??= connect();
      if (exchange.size > link.buffer.bytes.length) link.buffer = createSendBuffer(exchange.size);
      const length = exchange.encode(link.buffer, currentSequence);
      link.transport.send(link.buffer.bytes, length);
    } catch (cause) {
      breakDown(cause);
    }
  }

  function connect(): Link {
    const mine: Link = {
      transport: open({
        datagram: (bytes) => {
          if (link === mine) receive(bytes);
        },
        failure: (cause) => {
          if (link === mine) breakDown(cause);
        },
      }),
      buffer: createSendBuffer(initialBufferBytes),
    };
    return mine;
  }

  function receive(bytes: Uint8Array): void {
    try {
      forEachMessage(bytes, deliver);
    } catch (cause) {
      breakDown(cause);
    }
  }

  function deliver(message: LocatedMessage): void {
    if (current === undefined || message.type === messageType.noop) return;
    const index = message.sequence - currentSequence;
    // Not of this exchange: nothing asked for it.
    if (index < 0 || index >= current.exchange.messageCount) return;
    if (current.exchange.answer(message, index)) {
      current = undefined;
      pump();
    }
  }

  /** The socket is of no use: what waits for an answer fails, what is queued gets a new socket. */
  function breakDown(cause: unknown): void {
    disconnect();
    const broken = current;
    current = undefined;
    if (broken !== undefined) broken.exchange.fail(brokenError(cause, broken.exchange.context));
    pump();
  }

  function tick(): void {
    cancelTick = undefined;
    const late: Exchange[] = [];
    if (current !== undefined && hasExpired(current)) {
      // A new socket, so that neither a late answer nor a running dump meets the next exchange.
      disconnect();
      late.push(current.exchange);
      current = undefined;
    }
    for (const pending of queue.splice(0)) {
      if (hasExpired(pending)) late.push(pending.exchange);
      else queue.push(pending);
    }
    if (current !== undefined || queue.length > 0) cancelTick = options.schedule(tickMs, tick);
    for (const exchange of late) {
      const message = `no answer from the kernel within ${options.timeoutMs} ms`;
      exchange.fail(failure('deadline', exchange.context, message));
    }
    pump();
  }

  function hasExpired(pending: Pending): boolean {
    pending.ticks += 1;
    // The first tick may come at any moment after the call.
    return pending.ticks > ticksAllowed;
  }

  function disconnect(): void {
    const old = link;
    link = undefined;
    old?.transport.close();
  }

  function close(): void {
    closed = true;
    disconnect();
    cancelTick?.();
    cancelTick = undefined;
    const waiting = current === undefined ? queue.splice(0) : [current, ...queue.splice(0)];
    current = undefined;
    for (const { exchange } of waiting) {
      exchange.fail(failure('unavailable', exchange.context, 'the connection was closed'));
    }
  }

  return { start, close };
}

function brokenError(cause: unknown, context: RequestContext): CausewayError {
  if (cause instanceof CausewayError) return cause;
  return failure('unavailable', context, `the netlink socket failed: ${messageOf(cause)}`, cause);
}

function failure(
  code: 'unavailable' | 'deadline',
  { operation, subject }: RequestContext,
  message: string,
  cause?: unknown,
): CausewayError {
  return new CausewayError({ code, operation, subject, message, cause });
}

// NETLINK_EXT_ACK would add the kernel's own words, but the addon has no way to set it.
export function kernelError(errno: number, { operation, subject }: RequestContext): CausewayError {
  const symbol = errnoSymbol(errno);
  const denied = symbol === 'EPERM';
  return new CausewayError({
    code: denied ? 'permission' : 'kernel',
    operation,
    subject,
    errno: symbol,
    message: `the kernel answered ${describeErrno(errno)}${denied ? ': run as root or with CAP_NET_ADMIN' : ''}`,
  });
}
