/** What this director hears of what real servers of other sites send from their VIPs. It answers nothing. */
import { canonicalAddress, type Family, familyOf } from '../domain/address.ts';
import type { Clock } from '../domain/clock.ts';
import { named } from '../domain/named.ts';
import type { SnapshotKey } from '../domain/probe.ts';
import { collectorPort, type ReturnPathReport } from '../domain/return-path.ts';
import type { Steps } from '../domain/steps.ts';
import { createListeners } from '../runtime/listeners.ts';
import { probeKey } from './hmac.ts';
import { senderKeyHex } from './keys.ts';
import type { ProbeSocket } from './probe-socket.ts';
import { decodeRound, type RoundDatagram } from './return-path.ts';
import { afterDatagram, clocksApartMs, reportOfTrack, type SenderTrack } from './return-path-track.ts';
import type { Seal } from './seal.ts';

export interface CollectorOptions {
  /** This host's own: the DIP, and one of the other family where it has one. */
  readonly addresses: readonly string[];
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  readonly openSocket: (family: Family) => ProbeSocket;
  /** Port other than `collectorPort`, for tests. */
  readonly port?: number;
}

export interface Collector {
  /** Its own, of each secret that may be in use; none: it hears nobody. */
  watch(keys: readonly SnapshotKey[]): void;
  /** Of whom it was heard lately, by name; empty where of nobody. Yields between real servers: others may be heard meanwhile. */
  report(): Steps<{ readonly returnPaths?: readonly ReturnPathReport[] }>;
  /** Datagrams. */
  counts(): { readonly heard: number; readonly ignored: number };
  /** Why it is deaf, a sentence; undefined: it is not. */
  trouble(): string | undefined;
  close(): void;
}

/** Real servers; of more, who was silent longest is forgotten. Some hundred bytes each. */
const sendersAtMost = 32_768;
const sendersAStep = 500;
/** VIPs in a report: those of real servers beyond that are not told of. */
const vipsAtMost = 100_000;
/** Three rounds at the slow pace, and more: a word that is older tells of nothing. */
const senderForMs = 2 * 60_000;

/** A socket may take a moment. */
const longMs = 10_000;

interface Sender {
  readonly track: SenderTrack;
  readonly seals: ReadonlyMap<number, Seal>;
  /** Made when it is asked for. */
  report?: { readonly of: ReturnPathReport | undefined };
}

export function createCollector(options: CollectorOptions): Collector {
  const { clock, port = collectorPort } = options;
  let keys: ReadonlyMap<number, string> = new Map();
  /** Who was heard last stands last. */
  const senders = new Map<string, Sender>();
  let heard = 0;
  let ignored = 0;

  const listeners = createListeners<ProbeSocket>({
    clock,
    random: options.random,
    onTrouble: () => {},
    onListening: () => {},
    create(address, { listening, failed }) {
      const socket = options.openSocket(familyOf(address));
      socket.on('message', (bytes, from) => hear(bytes, from.address));
      socket.once('listening', listening);
      socket.on('error', failed);
      return socket;
    },
    bind: (socket, address) => socket.bind({ address, port, exclusive: true }),
  });

  function hear(bytes: Buffer, fromAddress: string): void {
    const from = canonicalAddress(fromAddress);
    let by: Seal | undefined;
    const datagram = decodeRound(bytes, (realServer, epoch) => {
      by = sealOf(realServer, epoch);
      return by;
    });
    if (datagram === undefined || by === undefined || from === undefined || !isBelievable(datagram, from)) {
      ignored += 1;
      return;
    }
    const { realServer, epoch } = datagram;
    const known = senders.get(realServer);
    const track = afterDatagram(known?.track, datagram, clock.monotonicMs());
    if (track === known?.track) {
      ignored += 1;
      return;
    }
    heard += 1;
    const seals = known?.seals.has(epoch) === true ? known.seals : new Map(known?.seals).set(epoch, by);
    senders.delete(realServer);
    senders.set(realServer, { track, seals });
    if (senders.size <= sendersAtMost) return;
    const [oldest] = senders.keys();
    if (oldest !== undefined) senders.delete(oldest);
  }

  function sealOf(realServer: string, epoch: number): Seal | undefined {
    const own = keys.get(epoch);
    if (own === undefined) return undefined;
    // Made anew for whoever only says that he is it: nothing is kept of a name that nobody has proved.
    return (
      senders.get(realServer)?.seals.get(epoch) ?? {
        key: probeKey(senderKeyHex(own, realServer)),
        pair: undefined,
      }
    );
  }

  /** A proof comes from the VIP that it is of; a presence from none, or it would be one itself. */
  function isBelievable({ kind, round, vips }: RoundDatagram, from: string): boolean {
    if (Math.abs(round - clock.nowMs()) > clocksApartMs) return false;
    return kind === 'proof' ? vips[0] === from : !vips.includes(from);
  }

  return {
    watch(wanted) {
      const now = new Map(wanted.map(({ epoch, keyHex }) => [epoch, keyHex]));
      const isSame = now.size === keys.size && [...now].every(([epoch, hex]) => keys.get(epoch) === hex);
      keys = now;
      listeners.keep(now.size === 0 ? [] : options.addresses);
      if (!isSame) for (const [name, { track }] of senders) senders.set(name, { track, seals: new Map() });
    },
    *report() {
      const nowMs = clock.monotonicMs();
      const reports: ReturnPathReport[] = [];
      let vips = 0;
      for (const [index, name] of [...senders.keys()].entries()) {
        if (index % sendersAStep === sendersAStep - 1) yield;
        const sender = senders.get(name);
        if (sender === undefined) continue;
        if (nowMs - sender.track.atMs > senderForMs) {
          senders.delete(name);
          continue;
        }
        sender.report ??= { of: reportOfTrack(name, sender.track) };
        const report = sender.report.of;
        if (report === undefined) continue;
        vips += report.heard.length + report.silent.length;
        if (vips > vipsAtMost) break;
        reports.push(report);
      }
      if (reports.length === 0) return {};
      yield;
      return { returnPaths: reports.toSorted((a, b) => (a.realServer < b.realServer ? -1 : 1)) };
    },
    counts: () => ({ heard, ignored }),
    trouble() {
      const deaf = listeners.missing().filter(({ sinceMs }) => clock.monotonicMs() - sinceMs >= longMs);
      const [first] = deaf;
      if (first === undefined) return undefined;
      return (
        `what real servers of other sites send from their VIPs cannot be heard at ${named(deaf.map((one) => one.address))} ` +
        `(${first.error?.message ?? 'no socket yet'}): see who holds UDP ${port} there`
      );
    },
    close: listeners.close,
  };
}
