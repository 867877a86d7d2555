/** How probes are answered: one socket for each VIP, the answer carrying the verdicts of that VIP's service ports; bad news, which waits for no question; and the farewell. */
import type { RemoteInfo } from 'node:dgram';
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { probePort } from '../../src/domain/probe.ts';
import { decodeRequest, encodeAnswer, encodeFarewell, type Farewell } from '../../src/probe/datagram.ts';
import type { ProbeSocket } from '../../src/probe/probe-socket.ts';
import type { Seal } from '../../src/probe/seal.ts';
import { decodeSizeQuestion, encodeSizeAnswer, isSizeQuestion } from '../../src/probe/size-datagram.ts';
import type { PortVerdict } from '../../src/probe/verdict-runs.ts';
import { createListeners, type Missing } from '../../src/runtime/listeners.ts';
import type { AskerKeys } from './asker-keys.ts';
import { createAskers } from './askers.ts';
import type { ProbeEnd } from './probe-ends.ts';
import { createSeenNonces } from './seen-nonces.ts';

export interface ResponderOptions {
  /** Verdicts for a VIP, in any order; undefined for an address that is no VIP of ours. */
  readonly verdicts: (vip: string) => readonly PortVerdict[] | undefined;
  readonly sealOf: AskerKeys['sealOf'];
  /** A director says, with each question, which packets get here through the tunnel. */
  readonly onMtu?: (director: string, mtuBytes: number) => void;
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
  listen(ends: readonly ProbeEnd[]): void;
  /** Addresses without a socket yet. */
  missing(): Missing[];
  answered(): number;
  ignored(): number;
  /** Sends something else from a VIP; false where there is no socket yet. */
  sendFrom(vip: string, ...datagram: Parameters<ProbeSocket['send']>): boolean;
  /** Something is worse on this VIP: each who asked lately is answered once more, soon, without another question. */
  worsened(vip: string): void;
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
  readonly seal: Seal;
  readonly answers: number | undefined;
  /** How long it was: no answer is longer. */
  readonly bytes: number;
}

/** Who has not asked for so long no longer counts on us. */
const latelyMs = 3_000;
/** Some hundred bytes each. Who finds no room hears silence instead. */
const askerLimit = 4_096;
const farewellLimitMs = 200;
/** What fails together is told together. */
const newsAfterMs = 5;
/** Some seconds of a hundred directors at ten VIPs; some 60 bytes each. */
const nonceLimit = 16_384;

export function createResponder(options: ResponderOptions): Responder {
  const { clock, random, onTrouble, onListening } = options;
  const askers = createAskers<LastRequest>(askerLimit);
  let ends: ReadonlyMap<string, ProbeEnd> = new Map();
  let answered = 0;
  let ignored = 0;
  const nonces = createSeenNonces(nonceLimit);
  let isSilent = true;
  const worse = new Set<string>();

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
    if (isSizeQuestion(bytes)) {
      answerSize(address, bytes, from);
      return;
    }
    const end = isSilent ? undefined : ends.get(address);
    const asked = end && decodeRequest(bytes, (asker) => options.sealOf(asker, from.address));
    // A VIP speaks for itself alone: what is asked of another says nothing of the way to this one.
    const isAddressed = end?.isTranslated === true || asked?.request.vip === address;
    const verdicts = asked !== undefined && isAddressed ? options.verdicts(asked.request.vip) : undefined;
    if (asked === undefined || verdicts === undefined || !nonces.isNew(asked.request.nonce)) {
      // Silence: whoever does not know the key learns nothing, nor does who sends again what he has recorded.
      ignored += 1;
      return;
    }
    const { request, seal } = asked;
    const { nonce, sentAtUs, vip, answers } = request;
    const reply = encodeAnswer({ nonce, sentAtUs, verdicts }, request, bytes.length, seal);
    // A failed send is a lost answer; the director sees it as such.
    listeners.socket(address)?.send(reply, from.port, from.address, () => {});
    answered += 1;
    if (seal.pair !== undefined && request.mtuBytes !== undefined)
      options.onMtu?.(seal.pair.director, request.mtuBytes);
    const asker = { address: from.address, port: from.port, vip };
    askers.asked(
      asker,
      { nonce, sentAtUs, end: address, seal, answers, bytes: bytes.length },
      clock.monotonicMs(),
    );
  }

  /** That it came is all that is asked; to be asked by it is no asking of the application. */
  function answerSize(address: string, bytes: Buffer, from: RemoteInfo): void {
    const end = isSilent ? undefined : ends.get(address);
    const asked = end && decodeSizeQuestion(bytes, (asker) => options.sealOf(asker, from.address));
    const isAddressed = end?.isTranslated === true || asked?.question.vip === address;
    if (asked === undefined || !isAddressed || !nonces.isNew(asked.question.nonce)) {
      ignored += 1;
      return;
    }
    const reply = encodeSizeAnswer(asked.question, asked.seal);
    listeners.socket(address)?.send(reply, from.port, from.address, () => {});
    answered += 1;
  }

  /** Under the nonce of the last request; the first page tells what is not well. */
  function tell(vip: string): void {
    worse.delete(vip);
    const verdicts = isSilent ? undefined : options.verdicts(vip);
    if (verdicts === undefined) return;
    for (const { address, port, request } of askers.of(vip, clock.monotonicMs() - latelyMs)) {
      const { nonce, sentAtUs, end, seal, answers = 1, bytes } = request;
      const reply = encodeAnswer({ nonce, sentAtUs, verdicts }, { answers, vip }, bytes, seal);
      listeners.socket(end)?.send(reply, port, address, () => {});
    }
  }

  return {
    listen(newEnds) {
      ends = new Map(newEnds.map((end) => [end.address, end]));
      isSilent = false;
      listeners.keep([...ends.keys()]);
    },
    missing: listeners.missing,
    answered: () => answered,
    ignored: () => ignored,
    sendFrom(vip, ...datagram) {
      const socket = listeners.socket(vip);
      socket?.send(...datagram);
      return socket !== undefined;
    },
    worsened(vip) {
      if (worse.has(vip)) return;
      worse.add(vip);
      clock.after(newsAfterMs, () => tell(vip));
    },
    async farewell() {
      isSilent = true;
      const sent = askers.take(clock.monotonicMs() - latelyMs).map(
        ({ address, port, vip, request: { end, seal, nonce, sentAtUs } }) =>
          new Promise<void>((resolve) => {
            const socket = listeners.socket(end);
            if (socket === undefined) resolve();
            else socket.send(encodeFarewell({ nonce, sentAtUs }, seal, vip), port, address, () => resolve());
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
