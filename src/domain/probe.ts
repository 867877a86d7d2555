/** How a director reaches one particular real server: by the source port of its probe, and the mark that port gets. */

/** UDP port on every VIP where the real server's agent answers; never an IPVS service, so no client reaches it. */
export const probePort = 7483;
/** 24001..28000: below the kernel's default ephemeral range (32768–60999). */
const sourcePortBase = 24_000;
/** High bits spell `CW`, so that the marks stand apart from other people's. */
const markBase = 0x4357_0000;
export const probeSlotLimit = 4_000;

export function probeSourcePort(slot: number): number {
  return sourcePortBase + slot;
}

export function probeMark(slot: number): number {
  return markBase + slot;
}

/** Whether a firewall mark belongs to Causeway's probes. */
export function isProbeMark(mark: number): boolean {
  return mark > markBase && mark <= markBase + probeSlotLimit;
}

/** When a silent path counts as down, and when it is given up. All of it from the snapshot. */
export interface ProbeSettings {
  /** HMAC-SHA256 key of the probe datagrams, hex. */
  readonly keyHex: string;
  readonly intervalMs: number;
  /** Silence after which a path is down: weight 0, running connections left alone. */
  readonly downAfterMs: number;
  /** Silence after which its destinations are deleted, so that their clients are reset and can reconnect. */
  readonly goneAfterMs: number;
  /** Answers in a row that bring a path back. */
  readonly rise: number;
}

/** What the answer to a probe says of one service port on that real server. */
export type AppVerdict = 'healthy' | 'unhealthy' | 'unknown';
