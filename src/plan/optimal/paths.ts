/** What every way between sites costs, also where nobody has measured it. */
import type { LatencyEntry } from '../../domain/report.ts';
import { atOnce, type Steps } from '../../domain/steps.ts';
import { type Coordinate, coordinateRttUs, vivaldiCoordinates } from '../estimate/vivaldi.ts';
import { compareText } from '../order.ts';
import { pathCostUs } from '../path-cost.ts';
import { remembered } from '../remembered.ts';

export interface KnownPath extends LatencyEntry {
  /** Measured; the other way round; by coordinates; over a third site; or nothing but a guess. */
  readonly source: 'measured' | 'reverse' | 'vivaldi' | 'detour' | 'guess';
}

export interface KnownPaths {
  /** Undefined where one of them is no site. Worked out when it is first asked for: of many sites, few pairs have anything to do with each other. */
  between(from: string, to: string): KnownPath | undefined;
}

/** Nearly the longest way round the earth: a guess must not attract anybody. */
const guessUs = 300_000;
/** Within a site. */
const ownSiteUs = 500;

const entriesAStep = 2_000;

/** With fewer, coordinates could be anywhere around the one. */
const leastNeighbours = 2;

/**
 * A way over a third site goes over one of the nearest so many of either end, where both know more: a nearer one is hardly ever
 * missed, and a pair costs the same however many sites there are.
 */
const nearestAsked = 64;

/**
 * Of every directed pair, but worked out one by one. A way over a third site is an upper bound, as no packet needs to go further.
 * Remembered for as long as nobody measures anew. Yields between what was measured.
 */
export function* knownPathsSteps(
  sites: readonly string[],
  latency: readonly LatencyEntry[],
): Steps<KnownPaths> {
  const names = [...new Set(sites)].toSorted(compareText);
  const known = pathsBySites(latency);
  // Names have no spaces, and stand in order.
  const key = names.join(' ');
  const paths = known.get(key) ?? (yield* pathsAmong(new Set(names), latency));
  known.set(key, paths);
  return paths;
}

/** The same in one go. */
export function knownPaths(...of: Parameters<typeof knownPathsSteps>): KnownPaths {
  return atOnce(knownPathsSteps(...of));
}

/** Every plan asks for the same ones until somebody measures anew. */
const pathsBySites = remembered((_: readonly LatencyEntry[]) => new Map<string, KnownPaths>());

function* pathsAmong(sites: ReadonlySet<string>, latency: readonly LatencyEntry[]): Steps<KnownPaths> {
  const heard = yield* heardAmong(sites, latency);
  const estimated = estimatesAmong(heard);
  const over = overThirds(heard);
  const found = new Map<string, Map<string, KnownPath>>();

  function workedOut(from: string, to: string): KnownPath {
    const known = heard.get(from)?.get(to);
    if (known !== undefined) return known;
    if (from === to) return flat(from, to, ownSiteUs, 'guess');
    const third = over(from, to);
    if (third === undefined) return flat(from, to, guessUs, 'guess');
    const rttUs = estimated(from, to);
    return rttUs === undefined ? { from, to, ...third.detour } : { from, to, ...within(third, rttUs) };
  }

  return {
    between(from, to) {
      if (!sites.has(from) || !sites.has(to)) return undefined;
      const row = found.get(from) ?? new Map<string, KnownPath>();
      found.set(from, row);
      const path = row.get(to) ?? workedOut(from, to);
      row.set(to, path);
      return path;
    },
  };
}

/** Measured one way or the other; who is heard from is heard as well. By from, then by to. */
type Heard = ReadonlyMap<string, ReadonlyMap<string, KnownPath>>;

function* heardAmong(sites: ReadonlySet<string>, latency: readonly LatencyEntry[]): Steps<Heard> {
  const heard = new Map<string, Map<string, KnownPath>>();
  const hear = (path: KnownPath): void => {
    const row = heard.get(path.from);
    if (row === undefined) heard.set(path.from, new Map([[path.to, path]]));
    else row.set(path.to, path);
  };
  const among = latency.filter(({ from, to }) => sites.has(from) && sites.has(to));
  for (const [index, entry] of among.entries()) {
    if (index % entriesAStep === 0) yield;
    hear({ ...entry, source: 'measured' });
  }
  for (const [index, entry] of among.entries()) {
    if (index % entriesAStep === 0) yield;
    const { from, to } = entry;
    if (heard.get(to)?.get(from)?.source !== 'measured')
      hear({ ...entry, from: to, to: from, source: 'reverse' });
  }
  return heard;
}

/** Coordinates are worked out when the first pair asks for them: where every pair is measured, never. */
function estimatesAmong(heard: Heard): (from: string, to: string) => number | undefined {
  let coordinates: ReadonlyMap<string, Coordinate> | undefined;
  const isPlaced = (site: string): boolean => {
    const row = heard.get(site);
    return (row?.size ?? 0) - (row?.has(site) ? 1 : 0) >= leastNeighbours;
  };
  return (from, to) => {
    if (!isPlaced(from) || !isPlaced(to)) return undefined;
    coordinates ??= vivaldiCoordinates(
      [...heard.values()]
        .flatMap((row) => [...row.values()])
        .filter(({ source, from: one, to: other }) => source === 'measured' && one !== other),
    );
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

function overThirds(heard: Heard): (from: string, to: string) => OverThird | undefined {
  const nearest = new Map<string, readonly string[]>();
  const nearestOf = (site: string): readonly string[] => {
    const known = nearest.get(site) ?? nearestIn(heard.get(site));
    nearest.set(site, known);
    return known;
  };
  /** By name, so that of two as cheap the first is taken. */
  function thirds(from: string, to: string): readonly string[] {
    const [ways, back] = [heard.get(from), heard.get(to)];
    const [few, ofFew] = (ways?.size ?? 0) <= (back?.size ?? 0) ? [ways, from] : [back, to];
    if ((few?.size ?? 0) <= nearestAsked) return nearestOf(ofFew);
    return [...new Set([...nearestOf(from), ...nearestOf(to)])].toSorted(compareText);
  }
  return (from, to) => {
    let detour: Figures | undefined;
    let differenceUs = 0;
    for (const via of thirds(from, to)) {
      const [first, second] = [heard.get(from)?.get(via), heard.get(via)?.get(to)];
      if (via === from || via === to || first === undefined || second === undefined) continue;
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
  };
}

/** Names, in their order. */
function nearestIn(row: ReadonlyMap<string, KnownPath> = new Map()): readonly string[] {
  const paths = [...row.values()];
  const kept =
    paths.length <= nearestAsked
      ? paths
      : paths
          .toSorted((a, b) => pathCostUs(a) - pathCostUs(b) || compareText(a.to, b.to))
          .slice(0, nearestAsked);
  return kept.map(({ to }) => to).toSorted(compareText);
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
