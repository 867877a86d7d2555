/** What the host's actual state is, told in the words of those who ask: pure matching of what the kernel said. */
import { canonicalAddress } from '../domain/address.ts';
import { CausewayError } from '../domain/error.ts';
import {
  addressOfRoute,
  type HostState,
  type InterfaceAddress,
  localTable,
  type NftTable,
  type Route,
  type Rule,
} from '../domain/host-state.ts';
import { describeFouPort, isInTheWay, isSameGuePort } from './fou/fou.ts';
import type { FouReading } from './fou/fou-codec.ts';
import { addressKey, guePortKey, routeKey, ruleKey } from './ledger-entries.ts';
import { type AddressReading, interfaceAddressOf } from './link/codec-address.ts';
import type { LinkReading } from './link/codec-link.ts';
import type { RouteReading } from './link/codec-route.ts';
import { routeType } from './link/rtnetlink.ts';
import { canonicalNftTable } from './nft-table.ts';

/** What was read of the kernel. */
export interface HostFacts {
  readonly links: readonly LinkReading[];
  readonly addresses: readonly AddressReading[];
  readonly routes: readonly RouteReading[];
  readonly rules: readonly Rule[];
  readonly sysctls: ReadonlyMap<string, string>;
  readonly nft: ReadonlyMap<string, NftTable | 'foreign'>;
  readonly fouPorts: readonly FouReading[];
}

/** Something that bears a name asked about, and is nothing that Causeway could have made. */
export interface Stranger {
  readonly kind: 'link' | 'nft' | 'gue-port';
  readonly name: string;
  readonly found: string;
}

/**
 * `absentRoutes` are those asked about that are truly absent. `strays`: routes of type local to the same destinations that nobody
 * asked about, of whatever table and device: there the host takes for its own what must go elsewhere.
 */
export interface HostReading extends HostState {
  readonly strangers: readonly Stranger[];
  readonly strays: readonly Route[];
}

/**
 * The actual state of exactly the objects that `about` names. Where an object is as asked, it comes back in the asker's own
 * words (a route without `link`, a table's elements in their order), so that equality is enough to compare; else as it is.
 */
export function matchHost(about: readonly HostState[], facts: HostFacts): HostReading {
  const links = new Map(facts.links.map((link) => [link.name, link]));
  const nameOf = new Map(facts.links.map((link) => [link.index, link.name]));
  const strangers: Stranger[] = [];
  const index = indexOf(about, facts, nameOf);
  const reading: HostReading = {
    links: named(about, 'links', (link) => link.name).flatMap(([wanted]) => {
      const found = wanted === undefined ? undefined : links.get(wanted.name);
      if (found === undefined) return [];
      if (found.link !== undefined) return [found.link];
      strangers.push({ kind: 'link', name: found.name, found: found.kind ?? 'no virtual device' });
      return [];
    }),
    addresses: named(about, 'addresses', addressKey).flatMap((wanted) =>
      matchAddress(wanted, index.addresses),
    ),
    routes: named(about, 'routes', routePlace).flatMap((wanted) => matchRoute(wanted, index.routes)),
    absentRoutes: named(about, 'absentRoutes', absentKey).flatMap(([wanted]) =>
      wanted === undefined || isThere(wanted, index.routes) ? [] : [wanted],
    ),
    rules: named(about, 'rules', ruleKey).flatMap(([wanted]) =>
      wanted !== undefined && index.rules.has(ruleKey(wanted)) ? [wanted] : [],
    ),
    sysctls: named(about, 'sysctls', (sysctl) => sysctl.name).flatMap((wanted) => {
      const name = wanted[0]?.name ?? '';
      const value = facts.sysctls.get(name);
      if (value === undefined) return [];
      return [
        wanted.find((sysctl) => sysctl.value.trim().replaceAll(/\s+/g, ' ') === value) ?? { name, value },
      ];
    }),
    nft: named(about, 'nft', (table) => table.name).flatMap((wanted) => {
      const name = wanted[0]?.name ?? '';
      const found = facts.nft.get(name);
      if (found === undefined) return [];
      if (found !== 'foreign') return [wanted.find((table) => isSameTable(table, found)) ?? found];
      strangers.push({ kind: 'nft', name, found: 'a table with other chains, sets or rules' });
      return [];
    }),
    guePorts: named(about, 'guePorts', guePortKey).flatMap(([wanted]) => {
      if (wanted === undefined) return [];
      if (facts.fouPorts.some((found) => isSameGuePort(found, wanted))) return [wanted];
      const other = facts.fouPorts.find((found) => isInTheWay(found, wanted));
      if (other !== undefined)
        strangers.push({ kind: 'gue-port', name: guePortKey(wanted), found: describeFouPort(other) });
      return [];
    }),
    strangers,
    strays: straysOf(about, index).map((route) => ofAddress(route, facts, nameOf)),
  };
  return reading;
}

