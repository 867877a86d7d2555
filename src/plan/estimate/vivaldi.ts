/** How far apart two sites are between which nobody has measured: each gets coordinates from those it was measured with. */
import type { LatencyEntry } from '../../domain/report.ts';
import { compareText } from '../order.ts';

/** A place in three dimensions, and a height above it: what every packet of the site pays, wherever it goes. µs. */
export interface Coordinate {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly height: number;
}

/**
 * In each, both ends of every pair are moved. Of planes of 20 sites, a third of the pairs missing, half of these are then within
 * 0.3 % and nine of ten within 3 %; 50 sites take 8 ms.
 */
const mostRounds = 200;
/** With more pairs each site is moved as often in fewer rounds: all of it takes some 40 ms, however many there are. */
const mostMoves = 1_000_000;
const leastRounds = 10;
/** Of the way to where a pair would be content, at first; falls evenly to nothing, so that the last rounds settle (serf: 0.25). */
const firstStep = 0.5;
/** How fast a site's idea of its own error follows (serf: 0.25), and where it begins (serf: 1.5). */
const errorStep = 0.25;
const firstError = 1.5;
/** Serf's, µs: below it a height would push its site to the wrong side. */
const leastHeightUs = 10;
/** A pair that takes longer is broken, not far. */
const longestUs = 10_000_000;
const latticeSide = 4;

/** Being moved. */
interface Place {
  readonly name: string;
  x: number;
  y: number;
  z: number;
  height: number;
  /** Relative. */
  error: number;
}

interface Pair {
  readonly a: Place;
  readonly b: Place;
  readonly rttUs: number;
}

/**
 * Vivaldi (Dabek, Cox, Kaashoek, Morris: SIGCOMM 2004, figure 3 and section 5.4) over what is known all at once, by site. The same
 * for any order of the entries, on every machine: no chance, no function but the square root. What is no duration is passed over.
 */
export function vivaldiCoordinates(latency: readonly LatencyEntry[]): ReadonlyMap<string, Coordinate> {
  const rtts = rttsByPair(latency);
  const spacingUs = [...rtts.values()].reduce((sum, { rttUs }) => sum + rttUs, 0) / Math.max(1, rtts.size);
  const names = [...new Set([...rtts.values()].flatMap(({ ends }) => ends))].toSorted(compareText);
  const places = new Map(names.map((name, index) => [name, startOf(name, index, spacingUs / latticeSide)]));
  const pairs = [...rtts]
    .toSorted(([a], [b]) => compareText(a, b))
    .flatMap(([, { ends, rttUs }]): Pair[] => {
      const [a, b] = [places.get(ends[0]), places.get(ends[1])];
      return a === undefined || b === undefined ? [] : [{ a, b, rttUs }];
    });
  const rounds = Math.max(
    leastRounds,
    Math.min(mostRounds, Math.floor(mostMoves / Math.max(1, pairs.length))),
  );
  for (let round = 0; round < rounds; round += 1) {
    const step = (firstStep * (rounds - round)) / rounds;
    for (const pair of pairs) relax(pair, step);
  }
  return new Map([...places].map(([name, { x, y, z, height }]) => [name, { x, y, z, height }]));
}

/** Whole µs. */
export function coordinateRttUs(a: Coordinate, b: Coordinate): number {
  return Math.round(distance(a, b) + a.height + b.height);
}

/** Both directions of a pair are the same round trip: the shorter has the less noise. */
function rttsByPair(latency: readonly LatencyEntry[]) {
  const rtts = new Map<string, { readonly ends: readonly [string, string]; readonly rttUs: number }>();
  for (const { from, to, p50Us } of latency) {
    if (from === to || !(p50Us > 0 && p50Us <= longestUs)) continue;
    const ends: [string, string] = compareText(from, to) < 0 ? [from, to] : [to, from];
    const known = rtts.get(ends.join(' '));
    if (known === undefined || p50Us < known.rttUs) rtts.set(ends.join(' '), { ends, rttUs: p50Us });
  }
  return rtts;
}

/** On a lattice, a little askew: sites on one line would never leave it. */
function startOf(name: string, index: number, spacingUs: number): Place {
  const along = (divisor: number) => Math.floor(index / divisor) % latticeSide;
  return {
    name,
    x: spacingUs * (along(1) + along(latticeSide) / 8),
    y: spacingUs * (along(latticeSide) + along(1) / 16),
    z: spacingUs * (along(latticeSide * latticeSide) + (along(1) + along(latticeSide)) / 32),
    height: leastHeightUs,
    error: firstError,
  };
}

/** Both ends move along the line between them, the one that is less sure of its place the farther. */
function relax({ a, b, rttUs }: Pair, step: number): void {
  const apartUs = distance(a, b);
  const estimateUs = apartUs + a.height + b.height;
  const missUs = rttUs - estimateUs;
  const relative = Math.abs(missUs) / rttUs;
  const total = a.error + b.error;
  // Two that are sure of their places share alike.
  const weight = total > 0 ? a.error / total : 0.5;
  // Two at one place are pushed apart along x, the first by name to the left.
  const unit =
    apartUs > 0
      ? { x: (a.x - b.x) / apartUs, y: (a.y - b.y) / apartUs, z: (a.z - b.z) / apartUs }
      : { x: -1, y: 0, z: 0 };
  const heights = (a.height + b.height) / Math.max(apartUs, leastHeightUs);
  move(a, unit, step * weight * missUs, heights);
  move(b, unit, -step * (1 - weight) * missUs, -heights);
  a.error += errorStep * weight * (relative - a.error);
  b.error += errorStep * (1 - weight) * (relative - b.error);
}

function move(place: Place, unit: { x: number; y: number; z: number }, byUs: number, heights: number): void {
  place.x += unit.x * byUs;
  place.y += unit.y * byUs;
  place.z += unit.z * byUs;
  place.height = Math.max(leastHeightUs, place.height + heights * byUs);
}

/** Not by hypot, of which engines give different last digits. */
function distance(a: Omit<Coordinate, 'height'>, b: Omit<Coordinate, 'height'>): number {
  const [x, y, z] = [a.x - b.x, a.y - b.y, a.z - b.z];
  return Math.sqrt(x * x + y * y + z * z);
}
