/** Time as an argument: programs pass the real one, tests one that they turn by hand. */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch; for what people read and what other hosts see. */
  nowMs(): number;
  /** Milliseconds that never jump; for measuring. */
  monotonicMs(): number;
  after(delayMs: number, run: () => void): Timer;
}