/** What was read, each thing under the key by which it is asked for: one pass, however much is asked. */
interface Index {
  readonly addresses: ReadonlyMap<string, readonly InterfaceAddress[]>;
  /** By place, the preferred first. */
  readonly routes: ReadonlyMap<string, readonly Route[]>;
  readonly rules: ReadonlySet<string>;
}

function indexOf(about: readonly HostState[], facts: HostFacts, nameOf: ReadonlyMap<number, string>): Index {
  const asks = (kind: keyof HostState) => about.some((state) => state[kind].length > 0);
  const addresses = asks('addresses')
    ? facts.addresses.map((reading) => interfaceAddressOf(reading, nameOf.get(reading.linkIndex) ?? ''))
    : [];
  const routes = routesOf(
    facts.routes.toSorted((a, b) => a.priority - b.priority),
    nameOf,
  );
  return {
    addresses: Map.groupBy(addresses, addressKey),
    routes: Map.groupBy(routes, routePlace),
    rules: new Set(facts.rules.map(ruleKey)),
  };
}

/** Says so where it is the kernel's for an address of somebody's on that device. */
function ofAddress(route: Route, { addresses }: HostFacts, nameOf: ReadonlyMap<number, string>): Route {
  const { link, address } = addressOfRoute(route);
  const found = addresses.find((one) => one.address === address && nameOf.get(one.linkIndex) === link);
  return route.table !== localTable || found === undefined
    ? route
    : { ...route, addressPrefixLength: found.prefixLength };
}

function straysOf(about: readonly HostState[], { routes }: Index): Route[] {
  const askedFor = (kind: 'routes' | 'absentRoutes') =>
    new Set(about.flatMap((state) => state[kind].map(absentKey)));
  const [wanted, unwanted] = [askedFor('routes'), askedFor('absentRoutes')];
  const destinations = new Set(
    about.flatMap((state) => state.absentRoutes.map(({ destination }) => destination)),
  );
  return [...routes.values()]
    .flat()
    .filter(
      (route) =>
        route.type === 'local' &&
        destinations.has(route.destination) &&
        !wanted.has(absentKey(route)) &&
        !unwanted.has(absentKey(route)),
    );
}

/**
 * Why `desired` must not be applied here: names that belong to somebody else. Empty where nothing stands in the way. An nft
 * table of ours that somebody changed is no obstacle: it is loaded anew.
 */
export function foreignObjects(desired: HostState, reading: HostReading, made: HostState): CausewayError[] {
  const errors: CausewayError[] = [];
  const refuse = (subject: string, message: string) =>
    errors.push(new CausewayError({ code: 'conflict', operation: 'take over', subject, message }));
  for (const { name } of desired.links) {
    const stranger = reading.strangers.find((other) => other.kind === 'link' && other.name === name);
    const remedy = `rename or delete it (ip link delete ${name})`;
    if (stranger !== undefined) {
      refuse(
        `link ${name}`,
        `a device of that name exists (${stranger.found}) and is not Causeway's: ${remedy}`,
      );
    } else if (has(reading.links, name) && !has(made.links, name)) {
      refuse(
        `link ${name}`,
        `a device of that name exists and Causeway's ledger does not know it: ${remedy}`,
      );
    }
  }
  for (const { name } of desired.nft) {
    const exists =
      has(reading.nft, name) ||
      reading.strangers.some((other) => other.kind === 'nft' && other.name === name);
    if (!exists || has(made.nft, name)) continue;
    const message = `an nft table inet ${name} exists and Causeway's ledger does not know it`;
    refuse(`nft table ${name}`, `${message}: rename or delete it (nft delete table inet ${name})`);
  }
  for (const wanted of desired.guePorts) {
    const key = guePortKey(wanted);
    const stranger = reading.strangers.find(({ kind, name }) => kind === 'gue-port' && name === key);
    const isThere = reading.guePorts.some((one) => guePortKey(one) === key);
    const isOurs = made.guePorts.some((one) => guePortKey(one) === key);
    const remedy = 'take it away (ip fou show, ip fou del), or give the site another port (spec.tunnel.port)';
    if (stranger !== undefined) {
      refuse(key, `somebody else's receive port is there (${stranger.found}): ${remedy}`);
    } else if (isThere && !isOurs) {
      refuse(key, `such a receive port exists and Causeway's ledger does not know it: ${remedy}`);
    }
  }
  const ours = new Set(made.routes.map(routePlace));
  for (const route of desired.routes) {
    const found = reading.routes.find((other) => routePlace(other) === routePlace(route));
    if (found === undefined || isRouteAsWanted(found, route) || ours.has(routePlace(route))) continue;
    const message =
      "another route to there exists in that table and is not Causeway's: choose another table, or delete it";
    refuse(`route ${route.destination} table ${route.table}`, message);
  }
  return errors;
}

