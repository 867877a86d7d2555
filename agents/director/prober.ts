/**
 * How a director probes: for each real server a socket on that server's own source port, from which every VIP is asked
 * once an interval. The port's firewall mark makes IPVS tunnel the datagram to just that server; the answer comes back
 * from the VIP, straight to this socket.
 */
import type { RemoteInfo } from 'node:dgram';
import { canonicalAddress, type Family, familyOf } from '../../src/domain/address.ts';
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { type ProbeSettings, probePort, probeSourcePort } from '../../src/domain/probe.ts';
import { decodeAnswer, decodeFarewell, encodeRequest, nonceOf } from '../../src/probe/datagram.ts';
import type { ProbeSocket } from '../../src/probe/probe-socket.ts';
import type { Seal } from '../../src/probe/seal.ts';
import { isSizeAnswer } from '../../src/probe/size-datagram.ts';
import type { PortVerdict } from '../../src/probe/verdict-runs.ts';
import { createOutstanding } from './outstanding.ts';
import type { ProbeTarget } from './probe-targets.ts';
import { createSeals } from './seals.ts';

export interface ProbedPath {
  readonly realServer: string;
  readonly vip: string;
}

export interface ProberOptions {
  /** This director's, as real servers are told it. */
  readonly name: string;
  /** DIP: probes leave from it. */
  readonly address: string;
  /** Of this host, for VIPs of a family that is not the DIP's. */
  readonly otherAddresses: readonly string[];
  readonly clock: Clock;
  /** 0..1, for the time of the first probe. */
  readonly random: () => number;
  /** Unguessable, unsigned 64 bit. */
  readonly nonce: () => bigint;
  readonly openSocket: (family: Family) => ProbeSocket;
  /** `id` is the probe's, one after the other; times are monotonic ms. */
  readonly onSent: (path: ProbedPath, id: number, atMs: number) => void;
  /** It did not leave this host after all: no socket, no route, no room. */
  readonly onUnsent: (path: ProbedPath, id: number, atMs: number) => void;
  /** The agent there ends in order. */
  readonly onFarewell: (path: ProbedPath, atMs: number) => void;
  /** `isWhole`: ports that `verdicts` leaves out are unknown there; else other answers tell of them. */
  readonly onAnswer: (
    path: ProbedPath,
    id: number,
    atMs: number,
    verdicts: readonly PortVerdict[],
    isWhole: boolean,
  ) => void;
  /** Told without a question of its own: no sign of life, and to be believed only where it says that something is worse. */
  readonly onNews: (path: ProbedPath, atMs: number, verdicts: readonly PortVerdict[]) => void;
  readonly onLost: (path: ProbedPath) => void;
  /** An answer, not looked at, to a question of a size that somebody has sent by `send`. */
  readonly onSize?: (path: ProbedPath, bytes: Buffer) => void;
  /** The largest packet that gets through to it, bytes; undefined: it is not known. */
  readonly mtuOf?: (realServer: string) => number | undefined;
  /** Intervals from one probe to the next, 1 or more: who carries no traffic need not be asked as often. */
  readonly pace: (realServer: string) => number;
  /** An interval is over, whether it was this one's turn or not, and what had arrived by then has been heard. */
  readonly onRound: (realServer: string) => void;
  /** A socket can't be had or sending fails; told once until it works again. */
  readonly onTrouble: (realServer: string, error: Error) => void;
  readonly port?: number;
}

export interface Prober {
  /** Probes exactly these from now on; sockets of those that stay are kept, of those that left are closed. */
  watch(targets: readonly ProbeTarget[], settings: ProbeSettings): void;
  readonly outstanding: number;
  /** From the socket by which this real server is probed. What does not leave is lost. */
  send(path: ProbedPath, bytes: Buffer): void;
  /** By which it is asked; undefined: there is no key for it. */
  sealOf(realServer: string): Seal | undefined;
  /** Real servers that can't be asked now, and why. */
  troubles(): ReadonlyMap<string, string>;
  close(): void;
}

/** Ten seconds of a thousand paths at 7 probes a second would be 70,000; beyond that the oldest count as lost. */
const outstandingLimit = 65_536;
const retryMs = 1_000;
/**
 * Times an interval at which some are probed. Up to so many real servers each has a beat of its own: probes that leave together come
 * back together, and those that wait for their turn to be read look far away.
 */
const beatLimit = 4;

interface Probe {
  readonly path: ProbedPath;
  readonly id: number;
  /** By which it was asked, and is answered. */
  readonly seal: Seal | undefined;
}

