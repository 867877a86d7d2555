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
  /** Another size was found on the way to this one, or none any more. */
  readonly onFound: (realServer: string) => void;
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
  close(): void;
}

/** So many searches at once, each with one question on the way: of jumbo frames some 300 kB a round trip at most. */
const atOnce = 32;
const tickMs = 250;
/** Who starts, or changes, with many others does not ask with them. */
const spreadMs = 5_000;

interface Way {
  readonly realServer: SnapshotRealServer;
  readonly vips: readonly string[];
  search: MtuSearch;
  /** Of the search under way. */
  vip: string;
  nonce: bigint | undefined;
}

export function createSizer(options: SizerOptions): Sizer {
  const { clock } = options;
  let ways = new Map<string, Way>();
  let open = new Set<Way>();

  const soonMs = (): number => clock.monotonicMs() + spreadMs * options.random();

  function take(way: Way, event: MtuEvent): void {
    const before = way.search.foundBytes;
    way.search = nextMtuSearch(way.search, event);
    if (way.search.open === undefined) open.delete(way);
    else {
      open.add(way);
      if (way.search.open.asked.sentMs === undefined) ask(way, way.search.open.asked.bytes);
    }
    if (way.search.foundBytes !== before) options.onFound(way.realServer.name);
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
    const vip = way.vips.find((one) => options.isAnswering({ realServer: name, vip: one }));
    if (vip === undefined) return;
    way.vip = vip;
    take(way, { kind: 'begin', limitBytes: options.linkMtu(address) });
  }

  function tick(): void {
    timer = clock.after(tickMs, tick);
    const atMs = clock.monotonicMs();
    for (const way of [...open]) {
      const alive = options.isAnswering({ realServer: way.realServer.name, vip: way.vip });
      take(way, { kind: 'tick', atMs, alive });
    }
    for (const way of ways.values()) {
      if (open.size >= atOnce) return;
      if (way.search.open === undefined && way.search.dueMs <= atMs) begin(way);
    }
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
        const isSame = known !== undefined && wayId(known.realServer) === wayId(realServer);
        const fresh = { search: newMtuSearch(soonMs()), vip: '', nonce: undefined };
        const { search, vip, nonce } = isSame ? known : fresh;
        const kept = { realServer, vips: inTurn(vips, realServer), search, vip, nonce };
        ways.set(name, kept);
        if (known !== undefined && !isSame && known.search.foundBytes !== undefined) options.onFound(name);
      }
      open = new Set([...ways.values()].filter((way) => way.search.open !== undefined));
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
      for (const way of ways.values()) {
        const { name, address } = way.realServer;
        if (name === which || address === which) take(way, { kind: 'changed', atMs: soonMs() });
      }
    },
    mtuOf(realServer) {
      const way = ways.get(realServer);
      const outerBytes = way?.search.foundBytes;
      if (way === undefined || outerBytes === undefined) return undefined;
      return { outerBytes, innerBytes: outerBytes - overheadTo(way.realServer, way.vips[0] ?? '') };
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
function inTurn(vips: ProbeTarget['vips'], { address }: SnapshotRealServer): string[] {
  const all = vips.map((vip) => vip.address);
  const own = all.filter((vip) => familyOf(vip) === familyOf(address));
  return [...own, ...all.filter((vip) => !own.includes(vip))];
}

/** What makes it another way. */
function wayId({ address, probeSlot, forwarding, tunnel, gue }: SnapshotRealServer): string {
  return JSON.stringify([address, probeSlot, forwarding, tunnel, gue]);
}
