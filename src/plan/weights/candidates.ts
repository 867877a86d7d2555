/** The real servers that a service's weights are decided for: all that is the same at the directors of every site. */
import { compareBySiteAndName } from '../order.ts';
import type { WeighedRealServer, WeightInput } from './input.ts';
import { type Carrier, carrierOf } from './strength.ts';
import { type ServerNames, serverNames, WeightList } from './weight-list.ts';

export interface Candidates {
  /** By site and name. */
  readonly realServers: readonly WeighedRealServer[];
  /** In the same order. */
  readonly servers: ServerNames;
  /** Those that may carry, by site in order of names; sites without one are left out. */
  carriersBySite(multipliers: boolean, unhealthy: boolean): ReadonlyMap<string, SiteCarriers>;
}

export interface SiteCarriers {
  /** By name; at least one. */
  readonly carriers: readonly Carrier[];
  /** Sum over the carriers. */
  readonly strength: number;
  readonly largestStrength: number;
}

const known = new WeakMap<readonly WeighedRealServer[], Candidates>();

/** The directors of all sites mostly get the same list: what follows from it is worked out once. */
export function candidatesOf({
  realServers,
  previous,
}: Pick<WeightInput, 'realServers' | 'previous'>): Candidates {
  const found = known.get(realServers) ?? candidatesAmong(realServers, previous);
  known.set(realServers, found);
  return found;
}

/** Named by the same value as in the weights of before, where they are the same: their lists then compare place by place. */
function candidatesAmong(
  given: readonly WeighedRealServer[],
  previous: ReadonlyMap<string, number> | undefined,
): Candidates {
  const realServers = given.toSorted(compareBySiteAndName);
  const before = previous instanceof WeightList ? previous.servers : undefined;
  const isSame =
    before?.names.length === realServers.length &&
    realServers.every(({ name }, place) => name === before.names[place]);
  const made = new Map<string, ReadonlyMap<string, SiteCarriers>>();
  return {
    realServers,
    servers: isSame && before !== undefined ? before : serverNames(realServers.map(({ name }) => name)),
    carriersBySite(multipliers, unhealthy) {
      const key = `${multipliers} ${unhealthy}`;
      const found = made.get(key) ?? carriersAmong(realServers, multipliers, unhealthy);
      made.set(key, found);
      return found;
    },
  };
}

function carriersAmong(
  realServers: readonly WeighedRealServer[],
  multipliers: boolean,
  unhealthy: boolean,
): ReadonlyMap<string, SiteCarriers> {
  const sites = new Map<string, Carrier[]>();
  for (const [place, server] of realServers.entries()) {
    if (server.isDrained || !server.isEligible) continue;
    if (server.health === 'unhealthy' && !unhealthy) continue;
    const carrier = carrierOf(server, place, multipliers);
    if (carrier === undefined) continue;
    const own = sites.get(server.site);
    if (own === undefined) sites.set(server.site, [carrier]);
    else own.push(carrier);
  }
  return new Map([...sites].map(([site, carriers]) => [site, summed(carriers)]));
}

function summed(carriers: readonly Carrier[]): SiteCarriers {
  const strength = carriers.reduce((sum, carrier) => sum + carrier.strength, 0);
  const largestStrength = carriers.reduce((largest, carrier) => Math.max(largest, carrier.strength), 0);
  return { carriers, strength, largestStrength };
}
