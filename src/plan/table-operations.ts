/** What turns the table of a director's one content into that of another, looking only at what is not the same in both. */
import { type IpvsOperation, type IpvsTable, serviceId } from '../domain/ipvs-table.ts';
import type { DirectorService } from '../domain/snapshot.ts';
import type { Steps } from '../domain/steps.ts';
import { directorTable, type HealthView } from './director-table.ts';
import { ipvsPhases } from './ipvs-diff.ts';
import { compareText } from './order.ts';
import { probeServices } from './probe-services.ts';
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
  for (const names of parts(concerned(old, next), old, next)) {
    const actual = before === undefined ? [] : tableOf(before, names, old);
    add(addressesOf(directorTable(restricted(after, names, next), allHealthy, actual)), actual);
    yield;
  }
  if (before === undefined || !hasSameProbes(before, after, old, next)) {
    const actual = before === undefined ? [] : probeServices(before);
    yield;
    const wanted = probeServices(after);
    yield;
    for (const [desired, there] of pieces(wanted, actual)) {
      yield;
      add(desired, there);
    }
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

/** Those that are not the same, and those that share a VIP with them: who comes first by name has an address and port. By name. */
function concerned(old: Services, next: Services): readonly string[] {
  const names = new Set([...old.keys(), ...next.keys()]);
  const changed = [...names].filter((name) => old.get(name) !== next.get(name));
  const vips = new Set(changed.flatMap((name) => vipsOf(name, old, next)));
  const beside = [...names].filter((name) => vipsOf(name, old, next).some((vip) => vips.has(vip)));
  return [...new Set([...changed, ...beside])].toSorted(compareText);
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

function tableOf(content: DirectorContent, names: ReadonlySet<string>, services: Services): IpvsTable {
  return addressesOf(directorTable(restricted(content, names, services), allHealthy, []));
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

/** Without the probe services, which all services of a real server decide about together. */
function addressesOf(table: IpvsTable): IpvsTable {
  return table.filter(({ service }) => service.key.kind === 'address');
}

/** The same real servers in the same way, and those of changed services serve VIPs of the same families. */
function hasSameProbes(
  before: DirectorContent,
  after: DirectorContent,
  old: Services,
  next: Services,
): boolean {
  const isSameWay =
    before.realServers === after.realServers ||
    (before.realServers.length === after.realServers.length &&
      before.realServers.every((realServer, index) => realServer === after.realServers[index]));
  if (!isSameWay) return false;
  for (const name of new Set([...old.keys(), ...next.keys()])) {
    const [was, is] = [old.get(name), next.get(name)];
    if (was !== is && (was === undefined || is === undefined || !asksTheSame(was, is))) return false;
  }
  return true;
}

function asksTheSame(a: DirectorService, b: DirectorService): boolean {
  const families = ({ vips }: DirectorService): string =>
    `${vips.some((vip) => vip.includes(':'))} ${vips.some((vip) => !vip.includes(':'))}`;
  if (families(a) !== families(b) || a.destinations.length !== b.destinations.length) return false;
  const names = new Set(a.destinations.map(({ realServer }) => realServer));
  return b.destinations.every(({ realServer }) => names.has(realServer));
}
