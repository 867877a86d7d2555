/** Where a source's demand goes while sinks cost nothing. */
import type { Ledger } from './exchange.ts';

/** What stays where it was, as long as that costs no more than the cheapest way with its toll; what is left over. */
export function placeAtCheapest(ledger: Ledger, source: number, wanted: number): number {
  const { sinks, cost, before, toll, frozen, flow } = ledger;
  const row = source * sinks;
  let cheapest = -1;
  let dearest = Number.POSITIVE_INFINITY;
  for (let sink = 0; sink < sinks; sink += 1) {
    const moved = (cost[row + sink] ?? 0) + toll;
    if (frozen[row + sink] === 1 || moved >= dearest) continue;
    cheapest = sink;
    dearest = moved;
  }
  let left = wanted;
  while (left > 0) {
    const sink = cheapestToStay(ledger, source, dearest);
    if (sink === -1) break;
    const amount = Math.min(left, before[row + sink] ?? 0);
    flow[row + sink] = amount;
    left -= amount;
  }
  if (cheapest === -1 || !(left > 0)) return left;
  flow[row + cheapest] = (flow[row + cheapest] ?? 0) + left;
  return 0;
}

/** Among the ways that carried something and do not yet; −1 where each costs more than `dearest`. */
function cheapestToStay({ sinks, cost, before, flow }: Ledger, source: number, dearest: number): number {
  let found = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let sink = 0, cell = source * sinks; sink < sinks; sink += 1, cell += 1) {
    if (!((before[cell] ?? 0) > 0) || (flow[cell] ?? 0) > 0) continue;
    const staying = cost[cell] ?? 0;
    if (staying > dearest || staying >= least) continue;
    least = staying;
    found = sink;
  }
  return found;
}
