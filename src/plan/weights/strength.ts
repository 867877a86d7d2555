/** How much of its site's share a real server can take, against the others of that site. */
import type { WeighedRealServer } from './input.ts';

/** A real server that may get connections, with the numbers that counted. */
export interface Carrier {
  readonly name: string;
  readonly site: string;
  /** Among the candidates. */
  readonly place: number;
  readonly capacityMilliConnections: number;
  readonly slowStartPerMille: number;
  readonly holdDownPerMille: number;
  /** Capacity × multipliers. Above 0. */
  readonly strength: number;
}

/**
 * 8.6 million connections. A strength is then at most 2^33 · 1000 < 2^43, and the sum over a site stays below 2^53, where
 * doubles count in ones, for 1,024 real servers of that size. All products of such numbers are taken as BigInt.
 */
const largestCapacityMilliConnections = 2 ** 33;

const fullPerMille = 1_000;

/** Undefined where nothing is left of it. Without `multipliers`, slow start and hold-down do not count. */
export function carrierOf(
  server: WeighedRealServer,
  place: number,
  multipliers: boolean,
): Carrier | undefined {
  const capacityMilliConnections = usableCapacity(server.capacityMilliConnections);
  const slowStartPerMille = multipliers ? usablePerMille(server.slowStartPerMille) : fullPerMille;
  const holdDownPerMille = multipliers ? usablePerMille(server.holdDownPerMille) : fullPerMille;
  const strength = strengthOf(capacityMilliConnections, slowStartPerMille, holdDownPerMille);
  if (strength === 0) return undefined;
  const { name, site } = server;
  return { name, site, place, capacityMilliConnections, slowStartPerMille, holdDownPerMille, strength };
}

export function strengthOf(
  capacityMilliConnections: number,
  slowStartPerMille: number,
  holdDownPerMille: number,
): number {
  if (slowStartPerMille === 0 || holdDownPerMille === 0) return 0;
  // To whole per mille: another factor of a thousand would not fit, and a tenth of a per cent moves no weight.
  const multiplier = Math.max(1, Math.floor((slowStartPerMille * holdDownPerMille) / fullPerMille));
  return capacityMilliConnections * multiplier;
}

/** A capacity that nobody declared, or an absurd one, counts as the least there is: missing is never zero. */
function usableCapacity(milliConnections: number): number {
  if (!Number.isFinite(milliConnections) || milliConnections < 1) return 1;
  return Math.min(largestCapacityMilliConnections, Math.floor(milliConnections));
}

function usablePerMille(perMille: number): number {
  if (!Number.isFinite(perMille)) return 0;
  return Math.min(fullPerMille, Math.max(0, Math.floor(perMille)));
}
