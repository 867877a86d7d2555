/** What every way between sites costs, also where nobody has measured it. */
import type { LatencyEntry } from '../../domain/report.ts';
import { compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';

export interface KnownPath extends LatencyEntry {
  /** Measured; the other way round; over a third site; or nothing but a guess. */
  readonly source: 'measured' | 'reverse' | 'detour' | 'guess';
}

/** Nearly the longest way round the earth: a guess must not attract anybody. */
const guessUs = 300_000;
/** Within a site. */
const ownSiteUs = 500;

/** Every directed pair, by from and to. A way over a third site is an upper bound, as no packet needs to go further. */
export function knownPaths(sites: readonly string[], latency: readonly LatencyEntry[]): readonly KnownPath[] {
  const measured = new Map(latency.map((entry) => [`${entry.from} ${entry.to}`, entry]));
  const eitherWay = (from: string, to: string): KnownPath | undefined => {
    const entry = measured.get(`${from} ${to}`);
    if (entry !== undefined) return { ...entry, source: 'measured' };
    const back = measured.get(`${to} ${from}`);
    return back && { ...back, from, to, source: 'reverse' };
  };
  const names = [...new Set(sites)].toSorted(compareText);
  const direct = names.map((from) => names.map((to) => eitherWay(from, to)));
  return names.flatMap((from, row) =>
    names.map((to, column): KnownPath => {
      const known = direct[row]?.[column];
      if (known !== undefined) return known;
      if (row === column) return flat(from, to, ownSiteUs, 'guess');
      return detour(direct, row, column) ?? flat(from, to, guessUs, 'guess');
    }),
  );
}

/** Over the site by which it is cheapest, ties to the first. */
function detour(
  direct: readonly (readonly (KnownPath | undefined)[])[],
  row: number,
  column: number,
): KnownPath | undefined {
  let cheapest: KnownPath | undefined;
  let leastUs = Number.POSITIVE_INFINITY;
  for (let via = 0; via < direct.length; via += 1) {
    const [first, second] = [direct[row]?.[via], direct[via]?.[column]];
    if (via === row || via === column || first === undefined || second === undefined) continue;
    const sum: KnownPath = {
      from: first.from,
      to: second.to,
      p50Us: first.p50Us + second.p50Us,
      p90Us: first.p90Us + second.p90Us,
      loss: 1 - (1 - first.loss) * (1 - second.loss),
      source: 'detour',
    };
    const us = pathCostUs(sum);
    if (cheapest !== undefined && us >= leastUs) continue;
    cheapest = sum;
    leastUs = us;
  }
  return cheapest;
}

function flat(from: string, to: string, us: number, source: KnownPath['source']): KnownPath {
  return { from, to, p50Us: us, p90Us: us, loss: 0, source };
}
