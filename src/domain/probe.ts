/** How a director reaches one particular real server: by the source port of its probe, and the mark that port gets. */
import { unitePorts } from './port-ranges.ts';

/**
 * Port on every VIP, never an IPVS service, so that no client reaches it: by UDP the real server's agent answers there, by TCP its
 * kernel, for a socket that outlives the agent.
 */
export const probePort = 7483;
/** Nobody listens there, on any real server: whoever completes a handshake all the same is no kernel of ours. */
export const closedPort = 7484;
/**
 * Where a probe's source port comes from, slot by slot: first below the kernel's usual ephemeral range (32768–60999), then above it, last
 * where programs listen now and then. A director reserves no more of it than the slots that it probes lie in.
 */
const sourcePorts: readonly (readonly [first: number, last: number])[] = [
  [24_001, 28_000],
  [28_001, 32_767],
  [61_001, 65_535],
  [10_001, 24_000],
];
/** As many slots as versions until 0.1.0 know. */
export const firstSlots = 4_000;
/** Real servers of a fleet: a slot is one's for good, on every director. */
export const probeSlotLimit = sourcePorts.reduce((sum, [first, last]) => sum + last - first + 1, 0);
/** High bits spell `CW`, so that the marks stand apart from other people's. */
const markBase = 0x4357_0000;

/** Throws RangeError for what is no slot. */
export function probeSourcePort(slot: number): number {
  let rest = slot - 1;
  for (const [first, last] of sourcePorts) {
    if (rest >= 0 && rest <= last - first) return first + rest;
    rest -= last - first + 1;
  }
  throw new RangeError(`there is no probe slot ${slot}`);
}

export function isProbeSourcePort(port: number): boolean {
  return sourcePorts.some(([first, last]) => port >= first && port <= last);
}

/** As `ip_local_reserved_ports` has it, so that no program gets one of these by chance: of all slots up to this one. */
export function reservedSourcePorts(highestSlot: number): string {
  let before = 0;
  const used = sourcePorts.filter(([first, last]) => {
    const isUsed = before === 0 || highestSlot > before;
    before += last - first + 1;
    return isUsed;
  });
  return unitePorts(used.map(([first, last]) => `${first}-${last}`).join(), '');
}

export function probeMark(slot: number): number {
  return markBase + slot;
}

/** Whether a firewall mark belongs to Causeway's probes. */
export function isProbeMark(mark: number): boolean {
  return mark > markBase && mark <= markBase + probeSlotLimit;
}

/** By what one director and one real server know each other's datagrams. */
export interface SnapshotKey {
  /** In a director's snapshot the real server's; in that of a real server, whose key is for whatever director, empty. */
  readonly name: string;
  /** Of the secret that it was made from: the datagrams say which. */
  readonly epoch: number;
  /** HMAC-SHA256 key, hex. */
  readonly keyHex: string;
}

/** What all keys of pairs are made of; no agent is given any of it. */
export interface ProbeSecrets {
  /** All by which real servers know datagrams: the one in use, and the one before or after it. */
  readonly secrets: readonly {
    readonly epoch: number;
    readonly secretHex: string;
    /** Since the epoch, ms. */
    readonly madeAtMs: number;
  }[];
  /** The epoch of the one that directors ask with. */
  readonly inUse: number;
}

/** Made of the cluster's secrets, of which agents are given none. */
export interface ProbeKeys {
  /** Of each secret that may be in use somewhere. */
  ofRealServer(name: string): readonly SnapshotKey[];
  /** Of the secret in use; undefined where there is none. */
  between(director: string, realServer: string): SnapshotKey | undefined;
  /** A collector's own, of each secret that may be in use somewhere: of it those of all that send to it are made. */
  ofCollector(name: string): readonly SnapshotKey[];
  /** Of the secret in use, with the collector's name; undefined where there is none. */
  toCollector(collector: string, realServer: string): SnapshotKey | undefined;
}

/** When a silent path counts as down, and when it is given up. All of it from the snapshot. */
export interface ProbeSettings {
  /** HMAC-SHA256 key of the datagrams of programs that know no keys of pairs (until 0.1), hex; empty: there are none. */
  readonly keyHex: string;
  readonly intervalMs: number;
  /** Silence after which a path is down: weight 0, running connections left alone. */
  readonly downAfterMs: number;
  /** Silence after which its destinations are deleted, so that their clients are reset and can reconnect. */
  readonly goneAfterMs: number;
  /** Answers in a row that bring a path back. */
  readonly rise: number;
}

/** What the answer to a probe says of one service port on that real server. `unchecked`: nobody asks, by order. */
export const appVerdicts = ['healthy', 'unhealthy', 'unknown', 'unchecked'] as const;
export type AppVerdict = (typeof appVerdicts)[number];

/** Service ports of one VIP, of all services together: so many are checked, and told of in answers, in good time. */
export const vipPortLimit = 4_096;
