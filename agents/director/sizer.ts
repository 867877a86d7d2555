/**
 * How a director measures which packets get through to each real server: now and then, from the socket that probes it, a question of just
 * the size in doubt, which IPVS sends through the tunnel as it does clients' packets (plan/path-mtu.ts says which is asked next).
 */
import { familyOf } from '../../src/domain/address.ts';
import type { Clock } from '../../src/domain/clock.ts';
import type { DirectorSnapshot, SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { type MtuEvent, type MtuSearch, newMtuSearch, nextMtuSearch } from '../../src/plan/path-mtu.ts';
import { overheadOf, udpHeaderBytes } from '../../src/plan/tunnel-device.ts';
import type { Seal } from '../../src/probe/seal.ts';
import { decodeSizeAnswer, encodeSizeQuestion } from '../../src/probe/size-datagram.ts';
import type { ProbeTarget } from './probe-targets.ts';
import type { ProbedPath } from './prober.ts';

export interface SizerOptions {
  readonly clock: Clock;
  /** 0..1. */
  readonly random: () => number;
  /** Unguessable, unsigned 64 bit. */
  readonly nonce: () => bigint;
  readonly send: (path: ProbedPath, bytes: Buffer) => void;
  readonly sealOf: (realServer: string) => Seal | undefined;
  /** The agent there answers by this VIP. */
  readonly isAnswering: (path: ProbedPath) => boolean;
  /** MTU of this host's own link towards an address, bytes. */
  readonly linkMtu: (address: string) => number;
  /** Another size was found on the way to this one, or none any more. `isNarrow`: less than this host's own link carries. */
  readonly onFound: (realServer: string, isNarrow: boolean) => void;
  /** What was found before a restart, by the real server's address: the outer packet's size, bytes. */
  readonly remembered?: (address: string) => number | undefined;
  /** What `routeMtu` says is other now; resolves when the host is so. */
  readonly onRoutes?: () => Promise<unknown>;
}

/** Of the underlay's packet, and of what is inside it. */
export interface FoundMtu {
  readonly outerBytes: number;
  readonly innerBytes: number;
}

export interface Sizer {
  /** From now on the ways to these; what is known of those that stay as they are is kept. */
  watch(snapshot: DirectorSnapshot, targets: readonly ProbeTarget[]): void;
  /** An answer to a question of a size came from this VIP. */
  heard(path: ProbedPath, bytes: Buffer): void;
  /** The way to this real server, or to the one of this address, may be another one. */
  changed(which: string): void;
  /** Undefined: it is not known. */
  mtuOf(realServer: string): FoundMtu | undefined;
  /**
   * The outer packet's size that a route to it may say; undefined: not known, or it is being measured without such a route. `otherwise`:
   * where it is not watched yet.
   */
  routeMtu(realServer: string, otherwise: number | undefined): number | undefined;
  close(): void;
}

/** So many searches at once, each with one question on the way: of jumbo frames some 300 kB a round trip at most. */
const atOnce = 32;
const tickMs = 250;
/**
 * A route that says what was found keeps IPVS from sending more, questions too: that the way carries more again is seen without that
 * route alone, which is taken away for the time of one search (some seconds) so seldom.
 */
const withoutRouteEveryMs = 3_600_000;
/** Longer a search does not wait for the route to be away; it then finds nothing wider. */
const withoutRouteWithinMs = 10_000;
/** Who starts, or changes, with many others does not ask with them. */
const spreadMs = 5_000;

interface Way {
  realServer: SnapshotRealServer;
  vips: ProbeTarget['vips'];
  search: MtuSearch;
  /** Of the search under way. */
  vip: string;
  nonce: bigint | undefined;
  /** When it was measured without a route of ours last, monotonic ms; and whether it is now. */
  withoutRouteMs: number;
  isWithoutRoute: boolean;
}

export function createSizer(options: SizerOptions): Sizer {
  const { clock } = options;
  let ways = new Map<string, Way>();
  let named = new Map<string, readonly string[]>();
  let open = new Set<Way>();
  /** They begin when the host's routes are as `routeMtu` says. */
  let waiting: Way[] = [];
  let areRoutesOther = false;

  const soonMs = (): number => clock.monotonicMs() + spreadMs * options.random();

  function take(way: Way, event: MtuEvent): void {
    const before = way.search.foundBytes;
    const wasWithout = way.isWithoutRoute;
    way.search = nextMtuSearch(way.search, event);
    const asked = way.search.open?.asked;
    if (asked === undefined) {
      open.delete(way);
      way.isWithoutRoute = false;
    } else {
      open.add(way);
      if (asked.sentMs === undefined) ask(way, asked.bytes);
    }
    const { foundBytes } = way.search;
    const { name, address } = way.realServer;
    if (foundBytes !== before)
      options.onFound(name, foundBytes !== undefined && foundBytes < options.linkMtu(address));
    const isOther = wasWithout !== way.isWithoutRoute || way.search.foundBytes !== before;
    if (isOther && (isNarrow(way, before) || isNarrow(way, way.search.foundBytes))) areRoutesOther = true;
  }

  /** A route may have to say so: only IPv6 needs one. */
  function isNarrow({ realServer: { address } }: Way, bytes: number | undefined): boolean {
    return bytes !== undefined && familyOf(address) === 'ipv6' && bytes < options.linkMtu(address);
  }

  function ask(way: Way, outerBytes: number): void {
    const { name } = way.realServer;
    const nonce = options.nonce();
    const atMs = clock.monotonicMs();
    way.nonce = nonce;
    way.search = nextMtuSearch(way.search, { kind: 'sent', atMs });
    const sizeBytes = outerBytes - overheadTo(way.realServer, way.vip) - udpHeaderBytes[familyOf(way.vip)];
    const seal = options.sealOf(name);
    const question = { nonce, sentAtUs: Math.round(atMs * 1_000), vip: way.vip, sizeBytes };
    const bytes = seal && encodeSizeQuestion(question, seal);
    if (bytes !== undefined) options.send({ realServer: name, vip: way.vip }, bytes);
  }

  function begin(way: Way): void {
    const { name, address } = way.realServer;
    const vip = inTurn(way).find((one) => options.isAnswering({ realServer: name, vip: one }));
    if (vip === undefined) return;
    way.vip = vip;
    const atMs = clock.monotonicMs();
    if (!isNarrow(way, way.search.foundBytes) || atMs - way.withoutRouteMs < withoutRouteEveryMs) {
      take(way, { kind: 'begin', limitBytes: options.linkMtu(address) });
      return;
    }
    way.withoutRouteMs = atMs;
    way.isWithoutRoute = true;
    open.add(way);
    areRoutesOther = true;
    waiting.push(way);
  }

  /** However many there are, the host is asked once. */
  function bringRoutes(): void {
    if (!areRoutesOther) return;
    areRoutesOther = false;
    const now = waiting;
    waiting = [];
    void options.onRoutes?.().then(() => {
      for (const way of now) if (ways.get(way.realServer.name) === way && isWaiting(way)) beginWithout(way);
    });
  }

  /** For the host to be without its route. */
  function isWaiting({ isWithoutRoute, search }: Way): boolean {
    return isWithoutRoute && search.open === undefined;
  }

  function beginWithout(way: Way): void {
    take(way, { kind: 'begin', limitBytes: options.linkMtu(way.realServer.address) });
  }

  /** Who has waited longest first: the others would begin again before all had their turn. */
  function due(atMs: number): Way[] {
    const found = [...ways.values()].filter((way) => !open.has(way) && way.search.dueMs <= atMs);
    return found.sort((a, b) => a.search.dueMs - b.search.dueMs);
  }

  function tick(): void {
    timer = clock.after(tickMs, tick);
    const atMs = clock.monotonicMs();
    for (const way of [...open]) {
      if (isWaiting(way)) {
        if (atMs - way.withoutRouteMs >= withoutRouteWithinMs) beginWithout(way);
        continue;
      }
      const alive = options.isAnswering({ realServer: way.realServer.name, vip: way.vip });
      take(way, { kind: 'tick', atMs, alive });
    }
    for (const way of open.size < atOnce ? due(atMs) : []) {
      if (open.size >= atOnce) break;
      begin(way);
    }
    bringRoutes();
  }

  function fresh(realServer: SnapshotRealServer, foundBytes: number | undefined): Way {
    const nothing = { vips: [], vip: '', nonce: undefined, isWithoutRoute: false };
    const search = { ...newMtuSearch(soonMs()), foundBytes };
    return { realServer, search, withoutRouteMs: clock.monotonicMs(), ...nothing };
  }

  let timer = clock.after(tickMs, tick);

  return {
    watch(snapshot, targets) {
      const byName = new Map(snapshot.realServers.map((one) => [one.name, one]));
      const before = ways;
      ways = new Map();
      for (const { realServer: name, vips } of targets) {
        const realServer = byName.get(name);
        if (realServer === undefined || vips.length === 0) continue;
        const known = before.get(name);
        const isSame = known !== undefined && isSameWay(known.realServer, realServer);
        const remembered = known === undefined ? options.remembered?.(realServer.address) : undefined;
        const way = isSame ? known : fresh(realServer, remembered);
        way.realServer = realServer;
        way.vips = vips;
        ways.set(name, way);
        if (known !== undefined && !isSame && known.search.foundBytes !== undefined)
          options.onFound(name, false);
        if (known !== undefined && !isSame && isNarrow(known, known.search.foundBytes)) areRoutesOther = true;
      }
      named = Map.groupBy(ways.keys(), (name) => ways.get(name)?.realServer.address ?? '');
      const kept = new Set(ways.values());
      open = new Set([...open].filter((way) => kept.has(way)));
    },
    heard({ realServer, vip }, bytes) {
      const way = ways.get(realServer);
      const seal = options.sealOf(realServer);
      const answer = seal && decodeSizeAnswer(bytes, seal, vip);
      if (way === undefined || answer === undefined || vip !== way.vip || answer.nonce !== way.nonce) return;
      way.nonce = undefined;
      const outer = answer.sizeBytes + udpHeaderBytes[familyOf(vip)] + overheadTo(way.realServer, vip);
      take(way, { kind: 'answered', bytes: outer, atMs: clock.monotonicMs() });
    },
    changed(which) {
      for (const name of named.get(which) ?? [which]) {
        const way = ways.get(name);
        if (way === undefined) continue;
        way.withoutRouteMs = Number.NEGATIVE_INFINITY;
        take(way, { kind: 'changed', atMs: soonMs() });
      }
    },
    mtuOf(realServer) {
      const way = ways.get(realServer);
      const outerBytes = way?.search.foundBytes;
      if (way === undefined || outerBytes === undefined) return undefined;
      return { outerBytes, innerBytes: outerBytes - overheadTo(way.realServer, inTurn(way)[0] ?? '') };
    },
    routeMtu(realServer, otherwise) {
      const way = ways.get(realServer);
      if (way === undefined) return otherwise;
      return way.isWithoutRoute ? undefined : way.search.foundBytes;
    },
    close: () => timer.cancel(),
  };
}

/** Bytes before each packet that IPVS sends there. */
function overheadTo(realServer: SnapshotRealServer, vip: string): number {
  const isTunnelled = destinationTo(realServer, familyOf(vip), 0, 1)?.forwarding === 'tunnel';
  return isTunnelled ? overheadOf(realServer.tunnel, familyOf(realServer.address)) : 0;
}

/** Of one family with the underlay first: IPv6 in IPv4 passes a narrow link in pieces, and measures nothing. */
function inTurn({ vips, realServer: { address } }: Pick<Way, 'vips' | 'realServer'>): string[] {
  const family = familyOf(address);
  const isOwn = (vip: ProbeTarget['vips'][number]) => familyOf(vip.address) === family;
  return [...vips.filter(isOwn), ...vips.filter((vip) => !isOwn(vip))].map((vip) => vip.address);
}

/** Nothing is other that makes it another way. */
function isSameWay(a: SnapshotRealServer, b: SnapshotRealServer): boolean {
  return (
    a === b ||
    (a.address === b.address &&
      a.probeSlot === b.probeSlot &&
      a.forwarding === b.forwarding &&
      a.tunnel === b.tunnel &&
      JSON.stringify(a.gue) === JSON.stringify(b.gue))
  );
}