interface Probed {
  target: ProbeTarget;
  /** Intervals since the last probe. */
  waited: number;
  readonly sockets: Map<Family, ProbeSocket>;
  /** By VIP: what was answered last, which news and a farewell may name. */
  readonly answered: Map<string, { readonly nonce: bigint; readonly seal: Seal }>;
  /** By VIP: the page to ask for next, and how many there are; absent where one holds all. */
  readonly pages: Map<string, { readonly next: number; readonly count: number }>;
  /** No new attempt at a socket before this time, by the monotonic clock. */
  retryAtMs: number;
  /** Why it could not be asked the last time; empty: it could. */
  trouble: string;
  closed: boolean;
}

export function createProber(options: ProberOptions): Prober {
  const { clock } = options;
  const probed = new Map<string, Probed>();
  const outstanding = createOutstanding<Probe>(outstandingLimit, ({ path }) => options.onLost(path));
  let lastId = 0;
  let beatNumber = -1;
  let timer: Timer | undefined;
  let settings: ProbeSettings | undefined;
  const seals = createSeals(options);

  function trouble(subject: Probed, error: Error): void {
    if (subject.trouble === '' && !subject.closed) options.onTrouble(subject.target.realServer, error);
    subject.trouble = error.message;
  }

  function socketOf(subject: Probed, family: Family): ProbeSocket | undefined {
    const known = subject.sockets.get(family);
    if (known !== undefined || clock.monotonicMs() < subject.retryAtMs) return known;
    const socket = options.openSocket(family);
    subject.sockets.set(family, socket);
    socket.on('message', (bytes, from) => hear(subject, bytes, from));
    socket.on('error', (error) => {
      trouble(subject, error);
      if (subject.sockets.get(family) === socket) subject.sockets.delete(family);
      subject.retryAtMs = clock.monotonicMs() + retryMs;
      socket.close();
    });
    // Left to itself the kernel takes the address that is asked, for the VIP is this host's as well (RFC 6724, rule 1): no answer finds back.
    const address = [options.address, ...options.otherAddresses].find((one) => familyOf(one) === family);
    const port = probeSourcePort(subject.target.slot);
    socket.bind({ port, exclusive: true, ...(address === undefined ? {} : { address }) });
    // With a literal address a failure to bind is told before bind returns, and has taken the socket away.
    return subject.sockets.get(family);
  }

  /** Whoever holds the key but stands elsewhere is heard as little as whoever lacks it. */
  function hear(subject: Probed, bytes: Buffer, from: RemoteInfo): void {
    const nonce = nonceOf(bytes);
    const vip = canonicalAddress(from.address);
    if (from.port !== (options.port ?? probePort) || nonce === undefined || vip === undefined) return;
    if (isSizeAnswer(bytes)) {
      options.onSize?.({ realServer: subject.target.realServer, vip }, bytes);
      return;
    }
    const probe = outstanding.find(nonce);
    const seal = probe?.path.vip === vip ? probe.seal : undefined;
    const answer = seal && decodeAnswer(bytes, seal, vip);
    if (probe === undefined || seal === undefined || answer === undefined) {
      hearUnasked(subject, bytes, { nonce, vip, seal });
      return;
    }
    outstanding.answered(nonce);
    subject.answered.set(vip, { nonce, seal });
    const { verdicts, pages } = answer;
    if (pages === 1) subject.pages.delete(vip);
    else subject.pages.set(vip, { next: subject.pages.get(vip)?.next ?? 0, count: pages });
    options.onAnswer(probe.path, probe.id, clock.monotonicMs(), verdicts, pages === 1);
  }

  /** Good for the last probe alone, a farewell answered or not: an old one that somebody recorded ends nobody. `seal`: of one that is not answered yet. */
  function hearUnasked(
    subject: Probed,
    bytes: Buffer,
    { nonce, vip, seal }: { nonce: bigint; vip: string; seal: Seal | undefined },
  ): void {
    const last = subject.answered.get(vip);
    const isLast = last?.nonce === nonce;
    const known = isLast ? last.seal : seal;
    if (known === undefined) return;
    const path = { realServer: subject.target.realServer, vip };
    if (decodeFarewell(bytes, known, vip) !== undefined) {
      options.onFarewell(path, clock.monotonicMs());
      return;
    }
    const news = isLast ? decodeAnswer(bytes, known, vip) : undefined;
    if (news !== undefined) options.onNews(path, clock.monotonicMs(), news.verdicts);
  }

  /** The first page tells of all that is not well, so it is asked for every other time. */
  function nextPage({ pages }: Probed, vip: string): number {
    const known = pages.get(vip);
    if (known === undefined) return 0;
    pages.set(vip, { ...known, next: (known.next + 1) % (2 * (known.count - 1)) });
    return known.next % 2 === 0 ? 0 : (known.next + 1) / 2;
  }

  function askInTurn(subject: Probed): void {
    subject.waited += 1;
    if (subject.waited < options.pace(subject.target.realServer)) return;
    subject.waited = 0;
    ask(subject);
  }

  function ask(subject: Probed): void {
    const { realServer, vips } = subject.target;
    for (const { address: vip, ports } of vips) {
      const nonce = options.nonce();
      const path = { realServer, vip };
      const atMs = clock.monotonicMs();
      const sentAtUs = Math.round(atMs * 1_000);
      lastId += 1;
      const id = lastId;
      const seal = seals.of(realServer);
      outstanding.sent(nonce, { path, id, seal }, sentAtUs);
      options.onSent(path, id, atMs);
      const unsent = (): void => {
        outstanding.answered(nonce);
        options.onUnsent(path, id, clock.monotonicMs());
      };
      const socket = socketOf(subject, familyOf(vip));
      if (seal === undefined) trouble(subject, new Error('the snapshot has no key for its probes'));
      if (socket === undefined || seal === undefined) {
        unsent();
        continue;
      }
      const mtuBytes = options.mtuOf?.(realServer);
      const known = mtuBytes === undefined ? {} : { mtuBytes };
      const question = { nonce, sentAtUs, vip, page: nextPage(subject, vip), ...known };
      const request = encodeRequest(question, ports, seal);
      socket.send(request, options.port ?? probePort, vip, (error) => {
        if (error !== null) {
          unsent();
          trouble(subject, error);
        } else subject.trouble = '';
      });
    }
  }

  /** One of the beats of an interval: it probes its share of the real servers. */
  function beat(): void {
    if (settings === undefined) return;
    const beats = Math.max(1, Math.min(probed.size, beatLimit));
    timer = clock.after(settings.intervalMs / beats, beat);
    beatNumber = (beatNumber + 1) % beats;
    const batch = [...probed.values()].filter((_, index) => index % beats === beatNumber);
    outstanding.expire(1_000 * (clock.monotonicMs() - settings.downAfterMs));
    for (const subject of batch) askInTurn(subject);
    // After the poll phase: a stalled loop hears the answers that wait in its sockets before anybody is judged.
    setImmediate(() => {
      for (const { closed, target } of batch) if (!closed) options.onRound(target.realServer);
    });
  }

  function shut(subject: Probed): void {
    subject.closed = true;
    for (const socket of subject.sockets.values()) socket.close();
    subject.sockets.clear();
    probed.delete(subject.target.realServer);
  }

  return {
    watch(targets, newSettings) {
      settings = newSettings;
      seals.watch(targets, settings);
      const wanted = new Map(targets.map((target) => [target.realServer, target]));
      for (const subject of [...probed.values()]) {
        const target = wanted.get(subject.target.realServer);
        if (target === undefined || target.slot !== subject.target.slot) shut(subject);
        else subject.target = target;
      }
      const asked = new Set(
        targets.flatMap(({ realServer, vips }) => vips.map((vip) => `${realServer} ${vip.address}`)),
      );
      outstanding.forget(({ path: { realServer, vip } }) => !asked.has(`${realServer} ${vip}`));
      for (const target of targets) {
        if (probed.has(target.realServer)) continue;
        const fresh = {
          target,
          waited: Number.POSITIVE_INFINITY,
          retryAtMs: 0,
          trouble: '',
          closed: false,
        };
        probed.set(target.realServer, {
          ...fresh,
          sockets: new Map(),
          answered: new Map(),
          pages: new Map(),
        });
      }
      // Directors that start at once must not stay in step.
      timer ??= clock.after(newSettings.intervalMs * options.random(), beat);
    },
    get outstanding() {
      return outstanding.size;
    },
    send({ realServer, vip }, bytes) {
      const subject = probed.get(realServer);
      const socket = subject && socketOf(subject, familyOf(vip));
      socket?.send(bytes, options.port ?? probePort, vip, () => {});
    },
    sealOf: seals.of,
    troubles: () =>
      new Map(
        [...probed].flatMap(([name, { trouble }]): [string, string][] =>
          trouble === '' ? [] : [[name, trouble]],
        ),
      ),
    close() {
      settings = undefined;
      timer?.cancel();
      for (const subject of [...probed.values()]) shut(subject);
    },
  };
}
