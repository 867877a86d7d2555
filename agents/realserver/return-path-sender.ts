/** How this host shows that what it sends from its VIPs gets out of its site: rounds of datagrams to collectors elsewhere, which answer nothing. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { Clock, Timer } from '../../src/domain/clock.ts';
import { named } from '../../src/domain/named.ts';
import { collectorPort, type SnapshotCollector, vipsARound } from '../../src/domain/return-path.ts';
import { probeKey } from '../../src/probe/hmac.ts';
import type { ProbeSocket } from '../../src/probe/probe-socket.ts';
import { encodeRound } from '../../src/probe/return-path.ts';
import { clocksApartMs } from '../../src/probe/return-path-track.ts';
import type { Seal } from '../../src/probe/seal.ts';

type Sent = (error: Error | null) => void;

export interface ReturnPathSenderOptions {
  /** This real server's name and RIP. */
  readonly name: string;
  readonly address: string;
  readonly clock: Clock;
  /** 0..1, for jitter. */
  readonly random: () => number;
  readonly openSocket: (family: Family) => ProbeSocket;
  /** Sends from a VIP; false where it is not on this host yet. */
  readonly sendFrom: (vip: string, bytes: Uint8Array, port: number, address: string, sent: Sent) => boolean;
  /** Port other than `collectorPort`, for tests. */
  readonly port?: number;
}

export interface ReturnPathSender {
  /** To these, from these, from now on. */
  watch(collectors: readonly SnapshotCollector[], vips: readonly string[]): void;
  /** Datagrams from VIPs. */
  sent(): number;
  /** VIPs from which nothing can be sent, and why; undefined: there is none. */
  trouble(): string | undefined;
  close(): void;
}

/** Collectors decide after five rounds: quickly where anything is new, and then as seldom as a filter changes. */
const quickMs = 2_000;
const quickRounds = 20;
const seldomMs = 20_000;
/** Rounds in a row that could not be sent. */
const failuresAtMost = 3;

interface To {
  readonly collector: SnapshotCollector;
  readonly seal: Seal;
}

export function createReturnPathSender(options: ReturnPathSenderOptions): ReturnPathSender {
  const { name, clock, random, port = collectorPort } = options;
  let to: readonly To[] = [];
  let vips: readonly string[] = [];
  let watched = '';
  let timer: Timer | undefined;
  let lastRound = 0;
  let rounds = 0;
  let next = 0;
  let sentCount = 0;
  const failures = new Map<string, { readonly count: number; readonly reason: string }>();
  const own = new Map<Family, ProbeSocket>();

  /** At the host's own address; of the other family, at whatever one the kernel chooses. */
  function ownSocket(family: Family): ProbeSocket | undefined {
    const known = own.get(family);
    if (known !== undefined) return known;
    const socket = options.openSocket(family);
    own.set(family, socket);
    socket.on('error', () => {
      if (own.get(family) === socket) own.delete(family);
      socket.close();
    });
    socket.bind({ port: 0, ...(family === familyOf(options.address) ? { address: options.address } : {}) });
    // With a literal address a failure to bind is told before bind returns, and has taken the socket away.
    return own.get(family);
  }

  function turn(): readonly string[] {
    const due = [...vips.slice(next), ...vips.slice(0, next)].slice(0, vipsARound);
    next = vips.length === 0 ? 0 : (next + due.length) % vips.length;
    return due;
  }

  function note(vip: string, error: Error | null): void {
    if (error === null) failures.delete(vip);
    else failures.set(vip, { count: (failures.get(vip)?.count ?? 0) + 1, reason: error.message });
  }

  /** Proofs first: what names them leaves when they have left. One that this host itself cuts off is named as well: it does not get out. */
  function sendTo({ collector, seal }: To, round: number, due: readonly string[]): number {
    const { epoch } = collector;
    let count = 0;
    for (const family of ['ipv4', 'ipv6'] as const) {
      const address = collector.addresses.find((one) => familyOf(one) === family);
      if (address === undefined) continue;
      const sent = due.filter((vip) => {
        if (familyOf(vip) !== family) return false;
        const bytes = encodeRound({ kind: 'proof', round, realServer: name, epoch, vips: [vip] }, seal);
        return options.sendFrom(vip, bytes, port, address, (error) => note(vip, error));
      });
      if (sent.length === 0) continue;
      count += sent.length;
      const bytes = encodeRound({ kind: 'presence', round, realServer: name, epoch, vips: sent }, seal);
      // Unheard, it proves nothing against anybody.
      ownSocket(family)?.send(bytes, port, address, () => {});
    }
    return count;
  }

  function beat(): void {
    const due = turn();
    const nowMs = Math.floor(clock.nowMs());
    // What a clock said that was set right since is believed by nobody, and not gone on from.
    lastRound = lastRound - nowMs > clocksApartMs ? nowMs : Math.max(lastRound + 1, nowMs);
    const before = sentCount;
    for (const one of to) sentCount += sendTo(one, lastRound, due);
    // While a VIP is still to come up, it stays quick; for one of a family that nobody hears there is nothing to wait for.
    const hearable = due.filter((vip) => to.some(({ collector }) => hears(collector, familyOf(vip))));
    if (sentCount - before >= hearable.length) rounds += 1;
    schedule(rounds < quickRounds ? quickMs : seldomMs);
  }

  function schedule(afterMs: number): void {
    timer = clock.after(afterMs * (0.75 + random() / 2), beat);
  }

  function stop(): void {
    timer?.cancel();
    timer = undefined;
    for (const socket of own.values()) socket.close();
    own.clear();
  }

  return {
    watch(collectors, wanted) {
      const now = JSON.stringify([collectors, wanted]);
      if (now === watched) return;
      watched = now;
      vips = wanted;
      next = 0;
      rounds = 0;
      to = collectors.map((collector) => ({
        collector,
        seal: { key: probeKey(collector.keyHex), pair: undefined },
      }));
      for (const vip of failures.keys()) if (to.length === 0 || !wanted.includes(vip)) failures.delete(vip);
      stop();
      if (to.length > 0 && vips.length > 0) schedule(quickMs / 4);
    },
    sent: () => sentCount,
    trouble() {
      const lasting = [...failures].filter(([, { count }]) => count >= failuresAtMost * to.length);
      const [first] = lasting;
      if (first === undefined) return undefined;
      return (
        `nothing can be sent from ${named(lasting.map(([vip]) => vip))} (${first[1].reason}), so no client is answered: ` +
        'see the output filter and the routes of this host'
      );
    },
    close: stop,
  };
}

function hears({ addresses }: SnapshotCollector, family: Family): boolean {
  return addresses.some((one) => familyOf(one) === family);
}
