/** Which operations turn a host as it is into the host that is wanted, in an order that never opens a gap. */
import {
  addressOfRoute,
  type HostOperation,
  type HostState,
  type Link,
  type Route,
  type Sysctl,
} from '../domain/host-state.ts';
import { includesPorts, reservedPortsSysctl, unitePorts } from '../domain/port-ranges.ts';
import {
  addressKey,
  guePortKey,
  nameKey,
  routeKey,
  routeSlot,
  ruleKey,
  sameLinkShape,
  sameNftTable,
} from './host-compare.ts';

/** `strays`: routes of the kernel's or of others to where no route must be, on devices that nobody thought of. */
export interface ActualHost extends HostState {
  readonly strays?: readonly Route[];
}

/**
 * Additions first: nft (closed before anything can decapsulate), devices, settings, devices up, ports of GUE, policy routes and rules,
 * VIPs, then the kernel's own routes for them are withdrawn, and others' that lead to the same place. Removals last, and only
 * of what `made` (the ledger) says is ours. Nothing to do is an empty list.
 *
 * `actual.absentRoutes` holds those of the wanted absent routes that are absent indeed. A sysctl that `actual` lacks has
 * the previous value '': its device is still to be made. Replaced sysctls come back by `--cleanup` only, but for that which keeps a host silent about a VIP.
 */
export function diffHost(desired: HostState, actual: ActualHost, made: HostState): HostOperation[] {
  return [...additions(desired, actual, made), ...removals(desired, actual, made)];
}

/** What an earlier version made takes the packets for every address: it goes with the host's next start, and no connection with it. */
function serves(present: Link, wanted: Link): boolean {
  return (
    present.type === wanted.type &&
    present.external &&
    !wanted.external &&
    wanted.local !== undefined &&
    wanted.remote === undefined
  );
}

function additions(desired: HostState, actual: ActualHost, made: HostState): HostOperation[] {
  // A device of ours in another shape can't be changed, only made anew. Somebody else's is left: the kernel will refuse the name.
  const ours = keysOf(made.links, nameKey);
  const present = new Map(actual.links.map((link) => [link.name, link]));
  const fits = (link: Link, other: Link) =>
    sameLinkShape(link, other) || (ours.has(link.name) && serves(other, link));
  const misshapen = desired.links.flatMap((link) => {
    const other = present.get(link.name);
    return other === undefined || fits(link, other) || !ours.has(link.name) ? [] : [other];
  });
  const links = desired.links.filter((link) => {
    const other = present.get(link.name);
    return other === undefined || !fits(link, other);
  });
  const newLinks = keysOf(links, nameKey);
  const isNew = (name: string | undefined) => name !== undefined && newLinks.has(name);
  const raised = desired.links.filter(
    ({ name, up }) => up && (isNew(name) || present.get(name)?.up === false),
  );
  // What stood on a device that is made anew went with it.
  const addresses = missing(
    desired.addresses,
    actual.addresses.filter(({ link }) => !isNew(link)),
    addressKey,
  );
  const routes = missing(
    desired.routes,
    actual.routes.filter(({ link }) => !isNew(link)),
    routeKey,
  );
  // The kernel makes its routes as the address or the device comes up: what is absent now appears then.
  const comingUp = new Set(raised.map(({ name }) => name));
  const coming = new Set(
    addresses.map(({ link, address, prefixLength }) => `${address}/${prefixLength} ${link}`),
  );
  const stillAbsent = actual.absentRoutes.filter(
    ({ destination, link = 'lo' }) => !coming.has(`${destination} ${link}`) && !comingUp.has(link),
  );
  const unwanted = keysOf(desired.absentRoutes, routeSlot);
  const isUnwanted = (route: Route) => unwanted.has(routeSlot(route));
  // Others put theirs back, once it was withdrawn.
  const returned = missing(missing(made.absentRoutes, desired.absentRoutes, routeKey), stillAbsent, routeKey);
  const strays = [...(actual.strays ?? []), ...returned].filter(isUnwanted);
  return [
    ...desired.nft
      .filter((table) => !actual.nft.some((other) => sameNftTable(table, other)))
      .map((table) => op({ kind: 'load-nft', table })),
    ...misshapen.map((link) => op({ kind: 'delete-link', link })),
    ...links.map((link) => op({ kind: 'add-link', link })),
    // Before the devices go up: rp_filter drops until it is right, and a VIP answers ARP from its first moment.
    ...desired.sysctls.flatMap((sysctl) => setSysctl(sysctl, actual, links)),
    ...raised.map((link) => op({ kind: 'set-link-up', link })),
    ...missing(desired.guePorts, actual.guePorts, guePortKey).map((guePort) =>
      op({ kind: 'add-gue-port', guePort }),
    ),
    ...routes.map((route) => op({ kind: 'replace-route', route })),
    ...missing(desired.rules, actual.rules, ruleKey).map((rule) => op({ kind: 'add-rule', rule })),
    ...addresses.map((address) => op({ kind: 'add-address', address })),
    ...answeringAgain(desired, actual, made),
    ...[...missing(desired.absentRoutes, stillAbsent, routeKey), ...strays].map((route) =>
      op({ kind: 'withdraw-route', route }),
    ),
  ];
}

