/** Whether what a real server sends from a VIP gets out of its site: what is sent to show it, and what was heard. */

/**
 * UDP, at a collector's own addresses. Apart from the probe port: nothing is answered there, and it is closed to nobody by the rules
 * about VIPs.
 */
export const collectorPort = 7485;

/** VIPs in one datagram: 64 of 16 bytes each, with all else, pass any link whole. */
export const vipsARound = 64;

/** Of one real server: of more nothing is known. */
export const senderVipsAtMost = 256;

/** To whom a real server sends: a director of another site, or a coordinator. */
export interface SnapshotCollector {
  readonly name: string;
  /** Its own: the DIP first, then one of the other family, where it has one. */
  readonly addresses: readonly string[];
  /** Of the secret that the key was made from. */
  readonly epoch: number;
  /** HMAC-SHA256 key of this real server and this collector, hex. */
  readonly keyHex: string;
}

/** What a collector hears of one real server: of these VIPs something, of those nothing, though that server's own address was heard. */
export interface ReturnPathReport {
  readonly realServer: string;
  readonly heard: readonly string[];
  readonly silent: readonly string[];
}

export interface DeafCollector {
  /** Or a coordinator, by its name as a collector. */
  readonly director: string;
  readonly vips: readonly string[];
}

/** What is believed of the return path of one real server; kept, so that no coordinator that is lost or new changes it. */
export interface ReturnPathRecord {
  readonly realServer: string;
  /** VIPs of which something was heard, until nothing is while its own address is. */
  readonly proved: readonly string[];
  readonly refuted: readonly string[];
  /** Collectors that do not hear VIPs that are proved, as others do: their silence is no news when those are lost. Absent: none. */
  readonly deaf?: readonly DeafCollector[];
  /** When it last became so, or it first carried a VIP, ms since the epoch; 0: it registered, and carries none yet. */
  readonly sinceMs: number;
  /** It is new, and may still show it; absent: it is not, or has had its time. */
  readonly isNew?: boolean;
}
