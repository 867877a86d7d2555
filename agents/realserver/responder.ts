/** How probes are answered: one socket for each VIP, the answer carrying the verdicts of that VIP's service ports; and the farewell. */
import type { RemoteInfo } from 'node:dgram';
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { probePort } from '../../src/domain/probe.ts';
import {
  decodeRequest,
  encodeAnswer,
  encodeFarewell,
  type Farewell,
  type PortVerdict,
  type ProbeKey,
} from '../../src/probe/datagram.ts';
import type { ProbeSocket } from '../../src/probe/probe-socket.ts';
import { createAskers } from './askers.ts';
import { createListeners, type Missing } from './listeners.ts';
import type { ProbeEnd } from './probe-ends.ts';

export interface ResponderOptions {
  /** Verdicts for a VIP, in any order; undefined for an address that is no VIP of ours. */
  readonly verdicts: (vip: string) => readonly PortVerdict[] | undefined;
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  /** A socket could not be had; told once for each address until it is. */
  readonly onTrouble: (address: string, error: Error) => void;
  readonly onListening: (address: string) => void;
  readonly openSocket: (family: Family) => ProbeSocket;
  /** Port other than `probePort`, for tests. */
  readonly port?: number;
}

export interface Responder {
  /** Listens on exactly these from now on. An address not yet on the host is tried again until it is. */
  listen(ends: readonly ProbeEnd[], key: ProbeKey): void;
  /** Addresses without a socket yet. */
  missing(): Missing[];
  answered(): number;
  ignored(): number;
  /**
   * Answers no more, and tells each who asked lately that the agent goes, in one datagram. Resolves when they are sent, or after a
   * short while without that; never rejects.
   */
  farewell(): Promise<void>;
  close(): void;
}

interface LastRequest extends Farewell {
  /** Of the socket that it came to. */
  readonly end: string;
}

/** Who has not asked for so long no longer counts on us. */
const latelyMs = 3_000;
/** Some hundred bytes each. Who finds no room hears silence instead. */
const askerLimit = 4_096;
const farewellLimitMs = 200;

export function createResponder(options: ResponderOptions): Responder {
  const { clock, random, onTrouble, onListening } = options;
  const askers = createAskers<LastRequest>(askerLimit);
  let ends: ReadonlyMap<string, ProbeEnd> = new Map();
  let answered = 0;
  let ignored = 0;
  let key: ProbeKey | undefined;

  const listeners = createListeners<ProbeSocket>({
    clock,
    random,
    onTrouble,
    onListening,
    create(address, { listening, failed }) {
      const socket = options.openSocket(familyOf(address));
      socket.on('message', (bytes, from) => answer(address, bytes, from));
      socket.once('listening', listening);
      socket.on('error', failed);
      return socket;
    },
    bind: (socket, address) => socket.bind({ address, port: options.port ?? probePort, exclusive: true }),
  });

  function answer(address: string, bytes: Buffer, from: RemoteInfo): void {
    const end = ends.get(address);
    const request = key === undefined || end === undefined ? undefined : decodeRequest(bytes, key);
    // A VIP speaks for itself alone: what is asked of another says nothing of the way to this one.
    const isAddressed = end?.isTranslated === true || request?.vip === address;
    const verdicts = request !== undefined && isAddressed ? options.verdicts(request.vip) : undefined;
    if (key === undefined || request === undefined || verdicts === undefined) {
      // Silence: whoever does not know the key learns nothing.
      ignored += 1;
      return;
    }
    const { nonce, sentAtUs, vip } = request;
    const reply = encodeAnswer({ nonce, sentAtUs, verdicts }, request, bytes.length, key);
    // A failed send is a lost answer; the director sees it as such.
    listeners.socket(address)?.send(reply, from.port, from.address, () => {});
    answered += 1;
    const asker = { address: from.address, port: from.port, vip };
    askers.asked(asker, { nonce, sentAtUs, end: address }, clock.monotonicMs());
  }

  return {
    listen(newEnds, newKey) {
      ends = new Map(newEnds.map((end) => [end.address, end]));
      key = newKey;
      listeners.keep([...ends.keys()]);
    },
    missing: listeners.missing,
    answered: () => answered,
    ignored: () => ignored,
    async farewell() {
      const last = key;
      key = undefined;
      if (last === undefined) return;
      const sent = askers.take(clock.monotonicMs() - latelyMs).map(
        ({ address, port, request: { end, ...head } }) =>
          new Promise<void>((resolve) => {
            const socket = listeners.socket(end);
            if (socket === undefined) resolve();
            else socket.send(encodeFarewell(head, last), port, address, () => resolve());
          }),
      );
      await withinMs(farewellLimitMs, Promise.all(sent), clock);
    },
    close: listeners.close,
  };
}

async function withinMs(limitMs: number, done: Promise<unknown>, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const limit = clock.after(limitMs, resolve);
    const end = () => {
      limit.cancel();
      resolve();
    };
    void done.then(end, end);
  });
}
