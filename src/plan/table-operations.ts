/** What turns the table of a director's one content into that of another, looking only at what is not the same in both. */
import { type IpvsOperation, type IpvsTable, serviceId } from '../domain/ipvs-table.ts';
import type { DirectorService, SnapshotRealServer } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { addressPlan, type HealthView } from './director-table.ts';
import { ipvsPhases } from './ipvs-diff.ts';
import { compareText } from './order.ts';
import { probeServicesAmong } from './probe-services.ts';
import type { DirectorContent } from './snapshots.ts';

const allHealthy: HealthView = { path: () => 'up', application: () => 'healthy' };

/** Of one part; a director with fewer that change gets all operations in the order of its table. */
const mostDestinations = 2_000;
const everything = (): boolean => true;

/** As if everything were healthy. Yields between parts. */
export function* tableOperations(
  before: DirectorContent | undefined,
  after: DirectorContent,
): Steps<readonly IpvsOperation[]> {
  const old = new Map(before?.services.map((service) => [service.name, service]));
  const next = new Map(after.services.map((service) => [service.name, service]));
  const all: IpvsOperation[][] = [];
  const add = (desired: IpvsTable, actual: IpvsTable): void => {
    for (const [phase, operations] of ipvsPhases(desired, actual, everything).entries()) {
      const known = all[phase] ?? [];
      all[phase] = known;
      for (const operation of operations) known.push(operation);
    }
  };
  const moved = otherWays(before?.realServers ?? [], after.realServers);
  yield;
  const names = concerned(old, next, moved);
  yield;
  for (const part of parts(names, old, next)) {
    const actual = before === undefined ? [] : yield* tableOf(before, part, old, []);
    add(yield* tableOf(after, part, next, actual), actual);
    yield;
  }
  const asked = before === undefined ? undefined : askedAnew(old, next, moved);
  if (asked?.size === 0) return all.flat();
  yield;
  const actual = before === undefined ? [] : probeServicesAmong(before, asked);
  yield;
  const wanted = probeServicesAmong(after, asked);
  yield;
  for (const [desired, there] of pieces(wanted, actual)) {
    yield;
    add(desired, there);
  }
  return all.flat();
}

/** Services have nothing to do with each other: some of both tables at a time, the same ones; last, what is to go. */
function* pieces(desired: IpvsTable, actual: IpvsTable): Iterable<readonly [IpvsTable, IpvsTable]> {
  const present = new Map(actual.map((entry) => [serviceId(entry.service.key), entry]));
  for (let begin = 0; begin < desired.length; begin += mostDestinations) {
    const piece = desired.slice(begin, begin + mostDestinations);
    const there = piece.flatMap(({ service }) => {
      const id = serviceId(service.key);
      const entry = present.get(id);
      present.delete(id);
      return entry ?? [];
    });
    yield [piece, there];
  }
  yield [[], [...present.values()]];
}

type Services = ReadonlyMap<string, DirectorService>;

/** Real servers that are reached in another way, or only before or after. */
function otherWays(
  before: readonly SnapshotRealServer[],
  after: readonly SnapshotRealServer[],
): ReadonlySet<string> {
  if (before === after) return new Set();
  const left = new Map(before.map((one) => [one.name, one]));
  const moved = new Set<string>();
  for (const one of after) {
    if (left.get(one.name) !== one) moved.add(one.name);
    left.delete(one.name);
  }
  for (const name of left.keys()) moved.add(name);
  return moved;
}

/**
 * Those that are not the same, or have a destination that is reached in another way, and those that share a VIP with them: who comes
 * first by name has an address and port. By name.
 */
function concerned(old: Services, next: Services, moved: ReadonlySet<string>): readonly string[] {
  const names = new Set([...old.keys(), ...next.keys()]);
  const isConcerned = (name: string): boolean =>
    old.get(name) !== next.get(name) ||
    (moved.size > 0 && next.get(name)?.destinations.some(({ realServer }) => moved.has(realServer)) === true);
  const changed = [...names].filter(isConcerned);
  const vips = new Set(changed.flatMap((name) => vipsOf(name, old, next)));
  const beside = [...names].filter((name) => vipsOf(name, old, next).some((vip) => vips.has(vip)));
  return [...new Set([...changed, ...beside])].toSorted(compareText);
}

/** Real servers whose probe services may not be what they were: of another way, or of a service that is another. */
function askedAnew(old: Services, next: Services, moved: ReadonlySet<string>): ReadonlySet<string> {
  const asked = new Set(moved);
  for (const name of new Set([...old.keys(), ...next.keys()])) {
    const [was, is] = [old.get(name), next.get(name)];
    if (was === is) continue;
    for (const service of [was, is])
      for (const { realServer } of service?.destinations ?? []) asked.add(realServer);
  }
  return asked;
}

function vipsOf(name: string, old: Services, next: Services): readonly string[] {
  return [...(old.get(name)?.vips ?? []), ...(next.get(name)?.vips ?? [])];
}

/** Services that share a VIP stay together: what leaves one of them may come to the other. */
function parts(names: readonly string[], old: Services, next: Services): readonly ReadonlySet<string>[] {
  const found: Set<string>[] = [];
  let part = new Set<string>();
  let size = 0;
  for (const group of byVip(names, old, next)) {
    for (const name of group) {
      part.add(name);
      size += (old.get(name)?.destinations.length ?? 0) + (next.get(name)?.destinations.length ?? 0);
    }
    if (size < mostDestinations) continue;
    found.push(part);
    part = new Set();
    size = 0;
  }
  return part.size === 0 ? found : [...found, part];
}

function byVip(names: readonly string[], old: Services, next: Services): Iterable<ReadonlySet<string>> {
  const groupOf = new Map<string, Set<string>>();
  const groups = new Set<Set<string>>();
  for (const name of names) {
    const vips = vipsOf(name, old, next);
    const group = new Set([name]);
    for (const joined of new Set(vips.flatMap((vip) => groupOf.get(vip) ?? []))) {
      groups.delete(joined);
      for (const other of joined) group.add(other);
    }
    groups.add(group);
    for (const member of group) for (const vip of vipsOf(member, old, next)) groupOf.set(vip, group);
  }
  return groups;
}

function* tableOf(
  content: DirectorContent,
  names: ReadonlySet<string>,
  services: Services,
  actual: IpvsTable,
): Steps<IpvsTable> {
  const { table } = yield* addressPlan(restricted(content, names, services), allHealthy, actual);
  return table;
}

function restricted(
  content: DirectorContent,
  names: ReadonlySet<string>,
  services: Services,
): DirectorContent {
  return {
    ...content,
    services: [...names].toSorted(compareText).flatMap((name) => services.get(name) ?? []),
  };
}
