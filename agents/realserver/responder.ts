/** How probes are answered: one socket for each VIP, the answer carrying the verdicts of that VIP's service ports. */
import type { RemoteInfo, Socket } from 'node:dgram';
import { familyOf } from '../../src/domain/address.ts';
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { probePort } from '../../src/domain/probe.ts';
import { decodeRequest, encodeAnswer, type PortVerdict, type ProbeKey } from '../../src/probe/datagram.ts';
import { createProbeSocket } from '../../src/probe/socket.ts';

export interface ResponderOptions {
  /** Verdicts for a VIP, in any order; undefined for an address that is no VIP of ours. */
  readonly verdicts: (vip: string) => readonly PortVerdict[] | undefined;
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** A socket could not be had; told once for each address until it is. */
  readonly onTrouble: (address: string, error: Error) => void;
  readonly onListening: (address: string) => void;
  /** Port other than `probePort`, for tests. */
  readonly port?: number;
}

export interface Responder {
  /** Listens on exactly these addresses from now on. An address not yet on the host is tried again until it is. */
  listen(addresses: readonly string[], key: ProbeKey): void;
  /** Addresses without a socket yet. */
  missing(): string[];
  answered(): number;
  ignored(): number;
  close(): void;
}

const firstRetryMs = 50;
const retryCapMs = 1_000;

export function createResponder(options: ResponderOptions): Responder {
  const listeners = new Map<string, Listener>();
  let answered = 0;
  let ignored = 0;
  let key: ProbeKey | undefined;

  function answer(listener: Listener, bytes: Buffer, from: RemoteInfo): void {
    const request = key === undefined ? undefined : decodeRequest(bytes, key);
    const verdicts = request === undefined ? undefined : options.verdicts(request.vip);
    if (key === undefined || request === undefined || verdicts === undefined) {
      // Silence: whoever does not know the key learns nothing.
      ignored += 1;
      return;
    }
    const reply = encodeAnswer({ ...request, verdicts }, bytes.length, key);
    // A failed send is a lost answer; the director sees it as such.
    listener.socket?.send(reply, from.port, from.address, () => {});
    answered += 1;
  }

  function open(address: string, listener: Listener): void {
    listener.retry = undefined;
    const socket = createProbeSocket(familyOf(address));
    listener.socket = socket;
    socket.on('message', (bytes, from) => answer(listener, bytes, from));
    socket.once('listening', () => {
      listener.listening = true;
      listener.delayMs = firstRetryMs;
      options.onListening(address);
    });
    socket.on('error', (error) => {
      if (listener.closed || listener.socket !== socket) return;
      const news = listener.listening || listener.delayMs === firstRetryMs;
      listener.listening = false;
      listener.socket = undefined;
      socket.close();
      if (news) options.onTrouble(address, error);
      listener.retry = options.clock.after(listener.delayMs * (0.5 + options.random() / 2), () =>
        open(address, listener),
      );
      listener.delayMs = Math.min(2 * listener.delayMs, retryCapMs);
    });
    socket.bind({ address, port: options.port ?? probePort, exclusive: true });
  }

  return {
    listen(addresses, newKey) {
      key = newKey;
      for (const [address, listener] of listeners) {
        if (addresses.includes(address)) continue;
        shut(listener);
        listeners.delete(address);
      }
      for (const address of addresses) {
        if (listeners.has(address)) continue;
        const listener: Listener = { closed: false, listening: false, delayMs: firstRetryMs };
        listeners.set(address, listener);
        open(address, listener);
      }
    },
    missing: () => [...listeners].filter(([, listener]) => !listener.listening).map(([address]) => address),
    answered: () => answered,
    ignored: () => ignored,
    close() {
      for (const listener of listeners.values()) shut(listener);
      listeners.clear();
    },
  };
}

interface Listener {
  socket?: Socket | undefined;
  retry?: Timer | undefined;
  closed: boolean;
  listening: boolean;
  delayMs: number;
}

function shut(listener: Listener): void {
  listener.closed = true;
  listener.retry?.cancel();
  listener.socket?.close();
  listener.socket = undefined;
}
