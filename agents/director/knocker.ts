/**
 * How a director knocks: a TCP handshake from the source port that carries a real server's mark, and a reset right after it. It
 * leaves no TIME_WAIT that would hold the port, and no connection at the application.
 */
import type { TcpNetConnectOpts } from 'node:net';
import { familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { probeSourcePort } from '../../src/domain/probe.ts';
import type { KnockOutcome } from '../../src/plan/path-health.ts';

/** What a knock uses of a TCP connection. */
export interface KnockSocket {
  once(event: 'connect' | 'close', happened: () => void): unknown;
  on(event: 'error', failed: (error: NodeJS.ErrnoException) => void): unknown;
  resetAndDestroy(): unknown;
  destroy(): unknown;
}

export interface KnockerOptions {
  /** DIP: knocks leave from it. */
  readonly address: string;
  /** Of this host, for VIPs of a family that is not the DIP's. */
  readonly otherAddresses: readonly string[];
  readonly clock: Clock;
  readonly connect: (options: TcpNetConnectOpts) => KnockSocket;
  readonly onOutcome: (outcome: KnockOutcome | 'untried') => void;
}

export interface Knocker {
  /** Undefined where it could not be tried: no room, no port, no route, not allowed. */
  knock(slot: number, vip: string, port: number, timeoutMs: number): Promise<KnockOutcome | undefined>;
  /** Why the last one could not be tried; empty: it could. */
  trouble(): string;
  close(): void;
}

/** Each holds a descriptor for a round trip, or for its timeout. */
const inFlightLimit = 1_024;
/** This host's own refusal: nothing left it. What a router or IPVS says of the way (EHOSTUNREACH) is an answer's absence. */
const untried = new Set([
  'EADDRINUSE',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOBUFS',
  'ENOMEM',
  'EMFILE',
  'ENFILE',
  'EINVAL',
]);

/** Only an established connection ends in a reset: it was quicker than the news of the handshake. */
const answers: Readonly<Record<string, KnockOutcome>> = { ECONNREFUSED: 'refused', ECONNRESET: 'handshake' };

export function createKnocker(options: KnockerOptions): Knocker {
  const { clock } = options;
  const addresses = [options.address, ...options.otherAddresses];
  const sockets = new Set<KnockSocket>();
  let trouble = '';
  let closed = false;

  function attempt(slot: number, vip: string, port: number, timeoutMs: number) {
    return new Promise<KnockOutcome | undefined>((resolve) => {
      // Left to itself the kernel takes the address that is asked, for the VIP is this host's as well (RFC 6724, rule 1): no answer finds back.
      const address = addresses.find((one) => familyOf(one) === familyOf(vip));
      const own = address === undefined ? {} : { localAddress: address };
      const begunMs = clock.monotonicMs();
      const socket = options.connect({ host: vip, port, localPort: probeSourcePort(slot), ...own });
      sockets.add(socket);
      const timer = clock.after(timeoutMs, () => {
        // After the poll phase: a stalled loop hears the handshake that waits in its socket before it counts as failed.
        setImmediate(() => {
          // Longer asleep than asleep-proof: what came meanwhile was not waited for.
          const isOverslept = clock.monotonicMs() - begunMs > 2 * timeoutMs;
          finish(isOverslept ? undefined : 'silent');
        });
      });
      function finish(outcome: KnockOutcome | undefined): void {
        if (!sockets.delete(socket)) return;
        timer.cancel();
        // A reset where there is a connection; a SYN without answer is just forgotten.
        if (outcome === 'handshake') socket.resetAndDestroy();
        else socket.destroy();
        resolve(outcome);
      }
      socket.once('connect', () => finish('handshake'));
      socket.on('error', (error: NodeJS.ErrnoException) => {
        const { code = '' } = error;
        if (untried.has(code)) trouble = error.message;
        finish(untried.has(code) ? undefined : (answers[code] ?? 'silent'));
      });
      socket.once('close', () => finish('silent'));
    });
  }

  return {
    async knock(slot, vip, port, timeoutMs) {
      if (closed || sockets.size >= inFlightLimit) return undefined;
      const outcome = await attempt(slot, vip, port, timeoutMs);
      if (outcome !== undefined) trouble = '';
      options.onOutcome(outcome ?? 'untried');
      return outcome;
    },
    trouble: () => trouble,
    close() {
      closed = true;
      for (const socket of sockets) socket.destroy();
    },
  };
}
