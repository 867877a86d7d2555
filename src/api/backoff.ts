/** How long to wait before the next attempt: doubling, capped, and spread so that a fleet does not call in step. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly capMs: number;
}

/**
 * Milliseconds before attempt `failures` + 1, in (½, 1] of the doubled and capped step.
 * `random`: uniform in [0, 1).
 */
export function backoffMs(
  failures: number,
  random: () => number,
  { firstMs, capMs }: BackoffOptions,
): number {
  const step = Math.min(capMs, firstMs * 2 ** Math.max(0, Math.min(failures - 1, 30)));
  return step * (1 - random() / 2);
}
