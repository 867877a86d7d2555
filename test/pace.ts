/** How much longer things take here and now than they need: leases and deadlines that are shorter than in earnest are longer by as much. */

const workMs = 50;
/** Slower than that, and nobody waits for it. */
const most = 6;
const longestMs = 2_000;

/** 1 where nobody else wants the processor. */
export function paceNow(): number {
  const startedMs = performance.now();
  const before = process.cpuUsage();
  let spentMs = 0;
  while (spentMs < workMs && performance.now() - startedMs < longestMs) {
    const { user, system } = process.cpuUsage(before);
    spentMs = (user + system) / 1_000;
  }
  return Math.min(most, Math.max(1, (performance.now() - startedMs) / Math.max(spentMs, 1)));
}
