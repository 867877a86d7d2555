/**
 * Who completes the TCP handshakes by which directors ask this host's kernel whether it lives: a socket that outlives this agent,
 * or, where there is none, the agent itself. Nothing is ever said on such a connection: a director resets it as soon as it stands,
 * and whoever does not is reset.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../src/domain/clock.ts';
import { probePort } from '../../src/domain/probe.ts';
import { createListeners, type Missing } from '../../src/runtime/listeners.ts';
import type { Handshake } from './local-handshake.ts';

export interface KnockOptions {
  /** Descriptors of listening sockets that were handed over. */
  readonly inherited: readonly number[];
  readonly handshake: Handshake;
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** A descriptor that was handed over is of no use. */
  readonly onUseless: (descriptor: number, reason: string) => void;
  /** Port other than `probePort`, for tests. */
  readonly port?: number;
}

export interface KnockState {
  /** Addresses where the agent listens itself: with it the answer goes. */
  readonly own: readonly string[];
  /** Addresses whose port somebody else holds without completing a handshake. */
  readonly taken: readonly string[];
  /** Addresses with no listener for another reason. */
  readonly missing: readonly Missing[];
}

export interface Knock {
  /** Sees to it that handshakes are completed on exactly these. */
  listen(addresses: readonly string[]): void;
  state(): KnockState;
  /** Closes what is the agent's own; the sockets handed over stay open where they came from. */
  close(): void;
}

/** As the unit has it: a shared socket has one queue, and whoever listens last sets its length. */
const backlog = 4_096;
const openLimitMs = 1_000;
const openLimit = 1_024;
/** Whoever holds the port was there before us, and is looked at again this seldom. */
const heldPauseMs = 30_000;

export function createKnock(options: KnockOptions): Knock {
  const { clock, random, handshake, onUseless } = options;
  const port = options.port ?? probePort;
  /** Where somebody else holds the port: whether a handshake is completed there. */
  const held = new Map<string, boolean>();
  let closed = false;

  const listeners = createListeners<Server>({
    clock,
    random,
    onTrouble: () => {},
    onListening: (address) => held.delete(address),
    pauseMs: (error) => (isInUse(error) ? heldPauseMs : undefined),
    create(address, { listening, failed }) {
      const server = createResetting();
      server.once('listening', listening);
      server.on('error', (error) => {
        if (isInUse(error)) void lookAt(address);
        else held.delete(address);
        failed(error);
      });
      return server;
    },
    bind: (server, host) => server.listen({ host, port, backlog, exclusive: true, ipv6Only: true }),
  });

  async function lookAt(address: string): Promise<void> {
    const completed = await handshake(address, port);
    if (!closed) held.set(address, completed);
  }

  function adopt(descriptor: number): Server {
    const server = createResetting();
    server.on('error', (error) => onUseless(descriptor, error.message));
    server.once('listening', () => {
      const bound = server.address();
      if (typeof bound === 'object' && bound?.port === port) return;
      const where = typeof bound === 'object' ? `TCP port ${bound?.port}` : bound;
      onUseless(descriptor, `it listens on ${where}, not on TCP port ${port}`);
      server.close();
    });
    // With a descriptor, Node takes the length from here alone.
    return server.listen({ fd: descriptor }, backlog);
  }

  const adopted = options.inherited.map(adopt);

  return {
    listen(addresses) {
      for (const address of held.keys()) if (!addresses.includes(address)) held.delete(address);
      // On each, whatever was handed over: where a socket holds the port, a handshake shows that it does what it is for.
      listeners.keep(addresses);
    },
    state() {
      const missing = listeners.missing().filter(({ error }) => error !== undefined && !isInUse(error));
      const taken = [...held].filter(([, completed]) => !completed).map(([address]) => address);
      return { own: listeners.listening(), taken, missing };
    },
    close() {
      closed = true;
      listeners.close();
      for (const server of adopted) server.close();
    },
  };
}

function createResetting(): Server {
  const server = createServer((socket: Socket) => {
    const reset = () => socket.resetAndDestroy();
    // Not at once: a reset that overtakes the news of the handshake makes an error of it on the other side.
    const limit = setTimeout(reset, openLimitMs);
    socket.once('close', () => clearTimeout(limit));
    socket.on('error', () => {});
    // Directors say nothing.
    socket.once('data', reset);
    socket.once('end', reset);
  });
  server.maxConnections = openLimit;
  return server;
}

function isInUse(error: Error): boolean {
  return 'code' in error && error.code === 'EADDRINUSE';
}
