/**
 * What on a host bears our names and marks, whatever the ledger knows of it: a lost state directory must not make strangers of our own
 * devices, tables and rules. Pure matching of what the kernel said.
 */
import { canonicalAddress, hostPrefixLength } from '../domain/address.ts';
import {
  type GuePort,
  type HostOperation,
  type HostState,
  type InterfaceAddress,
  localTable,
  type NftTable,
  type Route,
  routeOfAddress,
} from '../domain/host-state.ts';
import { isRouteMarker } from '../domain/route-marker.ts';
import { factsOf, isOwnDevice, routedDevice } from '../domain/tunnel.ts';
import { hostOf } from '../domain/vip-network.ts';
import type { HostFacts } from './host-read.ts';
import { routesOf } from './host-read.ts';
import type { Ledger } from './ledger.ts';
import { objectKey } from './ledger-entries.ts';
import { interfaceAddressOf } from './link/codec-address.ts';

export interface OwnMarks {
  /** Names of devices; those for one director each, of the same types, are ours as well. */
  readonly links: readonly string[];
  /** By their names; what they hold may be another. */
  readonly nft: readonly NftTable[];
  /** Routing tables that are ours alone, with the rules that lead there. */
  readonly tables: readonly number[];
  /** This host's own, at which its receive ports are; absent: it has none. */
  readonly address?: string;
}

/**
 * Of sysctls nothing is told: what stood there before us nobody knows any more. An address on lo is ours where a table of ours makes it
 * local: so a director claims a VIP, and then the kernel's own route to it is withdrawn, as it is on a device of ours.
 */
export function markedState(marks: OwnMarks, facts: HostFacts): HostState {
  const nameOf = new Map(facts.links.map((link) => [link.index, link.name]));
  const wanted = new Set(marks.links);
  // Those for one director each are wanted with the one for all.
  const isWanted = (name: string, forAll: string) =>
    wanted.has(name) || (name !== routedDevice && wanted.has(forAll));
  // A device of another type under a name of ours is somebody else's.
  const links = facts.links.flatMap(({ name, link }) =>
    link !== undefined && isOwnDevice(link.type, name) && isWanted(name, factsOf(link.type).device)
      ? [link]
      : [],
  );
  const names = new Set(links.map(({ name }) => name));
  const tables = new Set(marks.tables);
  const all = routesOf(facts.routes, nameOf);
  const routes = all.filter(({ table }) => tables.has(table));
  const claimed = new Set(routes.filter(isLocal).map(claimedPrefix));
  const addresses = facts.addresses
    .map((reading) => interfaceAddressOf(reading, nameOf.get(reading.linkIndex) ?? ''))
    .filter(
      (one) =>
        (names.has(one.link) && !isKernels(one)) ||
        (one.link === 'lo' && (claimed.has(prefixOf(one)) || isRouteMarker(one.address))),
    );
  const present = new Set(
    all
      .filter((route) => isLocal(route) && route.table === localTable)
      .map(({ destination, link = '' }) => `${destination} ${link}`),
  );
  // Where a card had the VIP before us, its route is withdrawn as well, and nobody else would put it back.
  const onCards = facts.addresses
    .map((reading) => interfaceAddressOf(reading, nameOf.get(reading.linkIndex) ?? ''))
    .filter((one) => one.link !== 'lo' && !names.has(one.link))
    .map((one): Route => ({ ...routeOfAddress(one), addressPrefixLength: one.prefixLength }));
  const rules = facts.rules.filter(({ table }) => tables.has(table));
  const isAlone = links.length + routes.length + rules.length === 0;
  return {
    links,
    addresses,
    routes,
    absentRoutes: [...addresses.map(routeOfAddress), ...onCards].filter(
      ({ destination, link }) => claimed.has(destination) && !present.has(`${destination} ${link}`),
    ),
    rules,
    sysctls: [],
    nft: marks.nft.flatMap((table) => {
      const found = facts.nft.get(table.name);
      if (found !== 'foreign') return found === undefined ? [] : [found];
      // One of another version, where more of ours is here; alone it may be anybody's.
      return isAlone ? [] : [table];
    }),
    guePorts: guePortsOf(marks, facts),
  };
}

/** A receive port has no name: that it is at our address, and our own table lets such packets in, says whose it is. */
function guePortsOf({ nft, address: own }: OwnMarks, facts: HostFacts): GuePort[] {
  const ownAddress = own === undefined ? undefined : canonicalAddress(own);
  const ports = new Set(
    nft.flatMap(({ name }) => {
      const found = facts.nft.get(name);
      return found !== 'foreign' && found?.kind === 'closed-decapsulation' ? (found.guePorts ?? []) : [];
    }),
  );
  return facts.fouPorts.flatMap(({ address, port, isGue, isOfOnePeer }) =>
    address !== undefined && address === ownAddress && isGue && !isOfOnePeer && ports.has(port)
      ? [{ address, port }]
      : [],
  );
}

/**
 * Takes into the ledger what it does not know of; resolves with what that was. Nothing of the host changes. Of a device or a claim that the
 * ledger knows it knows all, as it is ahead of the host: what else is there is somebody else's.
 */
export async function adopt(ledger: Ledger, marked: HostState): Promise<HostOperation[]> {
  const made = ledger.made();
  const known = new Set(makingOf(made).map(objectKey));
  const links = new Set(made.links.map(({ name }) => name));
  const claims = new Set(made.routes.filter(isLocal).map(claimedPrefix));
  const found = makingOf(marked).filter((operation) => {
    if (known.has(objectKey(operation))) return false;
    if (operation.kind === 'withdraw-route') return !claims.has(operation.route.destination);
    if (operation.kind !== 'add-address') return true;
    const { address } = operation;
    return address.link === 'lo' ? !claims.has(prefixOf(address)) : !links.has(address.link);
  });
  await ledger.record(found);
  await ledger.done(found);
  const vips = marked.routes.filter(isLocal).map(claimedHost);
  await ledger.ownVips(vips);
  return found;
}

/** In the order in which they would have been made. */
function makingOf(state: HostState): HostOperation[] {
  return [
    ...state.nft.map((table) => ({ kind: 'load-nft', table }) as const),
    ...state.links.map((link) => ({ kind: 'add-link', link }) as const),
    ...state.guePorts.map((guePort) => ({ kind: 'add-gue-port', guePort }) as const),
    ...state.routes.map((route) => ({ kind: 'replace-route', route }) as const),
    ...state.rules.map((rule) => ({ kind: 'add-rule', rule }) as const),
    ...state.addresses.map((address) => ({ kind: 'add-address', address }) as const),
    ...state.absentRoutes.map((route) => ({ kind: 'withdraw-route', route }) as const),
  ];
}

/** Of what is an address of lo where this route claims it. */
function claimedPrefix(route: Route): string {
  const host = claimedHost(route);
  return `${host}/${hostPrefixLength(host)}`;
}

/** The VIP, or that of a network which is an address. */
function claimedHost({ destination }: Route): string {
  const [address = '', length] = destination.split('/');
  return Number(length) === hostPrefixLength(address) ? address : hostOf(destination);
}

/** IPv6 gives each device one of its own. */
function isKernels({ address }: InterfaceAddress): boolean {
  return /^fe80:/i.test(address);
}

function isLocal({ type }: Route): boolean {
  return type === 'local';
}

function prefixOf({ address, prefixLength }: InterfaceAddress): string {
  return `${address}/${prefixLength}`;
}
