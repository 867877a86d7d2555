/** How much somebody may use in a time, and how long he has to wait when he has used more. */

export interface Rate {
  readonly perSecond: number;
  /** At once, after a rest. */
  readonly burst: number;
}

export interface Allowance {
  /** Whether there is room for one more; then it is used. */
  take(nowMs: number): boolean;
  /** Uses so much, also of what is yet to come. Answers how long to wait until it has come, in milliseconds. */
  use(amount: number, nowMs: number): number;
  /** Nothing of it is in use: a new one is the same. */
  isFull(nowMs: number): boolean;
}

export function createAllowance({ perSecond, burst }: Rate, startMs: number): Allowance {
  let left = burst;
  let atMs = startMs;

  function refill(nowMs: number): void {
    left = Math.min(burst, left + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
    atMs = nowMs;
  }

  return {
    take(nowMs) {
      refill(nowMs);
      if (left < 1) return false;
      left -= 1;
      return true;
    },
    use(amount, nowMs) {
      refill(nowMs);
      left -= amount;
      return left >= 0 ? 0 : Math.ceil((-left * 1_000) / perSecond);
    },
    isFull(nowMs) {
      refill(nowMs);
      return left >= burst;
    },
  };
}
