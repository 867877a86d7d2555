/** Whether a telemetry sample can be believed; what cannot be is told, so that callers count it. */

export interface Sample {
  /** What was measured: `util`. */
  readonly name: string;
  /** Undefined where the agent did not say. */
  readonly value: number | undefined;
  readonly atMs: number;
}

export interface SampleBounds {
  readonly nowMs: number;
  /** Of the newest sample before; undefined for the first. */
  readonly previousAtMs: number | undefined;
  /** Anything larger is a fault of the meter. */
  readonly largest: number;
}

export interface Rejection {
  readonly name: string;
  readonly found: string;
  readonly why: string;
}

export type SampleVerdict =
  | { readonly kind: 'accepted'; readonly value: number }
  | { readonly kind: 'rejected'; readonly rejection: Rejection };

/** What an estimator has become, and why it did not take the sample whole. */
export interface Judged<State> {
  readonly state: State;
  readonly rejection: Rejection | undefined;
}

export const largest = {
  /** An ip_vs_conn takes about 300 bytes: these would fill 300 GB of a director's memory. */
  connections: 1_000_000_000,
  /** 100 Gbit/s carry 1.5e8 of the smallest frames a second: a site would need seven such links full of nothing but SYNs. */
  connectionsPerSecond: 1_000_000_000,
  /** The kernel counts in 64 bits; past this, numbers here no longer count one by one. */
  counter: Number.MAX_SAFE_INTEGER,
  /** A share: 1 is full. Connections pass a limit that was lowered under them, but not twofold; 30 is a percentage. */
  util: 2,
} as const;

/** A number, finite, from 0 to the largest believable, of a time that is not in the future and newer than the one before. */
export function checkSample({ name, value, atMs }: Sample, bounds: SampleBounds): SampleVerdict {
  const { nowMs, previousAtMs } = bounds;
  if (value === undefined) return rejected(name, value, 'absent');
  if (!Number.isFinite(value)) return rejected(name, value, 'not a finite number');
  if (value < 0) return rejected(name, value, 'negative');
  if (value > bounds.largest) return rejected(name, value, `larger than ${bounds.largest}`);
  if (!Number.isFinite(atMs)) return rejected(name, atMs, 'its time is not a finite number');
  // Put so that a clock that is no number lets nothing pass.
  if (!(atMs <= nowMs)) return rejected(name, atMs, 'from the future');
  if (previousAtMs !== undefined && atMs <= previousAtMs) return rejected(name, atMs, 'not newer');
  return { kind: 'accepted', value };
}

function rejected(name: string, found: number | undefined, why: string): SampleVerdict {
  return { kind: 'rejected', rejection: { name, found: String(found), why } };
}
