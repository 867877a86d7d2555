/** To whom each real server shows that what it sends from its VIPs gets out of its site: directors of other sites and coordinators, a few, the same while nothing changes. */
import { asCollector, hears, type LiveCoordinator } from '../domain/coordinator.ts';
import { type DirectorMember, isCapable, type RealServerMember } from '../domain/member.ts';
import type { ProbeKeys } from '../domain/probe.ts';
import type { Service } from '../domain/resource.ts';
import type { SnapshotCollector } from '../domain/return-path.ts';
import type { World } from '../domain/world.ts';
import { byName } from './order.ts';
import { rememberedBy } from './remembered.ts';
import { claims } from './selection.ts';

type CollectorsFor = (
  realServer: RealServerMember,
  services: readonly Service[],
) => readonly SnapshotCollector[];

/** Of two sites, where there are so many: one that is cut off leaves the other. */
const collectorsAtMost = 2;
const none: readonly never[] = [];

/** Whoever may be chosen. */
interface Candidate {
  /** Of which it is made: as long as that is the same, it is. */
  readonly of: DirectorMember | LiveCoordinator;
  readonly name: string;
  readonly site: string;
  readonly addresses: readonly string[];
}

/**
 * Where a site does not claim a real server's VIPs, its collectors come first: no filter of its own takes a VIP that comes from outside for a
 * forgery. Of one kind of site directors come first. Of many each has its share. What is made of the same again is the same value, from world to
 * world as well.
 */
export function createCollectors(): (world: World, isDeclared: (site: string) => boolean) => CollectorsFor {
  const made = new Map<string, Made>();

  /** Keys cost some hashes each: they are made again only for others, or of another secret. */
  function again(realServer: string, chosen: readonly Candidate[], keys: ProbeKeys): Made {
    const before = made.get(realServer);
    const isSame =
      before?.keys === keys &&
      before.chosen.length === chosen.length &&
      chosen.every(({ of }, index) => of === before.chosen[index]?.of);
    if (isSame) return before;
    const collectors = chosen.flatMap(({ name, addresses }) => {
      const key = keys.toCollector(name, realServer);
      return key === undefined ? [] : [{ name, addresses, epoch: key.epoch, keyHex: key.keyHex }];
    });
    const isEqual = JSON.stringify(before?.collectors) === JSON.stringify(collectors);
    const next = {
      keys,
      chosen,
      collectors: isEqual && before !== undefined ? before.collectors : collectors,
    };
    made.set(realServer, next);
    return next;
  }

  return (world, isDeclared) => {
    const { probeKeys } = world;
    const directors = byName(world.directors).filter(
      (one) => isCapable(one, 'return-path') && isDeclared(one.site),
    );
    const kinds = [directors.map(ofDirector), hearingCoordinators(world).map(ofCoordinator)];
    // Where there are no directors nobody claims anything.
    const isOwner = (services: readonly Service[]) => (site: string) =>
      isDeclared(site) && services.some((service) => claims(service, site));
    const known = new Map<readonly Service[], Map<string, Ranked>>();
    if (made.size > 2 * world.realServers.length) made.clear();

    return (realServer, services) => {
      if (probeKeys === undefined || services.length === 0 || !isCapable(realServer, 'return-path'))
        return none;
      const bySite = known.get(services) ?? new Map<string, Ranked>();
      known.set(services, bySite);
      const ranked = bySite.get(realServer.site) ?? rank(kinds, realServer.site, isOwner(services));
      bySite.set(realServer.site, ranked);
      const chosen = chosenFrom(ranked, realServer.name);
      return chosen.length === 0 ? none : again(realServer.name, chosen, probeKeys).collectors;
    };
  };
}

/**
 * Coordinators that hear what is sent to them, by name. On the host of an agent none does: a director there hears it already, and to where
 * a real server has the VIP itself, nothing comes from it.
 */
export const hearingCoordinators = rememberedBy(
  ({ coordinators = none, directors, realServers }: Hosts) => [coordinators, directors, realServers],
  ({ coordinators = none, directors, realServers }: Hosts): readonly LiveCoordinator[] => {
    const hearing = coordinators.filter(hears);
    if (hearing.length === 0) return none;
    // Of many members few stand where any of these does.
    const asked = new Set(hearing.flatMap(({ hearsAt = [] }) => hearsAt));
    const taken = new Set<string>();
    for (const { address } of realServers) if (asked.has(address)) taken.add(address);
    for (const { address, otherAddresses = [] } of directors)
      for (const own of [address, ...otherAddresses]) if (asked.has(own)) taken.add(own);
    return byName(hearing.filter(({ hearsAt = [] }) => !hearsAt.some((address) => taken.has(address))));
  },
);

type Hosts = Pick<World, 'coordinators' | 'directors' | 'realServers'>;

function ofDirector(of: DirectorMember): Candidate {
  const { name, site, address, otherAddresses = [] } = of;
  return { of, name, site, addresses: [address, ...otherAddresses] };
}

function ofCoordinator(of: LiveCoordinator): Candidate {
  return { of, name: asCollector(of), site: of.site, addresses: of.hearsAt ?? [] };
}

interface Made {
  readonly keys: ProbeKeys;
  readonly chosen: readonly Candidate[];
  readonly collectors: readonly SnapshotCollector[];
}

/** Those of other sites: first of sites that claim none of the services, then of others. */
type Ranked = readonly (readonly Candidate[])[];

function rank(kinds: Ranked, site: string, isOwner: (site: string) => boolean): Ranked {
  const others = kinds.map((kind) => kind.filter((one) => one.site !== site));
  return [false, true].flatMap((owns) =>
    others.map((kind) => kind.filter((one) => isOwner(one.site) === owns)),
  );
}

/** From a place that the name gives, the next ones in order; of another site than those before, where there is any. */
function chosenFrom(ranked: Ranked, name: string): readonly Candidate[] {
  const chosen: Candidate[] = [];
  for (const isChoosy of [true, false]) {
    for (const some of ranked) {
      const start = some.length === 0 ? 0 : numberOf(name) % some.length;
      for (let step = 0; step < some.length && chosen.length < collectorsAtMost; step += 1) {
        const one = some[(start + step) % some.length];
        if (one === undefined || chosen.includes(one)) continue;
        if (!isChoosy || chosen.every(({ site }) => site !== one.site)) chosen.push(one);
      }
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