function has(list: readonly { readonly name: string }[], name: string): boolean {
  return list.some((item) => item.name === name);
}

/** Objects of a kind, those of one key together. */
function named<K extends keyof HostState>(
  about: readonly HostState[],
  kind: K,
  keyOf: (item: HostState[K][number]) => string,
): HostState[K][number][][] {
  const groups = new Map<string, HostState[K][number][]>();
  for (const item of about.flatMap((state): readonly HostState[K][number][] => state[kind])) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function matchAddress(wanted: readonly InterfaceAddress[], index: Index['addresses']): InterfaceAddress[] {
  const [first] = wanted;
  if (first === undefined) return [];
  // The kernel's spelling is the canonical one, and mostly the asker's too.
  const [found] = index.get(addressKey(first)) ?? index.get(canonicalAddressKey(first)) ?? [];
  if (found === undefined) return [];
  const same = wanted.find(
    (address) =>
      address.scope === found.scope && address.preferredLifetimeSeconds === found.preferredLifetimeSeconds,
  );
  return [same ?? found];
}

function matchRoute(wanted: readonly Route[], index: Index['routes']): Route[] {
  const found = wanted[0] === undefined ? [] : (index.get(routePlace(wanted[0])) ?? []);
  const same = wanted.find((route) => found.some((other) => isRouteAsWanted(other, route)));
  const actual = same ?? found[0];
  return actual === undefined ? [] : [actual];
}

/** Those of the kinds that Causeway makes. */
export function routesOf(readings: readonly RouteReading[], nameOf: ReadonlyMap<number, string>): Route[] {
  return readings.map((reading) => routeOf(reading, nameOf)).filter((route) => route !== undefined);
}

function routeOf(reading: RouteReading, nameOf: ReadonlyMap<number, string>): Route | undefined {
  const type = (['unicast', 'local'] as const).find((name) => routeType[name] === reading.type);
  if (type === undefined) return undefined;
  const link = reading.linkIndex === undefined ? undefined : nameOf.get(reading.linkIndex);
  return {
    family: reading.family,
    table: reading.table,
    type,
    destination: reading.destination,
    ...(reading.gateway === undefined ? {} : { gateway: reading.gateway }),
    ...(link === undefined ? {} : { link }),
    ...(reading.advertisedMss === undefined ? {} : { advertisedMss: reading.advertisedMss }),
    ...(reading.mtu === undefined ? {} : { mtuBytes: reading.mtu }),
  };
}

/** Whether `found` does what `wanted` says; a device that is not asked for may be any. */
function isRouteAsWanted(found: Route, wanted: Route): boolean {
  return (
    found.type === wanted.type &&
    found.gateway === canonical(wanted.gateway) &&
    found.advertisedMss === wanted.advertisedMss &&
    found.mtuBytes === wanted.mtuBytes &&
    (wanted.link === undefined || wanted.link === found.link)
  );
}

function isThere(wanted: Route, index: Index['routes']): boolean {
  return (index.get(routePlace(wanted)) ?? []).some(
    (found) => found.type === wanted.type && (wanted.link === undefined || wanted.link === found.link),
  );
}

function absentKey(route: Route): string {
  return `${routeKey(route)} ${route.link ?? ''}`;
}

/** Where a route stands: there is room for one there. */
function routePlace(route: Route): string {
  return `${route.family} ${route.table} ${route.destination}`;
}

function canonicalAddressKey(address: InterfaceAddress): string {
  return addressKey({ ...address, address: canonical(address.address) ?? address.address });
}

function canonical(address: string | undefined): string | undefined {
  return address === undefined ? undefined : (canonicalAddress(address) ?? address);
}

function isSameTable(a: NftTable, b: NftTable): boolean {
  return JSON.stringify(sorted(canonicalNftTable(a))) === JSON.stringify(sorted(canonicalNftTable(b)));
}

function sorted(table: NftTable): [string, unknown][] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}
