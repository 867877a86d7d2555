/** Whether a new snapshot looks like a mistake: an agent refuses one that would take away most of what it carries, unasked. */
import { type Asked, namesOf } from '../domain/asked.ts';
import type { HostState } from '../domain/host-state.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { isPlaceholder } from './real-server-host.ts';
import type { DirectorContent, RealServerContent } from './snapshots.ts';

/** Share that may go in one step unasked; more needs the operator's force. */
const leastKeptShare = 0.5;

/** Of a store that went back (emptied, or an older copy of it) nobody knows what is missing: nothing goes by its word. */
const leastKeptOfOlder = 1;

/** Whether it is to be taken as it is: an older coordinator says that an operator insists, but not on what. */
export function isUnjudged({ force, revision = 0 }: Pick<Snapshot, 'force' | 'revision'>): boolean {
  return force && revision === 0;
}

/**
 * Why a director should refuse `next`, or undefined. What was asked for does not count. `isOlder`: it is made from an older store than
 * what is in force.
 */
export function implausible(
  previous: DirectorContent | undefined,
  next: DirectorContent,
  asked: readonly Asked[] = [],
  isOlder = false,
): string | undefined {
  // A director that was moved to another site has another site's services.
  if (previous === undefined || asked.some(({ subject }) => subject === 'director')) return undefined;
  const before = unaskedServices(previous, next, asked);
  if (before.length > 0 && next.services.length === 0) return emptied(before.length);
  const [servers, sites] = [namesOf(asked, 'realServer'), namesOf(asked, 'site')];
  const siteOf = new Map(previous.realServers.map(({ name, site }) => [name, site]));
  const isMeant = (realServer: string): boolean =>
    servers.has(realServer) || sites.has(siteOf.get(realServer) ?? '');
  const kept = new Map(next.services.map((service) => [service.name, service]));
  let [judged, gone] = [0, 0];
  for (const service of before) {
    const after = kept.get(service.name);
    // Of very many services few change: nothing of one that is the same goes.
    const names =
      after === service ? undefined : new Set(after?.destinations.map(({ realServer }) => realServer));
    for (const { realServer } of service.destinations) {
      if (isMeant(realServer)) continue;
      judged += 1;
      if (names !== undefined && !names.has(realServer)) gone += 1;
    }
  }
  const lost = isOlder ? before.filter(({ name }) => !kept.has(name)).length : 0;
  return tooMany(gone, judged, 'destinations', isOlder) ?? tooMany(lost, before.length, 'services', isOlder);
}

/** Why a real server should refuse `next`, or undefined. What was asked for does not count. `isOlder`: as of a director. */
export function implausibleForRealServer(
  previous: RealServerContent | undefined,
  next: RealServerContent,
  asked: readonly Asked[] = [],
  isOlder = false,
): string | undefined {
  // Other labels, or another place, have other services; of other real servers and sites it is not told.
  const isMoved = asked.some(({ subject }) => subject === 'realServer' || subject === 'site');
  if (previous === undefined || isMoved) return undefined;
  const before = unaskedServices(previous, next, asked);
  if (before.length > 0 && next.services.length === 0) return emptied(before.length);
  const deleted = namesOf(asked, 'director');
  const senders = previous.directors.filter(({ name }) => !deleted.has(name));
  if (before.length > 0 && senders.length > 0 && next.directors.length === 0) {
    return `no directors left, while ${senders.length} send to this real server`;
  }
  const kept = new Set(next.services.flatMap(({ vips }) => vips));
  const directors = new Set(next.directors.map(({ name }) => name));
  const lost = isOlder ? senders.filter(({ name }) => !directors.has(name)).length : 0;
  return (
    tooManyGone([...new Set(before.flatMap(({ vips }) => vips))], kept, 'VIPs', isOlder) ??
    tooMany(lost, senders.length, 'directors', isOlder)
  );
}

/** What the ledger says is ours and the kernel has, of which no snapshot tells. */
export interface FoundOnHost {
  readonly vips: readonly string[];
  /** Of a director: `vip address` of each destination, in the kernel. */
  readonly destinations?: readonly string[];
  /** Of a real server: underlay addresses of the directors that it lets in. */
  readonly directors?: readonly string[];
}

/**
 * Why the first snapshot of an agent that has none on its disk should be refused, or undefined: a coordinator that never knew
 * anything (an emptied store) would have everything removed that clients still use. There is no telling what was asked for.
 */
export function implausibleAtFirst(
  found: FoundOnHost,
  next: DirectorContent | RealServerContent,
): string | undefined {
  const { vips, destinations = [], directors = [] } = found;
  if (vips.length > 0 && next.services.length === 0) {
    const vipText = vips.length === 1 ? 'a VIP' : `${vips.length} VIPs`;
    return `empty, while this host carries ${vipText} and no snapshot on its disk says why; apply with force if that is meant`;
  }
  if (next.kind === 'realserver' && directors.length > 0 && next.directors.length === 0)
    return `no directors left, while this host lets ${directors.length} in; apply with force if that is meant`;
  const keptVips = new Set(next.services.flatMap((service) => service.vips));
  const gone = tooManyGone(vips, keptVips, 'VIPs');
  if (gone !== undefined || next.kind === 'realserver') return gone;
  return tooManyGone(destinations, new Set(destinationsByAddress(next)), 'destinations');
}

/** Without a snapshot on a real server's disk, the ledger says what is carried. */
export function implausibleBesideMade(
  { addresses, nft }: Pick<HostState, 'addresses' | 'nft'>,
  next: RealServerContent & { readonly force: boolean },
): string | undefined {
  if (next.force) return undefined;
  const directors = nft.flatMap((table) => (table.kind === 'closed-decapsulation' ? table.directors : []));
  const vips = new Set(addresses.map(({ address }) => address).filter((address) => !isPlaceholder(address)));
  return implausibleAtFirst({ vips: [...vips], directors }, next);
}

/** `vip address` of each. */
function destinationsByAddress({ services, realServers }: DirectorContent): string[] {
  const addresses = new Map(realServers.map(({ name, address }) => [name, address]));
  return services.flatMap(({ vips, destinations }) =>
    vips.flatMap((vip) => destinations.map(({ realServer }) => `${vip} ${addresses.get(realServer)}`)),
  );
}

/** Those carried that nobody changed or deleted. */
function unaskedServices<S extends { readonly name: string }>(
  previous: { readonly services: readonly S[] },
  next: { readonly deletedServices: readonly string[] },
  asked: readonly Asked[],
): readonly S[] {
  const meant = new Set([...namesOf(asked, 'service'), ...next.deletedServices]);
  return previous.services.filter(({ name }) => !meant.has(name));
}

function emptied(services: number): string {
  return `empty, while ${services} services are carried that nobody deleted`;
}

function tooManyGone(
  before: readonly string[],
  kept: ReadonlySet<string>,
  what: string,
  isOlder = false,
): string | undefined {
  return tooMany(before.filter((item) => !kept.has(item)).length, before.length, what, isOlder);
}

function tooMany(gone: number, before: number, what: string, isOlder = false): string | undefined {
  if (gone <= before * (1 - (isOlder ? leastKeptOfOlder : leastKeptShare))) return undefined;
  if (isOlder)
    return `${gone} of ${before} ${what} would go, by the word of a store that is older than what is in force: it was emptied, or is an old copy; apply what is missing, or with force what is meant`;
  return `${gone} of ${before} ${what} would go at once; apply with force if that is meant`;
}
