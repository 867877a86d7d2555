/** What every way between sites costs, also where nobody has measured it. */
import type { LatencyEntry } from '../../domain/report.ts';
import { type Coordinate, coordinateRttUs, vivaldiCoordinates } from '../estimate/vivaldi.ts';
import { compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';

export interface KnownPath extends LatencyEntry {
  /** Measured; the other way round; by coordinates; over a third site; or nothing but a guess. */
  readonly source: 'measured' | 'reverse' | 'vivaldi' | 'detour' | 'guess';
}

/** Nearly the longest way round the earth: a guess must not attract anybody. */
const guessUs = 300_000;
/** Within a site. */
const ownSiteUs = 500;

/** With fewer, coordinates could be anywhere around the one. */
const leastNeighbours = 2;

type EitherWay = (from: string, to: string) => KnownPath | undefined;

/** Every directed pair, by from and to. A way over a third site is an upper bound, as no packet needs to go further. */
export function knownPaths(sites: readonly string[], latency: readonly LatencyEntry[]): readonly KnownPath[] {
  const measured = new Map(latency.map((entry) => [`${entry.from} ${entry.to}`, entry]));
  const eitherWay: EitherWay = (from, to) => {
    const entry = measured.get(`${from} ${to}`);
    if (entry !== undefined) return { ...entry, source: 'measured' };
    const back = measured.get(`${to} ${from}`);
    return back && { ...back, from, to, source: 'reverse' };
  };
  const names = [...new Set(sites)].toSorted(compareText);
  const estimated = estimatesAmong(names, latency);
  return names.flatMap((from) =>
    names.map((to): KnownPath => {
      const known = eitherWay(from, to);
      if (known !== undefined) return known;
      if (from === to) return flat(from, to, ownSiteUs, 'guess');
      const upper = detour(from, to, names, eitherWay);
      if (upper === undefined) return flat(from, to, guessUs, 'guess');
      const rttUs = estimated(from, to);
      return rttUs === undefined ? upper : within(upper, rttUs, names, eitherWay);
    }),
  );
}

/** Coordinates are worked out when the first pair asks for them: where every pair is measured, never. */
function estimatesAmong(names: readonly string[], latency: readonly LatencyEntry[]) {
  let coordinates: ReadonlyMap<string, Coordinate> | undefined;
  const sites = new Set(names);
  const among = latency.filter(({ from, to }) => from !== to && sites.has(from) && sites.has(to));
  const neighbours = new Map(names.map((name) => [name, new Set<string>()]));
  for (const { from, to } of among) {
    neighbours.get(from)?.add(to);
    neighbours.get(to)?.add(from);
  }
  return (from: string, to: string): number | undefined => {
    if ([from, to].some((site) => (neighbours.get(site)?.size ?? 0) < leastNeighbours)) return undefined;
    coordinates ??= vivaldiCoordinates(among);
    const [a, b] = [coordinates.get(from), coordinates.get(to)];
    return a && b && coordinateRttUs(a, b);
  };
}

/**
 * The estimate, no longer than the detour, and no shorter than what two ways to a third site differ by; where these contradict
 * each other, the detour. Of jitter and loss the detour's are the best that is known.
 */
function within(upper: KnownPath, rttUs: number, names: readonly string[], eitherWay: EitherWay): KnownPath {
  const { from, to } = upper;
  const differences = names
    .filter((via) => via !== from && via !== to)
    .map((via) => {
      const [first, second] = [eitherWay(from, via), eitherWay(via, to)];
      return first === undefined || second === undefined ? 0 : Math.abs(first.p50Us - second.p50Us);
    });
  const p50Us = Math.min(upper.p50Us, Math.max(rttUs, ...differences));
  return { ...upper, p50Us, p90Us: p50Us + Math.max(0, upper.p90Us - upper.p50Us), source: 'vivaldi' };
}

function detour(
  from: string,
  to: string,
  names: readonly string[],
  eitherWay: EitherWay,
): KnownPath | undefined {
  let cheapest: KnownPath | undefined;
  for (const via of names) {
    const [first, second] = [eitherWay(from, via), eitherWay(via, to)];
    if (via === from || via === to || first === undefined || second === undefined) continue;
    const sum: KnownPath = {
      from,
      to,
      p50Us: first.p50Us + second.p50Us,
      p90Us: first.p90Us + second.p90Us,
      loss: 1 - (1 - first.loss) * (1 - second.loss),
      source: 'detour',
    };
    if (cheapest === undefined || pathCostUs(sum) < pathCostUs(cheapest)) cheapest = sum;
  }
  return cheapest;
}

function flat(from: string, to: string, us: number, source: KnownPath['source']): KnownPath {
  return { from, to, p50Us: us, p90Us: us, loss: 0, source };
}
