/** What every way between sites costs, also where nobody has measured it. */
import type { LatencyEntry } from '../../domain/report.ts';
import { type Coordinate, coordinateRttUs, vivaldiCoordinates } from '../estimate/vivaldi.ts';
import { compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';
import { remembered } from '../remembered.ts';

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

/** Measured one way or the other; by the places of two sites in the order of names. */
type Heard = readonly (readonly (KnownPath | undefined)[])[];

/**
 * Every directed pair, by from and to. A way over a third site is an upper bound, as no packet needs to go further. Of 50 sites, a
 * third of the pairs missing, 8 ms; where every pair is measured, 2 ms.
 */
export function knownPaths(sites: readonly string[], latency: readonly LatencyEntry[]): readonly KnownPath[] {
  const names = [...new Set(sites)].toSorted(compareText);
  const known = pathsBySites(latency);
  const key = names.join(' ');
  const paths = known.get(key) ?? pathsAmong(names, latency);
  known.set(key, paths);
  return paths;
}

/** Every plan asks for the same ones until somebody measures anew. */
const pathsBySites = remembered((_: readonly LatencyEntry[]) => new Map<string, readonly KnownPath[]>());

/** Names have no spaces, and stand in order. */
function pathsAmong(names: readonly string[], latency: readonly LatencyEntry[]): readonly KnownPath[] {
  const heard = heardAmong(names, latency);
  const estimated = estimatesAmong(names, latency);
  return names.flatMap((from, begin) =>
    names.map((to, end): KnownPath => {
      const known = heard[begin]?.[end];
      if (known !== undefined) return known;
      if (from === to) return flat(from, to, ownSiteUs, 'guess');
      const over = overThird(heard, begin, end);
      if (over === undefined) return flat(from, to, guessUs, 'guess');
      const rttUs = estimated(from, to);
      return rttUs === undefined ? { from, to, ...over.detour } : { from, to, ...within(over, rttUs) };
    }),
  );
}

function heardAmong(names: readonly string[], latency: readonly LatencyEntry[]): Heard {
  const measured = new Map(latency.map((entry) => [`${entry.from} ${entry.to}`, entry]));
  return names.map((from) =>
    names.map((to): KnownPath | undefined => {
      const entry = measured.get(`${from} ${to}`);
      if (entry !== undefined) return { ...entry, source: 'measured' };
      const back = measured.get(`${to} ${from}`);
      return back && { ...back, from, to, source: 'reverse' };
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

type Figures = Omit<KnownPath, 'from' | 'to'>;

/** What the ways over third sites say: the cheapest, and by how much two of one differ at most. */
interface OverThird {
  readonly detour: Figures;
  readonly differenceUs: number;
}

function overThird(heard: Heard, begin: number, end: number): OverThird | undefined {
  let detour: Figures | undefined;
  let differenceUs = 0;
  for (const [via, row] of heard.entries()) {
    const [first, second] = [heard[begin]?.[via], row[end]];
    if (via === begin || via === end || first === undefined || second === undefined) continue;
    differenceUs = Math.max(differenceUs, Math.abs(first.p50Us - second.p50Us));
    const sum: Figures = {
      p50Us: first.p50Us + second.p50Us,
      p90Us: first.p90Us + second.p90Us,
      loss: 1 - (1 - first.loss) * (1 - second.loss),
      source: 'detour',
    };
    if (detour === undefined || pathCostUs(sum) < pathCostUs(detour)) detour = sum;
  }
  return detour && { detour, differenceUs };
}

/**
 * The estimate, no longer than the detour, and no shorter than what two ways to a third site differ by; where these contradict
 * each other, the detour. Of jitter and loss the detour's are the best that is known.
 */
function within({ detour, differenceUs }: OverThird, rttUs: number): Figures {
  const p50Us = Math.min(detour.p50Us, Math.max(rttUs, differenceUs));
  const jitterUs = Math.max(0, detour.p90Us - detour.p50Us);
  return { p50Us, p90Us: p50Us + jitterUs, loss: detour.loss, source: 'vivaldi' };
}

function flat(from: string, to: string, us: number, source: KnownPath['source']): KnownPath {
  return { from, to, p50Us: us, p90Us: us, loss: 0, source };
}
