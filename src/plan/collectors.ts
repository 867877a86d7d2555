/** To whom each real server shows that what it sends from its VIPs gets out of its site: directors of other sites, a few, the same while nothing changes. */
import { type DirectorMember, isCapable, type RealServerMember } from '../domain/member.ts';
import type { Service } from '../domain/resource.ts';
import type { SnapshotCollector } from '../domain/return-path.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { claims } from './selection.ts';

type CollectorsFor = (
  realServer: RealServerMember,
  services: readonly Service[],
) => readonly SnapshotCollector[];

/** Of two sites, where there are so many: one that is cut off leaves the other. */
const collectorsAtMost = 2;
const none: readonly never[] = [];

/**
 * Where a site does not claim a real server's VIPs, its directors come first: no filter of its own takes a VIP that comes from outside for a
 * forgery. Of many each has its share. What is made of the same again is the same value, from world to world as well.
 */
export function createCollectors(): (world: World, isDeclared: (site: string) => boolean) => CollectorsFor {
  const made = new Map<string, readonly SnapshotCollector[]>();

  function again(realServer: string, next: readonly SnapshotCollector[]): readonly SnapshotCollector[] {
    const before = made.get(realServer);
    const isSame = before !== undefined && JSON.stringify(before) === JSON.stringify(next);
    if (isSame) return before;
    made.set(realServer, next);
    return next;
  }

  return (world, isDeclared) => {
    const { probeKeys } = world;
    const directors = byName(world.directors).filter(
      (one) => isCapable(one, 'return-path') && isDeclared(one.site),
    );
    const known = new Map<readonly Service[], Map<string, Ranked>>();
    if (made.size > 2 * world.realServers.length) made.clear();

    return (realServer, services) => {
      if (probeKeys === undefined || services.length === 0 || !isCapable(realServer, 'return-path'))
        return none;
      const bySite = known.get(services) ?? new Map<string, Ranked>();
      known.set(services, bySite);
      const ranked = bySite.get(realServer.site) ?? rank(directors, realServer.site, services);
      bySite.set(realServer.site, ranked);
      const chosen = chosenFrom(ranked, realServer.name);
      if (chosen.length === 0) return none;
      const collectors = chosen.flatMap(({ name, address, otherAddresses = [] }) => {
        const key = probeKeys.toCollector(name, realServer.name);
        if (key === undefined) return [];
        return [{ name, addresses: [address, ...otherAddresses], epoch: key.epoch, keyHex: key.keyHex }];
      });
      return again(realServer.name, collectors);
    };
  };
}

/** Those of other sites: first of sites that claim none of the services, then of others. */
type Ranked = readonly (readonly DirectorMember[])[];

function rank(directors: readonly DirectorMember[], site: string, services: readonly Service[]): Ranked {
  const others = directors.filter((one) => one.site !== site);
  const isOwner = (one: DirectorMember): boolean => services.some((service) => claims(service, one.site));
  return [others.filter((one) => !isOwner(one)), others.filter(isOwner)];
}

function chosenFrom(ranked: Ranked, name: string): readonly DirectorMember[] {
  const chosen: DirectorMember[] = [];
  for (const some of ranked) {
    for (let left = some; chosen.length < collectorsAtMost && left.length > 0; ) {
      const one = left[numberOf(name) % left.length];
      if (one === undefined) break;
      chosen.push(one);
      const elsewhere = left.filter(({ site }) => !chosen.some((other) => other.site === site));
      left = elsewhere.length > 0 ? elsewhere : left.filter((other) => !chosen.includes(other));
    }
  }
  return chosen;
}

/** The same of a name everywhere and always (FNV-1a, 32 bit). */
function numberOf(name: string): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) sum = Math.imul(sum ^ name.charCodeAt(at), 0x01000193);
  return sum >>> 0;
}
