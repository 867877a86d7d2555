/** How much of an older value is left after a time. */

/** `**` may differ between machines in its last bits; rounded to the millionth, the result does not. */
const million = 1_000_000;

/** What is left, 0..1, of a value of which `keptAStep` is left after `stepMs`, once `gapMs` have gone by. */
export function keptShare(keptAStep: number, stepMs: number, gapMs: number): number {
  return Math.round(million * keptAStep ** (gapMs / stepMs)) / million;
}
