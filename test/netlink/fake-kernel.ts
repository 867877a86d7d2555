/** A scripted kernel behind a netlink transport: it answers what a test told it to, and refuses whatever else comes. */
import { connectionOver, type NetlinkConnection } from '../../src/kernel/netlink/connection.ts';
import type { OpenTransport, TransportEvents } from '../../src/kernel/netlink/netlink-transport.ts';
import {
  align4,
  createSendBuffer,
  forEachMessage,
  messageFlag,
  messageType,
  writeMessage,
} from '../../src/kernel/netlink/wire.ts';

export interface SeenRequest {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface Answer {
  readonly type: number;
  readonly flags?: number;
  readonly payload: Uint8Array;
}

/** What the kernel does with one datagram's requests; the answers are sent by `reply`. */
export type Step = (requests: readonly SeenRequest[], kernel: FakeKernel) => void;

export interface FakeKernel {
  readonly connection: NetlinkConnection;
  /** Datagrams so far. */
  readonly sent: number;
  /** Sockets opened so far, and how many of them were closed. */
  readonly opened: number;
  readonly closed: number;
  /** One datagram of answers to a request. */
  reply(request: SeenRequest, answers: readonly Answer[]): void;
  acknowledge(request: SeenRequest, errno?: number): void;
  done(request: SeenRequest, errno?: number, flags?: number): void;
  /** Any bytes as a datagram. */
  deliver(bytes: Uint8Array): void;
  breakSocket(cause: Error): void;
  /** Lets time pass; returns how many timers ran. */
  advance(ms: number): number;
  readonly timers: number;
}

/** Each datagram that is sent takes the next step; a datagram too many fails the test. */
export function fakeKernel(
  steps: readonly Step[],
  options: { readonly timeoutMs?: number; readonly random?: () => number } = {},
): FakeKernel {
  let events: TransportEvents | undefined;
  let sent = 0;
  let opened = 0;
  let closed = 0;
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();

  const open: OpenTransport = (given) => {
    opened += 1;
    events = given;
    return {
      send(bytes, length) {
        const step = steps[sent];
        sent += 1;
        if (step === undefined) throw new Error(`unexpected datagram ${sent}`);
        const requests: SeenRequest[] = [];
        forEachMessage(bytes.slice(0, length), ({ type, flags, sequence, bytes: all, start, end }) => {
          if ((flags & messageFlag.request) === 0) throw new Error(`message ${type} is no request`);
          requests.push({ type, flags, sequence, payload: all.subarray(start, end) });
        });
        // As the real socket does: the answer comes after the send has returned.
        queueMicrotask(() => step(requests, kernel));
      },
      close() {
        closed += 1;
      },
    };
  };

  const kernel: FakeKernel = {
    connection: connectionOver(
      {
        open,
        schedule: (delayMs, run) => {
          const timer = { at: now + delayMs, run };
          timers.add(timer);
          return () => timers.delete(timer);
        },
        random: options.random ?? (() => 0.5),
      },
      { timeoutMs: options.timeoutMs ?? 1000 },
    ),
    get sent() {
      return sent;
    },
    get opened() {
      return opened;
    },
    get closed() {
      return closed;
    },
    get timers() {
      return timers.size;
    },
    reply(request, answers) {
      events?.datagram(datagram(request.sequence, answers));
    },
    acknowledge(request, errno = 0) {
      const payload = new Uint8Array(4 + 16);
      new DataView(payload.buffer).setInt32(0, -errno, true);
      kernel.reply(request, [{ type: messageType.error, payload }]);
    },
    done(request, errno = 0, flags = 0) {
      const payload = new Uint8Array(4);
      new DataView(payload.buffer).setInt32(0, -errno, true);
      kernel.reply(request, [{ type: messageType.done, flags: messageFlag.multi | flags, payload }]);
    },
    deliver(bytes) {
      events?.datagram(bytes);
    },
    breakSocket(cause) {
      events?.failure(cause);
    },
    advance(ms) {
      const until = now + ms;
      let ran = 0;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers.delete(next);
        now = next.at;
        ran += 1;
        next.run();
      }
      now = until;
      return ran;
    },
  };
  return kernel;
}

function datagram(sequence: number, answers: readonly Answer[]): Uint8Array {
  const target = createSendBuffer(answers.reduce((sum, { payload }) => sum + align4(16 + payload.length), 0));
  let offset = 0;
  for (const { type, flags = 0, payload } of answers) {
    offset = writeMessage(target, offset, { type, payload }, flags, sequence);
  }
  return target.bytes;
}

/** The only request of a datagram. */
export function single(requests: readonly SeenRequest[]): SeenRequest {
  const [request] = requests;
  if (request === undefined || requests.length > 1)
    throw new Error(`${requests.length} requests, wanted one`);
  return request;
}

/** Lets what is ready run: promises and microtasks, no clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
