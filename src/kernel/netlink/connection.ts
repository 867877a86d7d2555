/** What the rest of Causeway asks of the kernel over netlink: requests, queries, dumps and batches. */
import type { CausewayError } from '../../domain/error.ts';
import { type BatchItem, type BatchSource, batch, sourceOf } from './batch.ts';
import { type Decode, type DumpEnvironment, type Dumped, scan } from './dump.ts';
import { netlinkTransport } from './netlink-socket.ts';
import type { OpenTransport } from './netlink-transport.ts';
import { createProtocol, type RequestContext } from './protocol.ts';
import { ask } from './request.ts';
import { type NetlinkMessage, type NetlinkReply, toReply } from './wire.ts';

export type { BatchItem, BatchSource } from './batch.ts';
export type { Decode, Dumped } from './dump.ts';
export type { RequestContext } from './protocol.ts';
export type { NetlinkMessage, NetlinkReply } from './wire.ts';

/**
 * Every call ends within its deadline. Failures are `CausewayError`s: `kernel` with the errno (`permission` for EPERM),
 * `deadline`, `unavailable` where the socket fails or too many calls wait.
 */
export interface NetlinkConnection {
  /** One acknowledged request. */
  request(message: NetlinkMessage, context: RequestContext): Promise<void>;
  /** One request and all its replies. */
  query(message: NetlinkMessage, context: RequestContext): Promise<NetlinkReply[]>;
  /** All objects of a kind, consistent: a dump that a change interrupted is taken again. */
  dump(message: NetlinkMessage, context: RequestContext): Promise<NetlinkReply[]>;
  /** The same without an object for each message: `decode` reads it where it lies, perhaps again after a retry. */
  scan<T>(message: NetlinkMessage, context: RequestContext, decode: Decode<T>): Promise<Dumped<T>>;
  /** Any number of requests, in order; a failing one stops no other. An error or undefined for each item. */
  batch(items: readonly BatchItem[]): Promise<(CausewayError | undefined)[]>;
  /** The same for requests that are written straight into what is sent. */
  batchFrom(source: BatchSource): Promise<(CausewayError | undefined)[]>;
  close(): void;
}

export interface ConnectionOptions {
  /** For each exchange with the kernel: a request, a dump, up to a hundred messages of a batch. Default 10,000. */
  readonly timeoutMs?: number;
}

/** What tests replace. */
export interface ConnectionEnvironment extends DumpEnvironment {
  readonly open: OpenTransport;
}

const queueLimit = 1024;

/** Opens a connection of a netlink protocol (0 rtnetlink, 4 sock_diag, 16 generic netlink); the socket opens with the first call. */
export function createConnection(protocol: number, options: ConnectionOptions = {}): NetlinkConnection {
  return connectionOver(
    {
      open: netlinkTransport(protocol),
      schedule: (delayMs, run) => {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
      random: Math.random,
    },
    options,
  );
}

/** The same over any transport, clock and randomness. */
export function connectionOver(
  environment: ConnectionEnvironment,
  options: ConnectionOptions = {},
): NetlinkConnection {
  const protocol = createProtocol(environment.open, {
    timeoutMs: options.timeoutMs ?? 10_000,
    queueLimit,
    schedule: environment.schedule,
  });

  return {
    request: async (message, context) => {
      await ask(protocol, message, context);
    },
    query: (message, context) => ask(protocol, message, context),
    dump: async (message, context) => {
      const { items } = await scan(protocol, environment, message, context, toReply);
      return [...items];
    },
    scan: (message, context, decode) => scan(protocol, environment, message, context, decode),
    batch: (items) => batch(protocol, sourceOf(items)),
    batchFrom: (source) => batch(protocol, source),
    close: () => protocol.close(),
  };
}