function removals(desired: HostState, actual: ActualHost, made: HostState): HostOperation[] {
  const links = surplus(desired.links, actual.links, made.links, nameKey);
  const addresses = surplus(desired.addresses, actual.addresses, made.addresses, addressKey);
  // An address that was there before us keeps its place on the host, and needs the kernel's route for it again.
  const staying = keysOf(missing(actual.addresses, addresses, addressKey), addressKey);
  const gone = keysOf(actual.absentRoutes, routeKey);
  // Elsewhere somebody else may have made it for no address at all: his route comes back. On our devices nobody makes any.
  const bare = new Set(['lo', ...made.links.map(({ name }) => name)]);
  const isOfNone = ({ link = '', addressPrefixLength }: Route) =>
    addressPrefixLength === undefined && !bare.has(link);
  const restored = missing(made.absentRoutes, desired.absentRoutes, routeSlot).filter(
    (route) =>
      gone.has(routeKey(route)) && (isOfNone(route) || staying.has(addressKey(addressOfRoute(route)))),
  );
  const tables = keysOf(actual.nft, nameKey);
  const nft = missing(made.nft, desired.nft, nameKey).filter(({ name }) => tables.has(name));
  return [
    ...restored.map((route) => op({ kind: 'replace-route', route })),
    ...addresses.map((address) => op({ kind: 'delete-address', address })),
    ...surplus(desired.rules, actual.rules, made.rules, ruleKey).map((rule) =>
      op({ kind: 'delete-rule', rule }),
    ),
    ...surplus(desired.routes, actual.routes, made.routes, routeSlot).map((route) =>
      op({ kind: 'delete-route', route }),
    ),
    ...surplus(desired.guePorts, actual.guePorts, made.guePorts, guePortKey).map((guePort) =>
      op({ kind: 'delete-gue-port', guePort }),
    ),
    ...links.map((link) => op({ kind: 'delete-link', link })),
    // Last: decapsulation stays closed as long as there is a device.
    ...nft.map(({ name }) => op({ kind: 'delete-nft', name })),
  ];
}

function setSysctl(sysctl: Sysctl, actual: HostState, newLinks: readonly Link[]): HostOperation[] {
  const ofNewLink = newLinks.some(
    (link) => /^net\.ipv[46]\.conf\.(.+)\.[^.]+$/.exec(sysctl.name)?.[1] === link.name,
  );
  const present = ofNewLink ? undefined : actual.sysctls.find(({ name }) => name === sysctl.name);
  const previous = present?.value ?? '';
  if (sysctl.name === reservedPortsSysctl) {
    if (includesPorts(previous, sysctl.value)) return [];
    return [
      { kind: 'set-sysctl', sysctl: { ...sysctl, value: unitePorts(previous, sysctl.value) }, previous },
    ];
  }
  if (present?.value === sysctl.value || isAsCareful(sysctl, previous)) return [];
  return [{ kind: 'set-sysctl', sysctl, previous }];
}

/** An address of lo is answered for by ARP on every link: what another way to claim VIPs forbade is allowed again. */
function answeringAgain(desired: HostState, actual: HostState, made: HostState): HostOperation[] {
  if (!desired.addresses.some(({ link }) => link === 'lo')) return [];
  const wanted = keysOf(desired.sysctls, nameKey);
  const present = new Map(actual.sysctls.map(({ name, value }) => [name, value]));
  return made.sysctls.flatMap(({ name, value, previous }) =>
    name.endsWith('.arp_ignore') && previous !== undefined && !wanted.has(name) && present.get(name) === value
      ? [op({ kind: 'set-sysctl', sysctl: { name, value: previous }, previous: value })]
      : [],
  );
}

/** arp_ignore: 1, 2 and 8 all keep silent about addresses of other devices (ip-sysctl.rst). */
function isAsCareful({ name }: Sysctl, value: string): boolean {
  return name.endsWith('.arp_ignore') && ['2', '8'].includes(value);
}

type KeyOf<T> = (item: T) => string;

function keysOf<T>(items: readonly T[], key: KeyOf<T>): ReadonlySet<string> {
  return new Set(items.map(key));
}

/** Wanted and not there. */
function missing<T>(desired: readonly T[], actual: readonly T[], key: KeyOf<T>): T[] {
  const there = keysOf(actual, key);
  return desired.filter((item) => !there.has(key(item)));
}

/** Made by us, still there, no longer wanted. */
function surplus<T>(desired: readonly T[], actual: readonly T[], made: readonly T[], key: KeyOf<T>): T[] {
  const there = keysOf(actual, key);
  return missing(made, desired, key).filter((item) => there.has(key(item)));
}

/** Keeps the operation's literal type through `map`. */
function op(operation: HostOperation): HostOperation {
  return operation;
}
