/** How a socket on each address is had: at once, or as soon as the address is there and free. */
import type { Clock, Timer } from '../domain/clock.ts';

export interface ListenersOptions<S extends { close(): unknown }> {
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** Makes a socket that says what becomes of it. `failed` may also come after `listening`; the socket is closed then. */
  readonly create: (address: string, outcome: Outcome) => S;
  /** Begins to listen; may fail before it returns. */
  readonly bind: (socket: S, address: string) => void;
  /** Pause after this error, ms; undefined: short ones that grow. */
  readonly pauseMs?: (error: Error) => number | undefined;
  /** A socket could not be had; told once for each address until it is. */
  readonly onTrouble: (address: string, error: Error) => void;
  readonly onListening: (address: string) => void;
}

export interface Outcome {
  readonly listening: () => void;
  readonly failed: (error: Error) => void;
}

export interface Missing {
  readonly address: string;
  /** Since when, by the monotonic clock. */
  readonly sinceMs: number;
  /** Of the last attempt; undefined while none has ended. */
  readonly error: Error | undefined;
}

export interface Listeners<S> {
  /** On exactly these from now on; sockets of those that stay are kept. */
  keep(addresses: readonly string[]): void;
  /** Undefined where there is none, or not yet. */
  socket(address: string): S | undefined;
  /** Addresses that listen. */
  listening(): string[];
  missing(): Missing[];
  close(): void;
}

interface Listener<S> {
  socket: S | undefined;
  retry: Timer | undefined;
  closed: boolean;
  /** Undefined while it listens. */
  missing: { sinceMs: number; error: Error | undefined } | undefined;
  delayMs: number;
}

const firstRetryMs = 50;
const retryCapMs = 1_000;

export function createListeners<S extends { close(): unknown }>(options: ListenersOptions<S>): Listeners<S> {
  const { clock, random } = options;
  const listeners = new Map<string, Listener<S>>();

  function open(address: string, listener: Listener<S>): void {
    listener.retry = undefined;
    let isOver = false;
    const socket = options.create(address, {
      listening() {
        if (isOver || listener.closed) return;
        listener.missing = undefined;
        listener.delayMs = firstRetryMs;
        options.onListening(address);
      },
      failed(error) {
        if (isOver || listener.closed) return;
        isOver = true;
        const isNews = listener.missing?.error === undefined;
        listener.missing = { sinceMs: listener.missing?.sinceMs ?? clock.monotonicMs(), error };
        listener.socket = undefined;
        socket.close();
        if (isNews) options.onTrouble(address, error);
        const delayMs = options.pauseMs?.(error) ?? listener.delayMs;
        listener.retry = clock.after(delayMs * (0.5 + random() / 2), () => open(address, listener));
        listener.delayMs = Math.min(2 * listener.delayMs, retryCapMs);
      },
    });
    listener.socket = socket;
    options.bind(socket, address);
  }

  function shut(listener: Listener<S>): void {
    listener.closed = true;
    listener.retry?.cancel();
    listener.socket?.close();
    listener.socket = undefined;
  }

  return {
    keep(addresses) {
      for (const [address, listener] of listeners) {
        if (addresses.includes(address)) continue;
        shut(listener);
        listeners.delete(address);
      }
      for (const address of addresses) {
        if (listeners.has(address)) continue;
        const missing = { sinceMs: clock.monotonicMs(), error: undefined };
        const listener: Listener<S> = {
          socket: undefined,
          retry: undefined,
          closed: false,
          missing,
          delayMs: firstRetryMs,
        };
        listeners.set(address, listener);
        open(address, listener);
      }
    },
    socket(address) {
      const listener = listeners.get(address);
      return listener?.missing === undefined ? listener?.socket : undefined;
    },
    listening: () => [...listeners].filter(([, { missing }]) => missing === undefined).map(([name]) => name),
    missing: () =>
      [...listeners].flatMap(([address, { missing }]) =>
        missing === undefined ? [] : [{ address, ...missing }],
      ),
    close() {
      for (const listener of listeners.values()) shut(listener);
      listeners.clear();
    },
  };
}
