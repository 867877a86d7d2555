/** The simulated WAN: which cities there are, how far apart, how strong, and how much their clients want. */

export interface City {
  readonly name: string;
  readonly latitude: number;
  readonly longitude: number;
  /** Its real servers. */
  readonly servers: number;
  /** What its own clients want at their busiest hour, of what its own real servers can carry. */
  readonly busiest: number;
}

export const cities: readonly City[] = [
  { name: 'bom', latitude: 19.08, longitude: 72.88, servers: 20, busiest: 0.86 },
  { name: 'chi', latitude: 41.88, longitude: -87.63, servers: 30, busiest: 0.7 },
  { name: 'fra', latitude: 50.11, longitude: 8.68, servers: 40, busiest: 0.5 },
  { name: 'gru', latitude: -23.55, longitude: -46.63, servers: 14, busiest: 0.76 },
  { name: 'lon', latitude: 51.51, longitude: -0.13, servers: 44, busiest: 1.12 },
  { name: 'mad', latitude: 40.42, longitude: -3.7, servers: 18, busiest: 0.6 },
  { name: 'nyc', latitude: 40.71, longitude: -74.01, servers: 46, busiest: 1.12 },
  { name: 'sfo', latitude: 37.77, longitude: -122.42, servers: 34, busiest: 0.78 },
  { name: 'sin', latitude: 1.35, longitude: 103.82, servers: 24, busiest: 0.88 },
  { name: 'syd', latitude: -33.87, longitude: 151.21, servers: 8, busiest: 0.74 },
  { name: 'tyo', latitude: 35.68, longitude: 139.69, servers: 24, busiest: 0.78 },
  { name: 'waw', latitude: 52.23, longitude: 21.01, servers: 16, busiest: 0.55 },
];

export const cityCount = cities.length;

/** What a real server can carry. */
export const connectionsPerServer = 1_000;

/** By site: concurrent connections. */
export const declaredConnections: readonly number[] = cities.map(
  ({ servers }) => servers * connectionsPerServer,
);

/** Most connections are short, most of those open at a time are long. Both end at a constant rate. */
export const kinds = [
  { share: 0.9, meanSeconds: 8 },
  { share: 0.1, meanSeconds: 240 },
] as const;

export const meanSeconds = kinds.reduce((sum, kind) => sum + kind.share * kind.meanSeconds, 0);

const earthRadiusKm = 6_371;
/** Light in glass, 2/3 of that in vacuum. */
const kmPerMs = 299.792 * (2 / 3);
/** How much longer cables are than the great circle. */
const detour = 1.3;
/** Within a site, and at both ends of a way. */
const localRttMs = 0.6;

/** By city, then site, ms: the great circle there and back. */
export const baseRttMs: readonly (readonly number[])[] = cities.map((from) =>
  cities.map((to) => localRttMs + (2 * detour * greatCircleKm(from, to)) / kmPerMs),
);

export function cityIndex(name: string): number {
  const index = cities.findIndex((city) => city.name === name);
  if (index < 0) throw new Error(`there is no city ${name}`);
  return index;
}

function greatCircleKm(a: City, b: City): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const halfChord =
    Math.sin(radians(b.latitude - a.latitude) / 2) ** 2 +
    Math.cos(radians(a.latitude)) *
      Math.cos(radians(b.latitude)) *
      Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(halfChord));
}
