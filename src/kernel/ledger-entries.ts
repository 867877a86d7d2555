/**
 * What the ledger's list of entries means: which objects are ours, what an operation adds to or takes from the list, and
 * how all of it is undone. An entry is the operation that made an object; there is one entry an object.
 */
import {
  addressOfRoute,
  type GuePort,
  type HostOperation,
  type HostState,
  type InterfaceAddress,
  type Route,
  type Rule,
  routeOfAddress,
} from '../domain/host-state.ts';
import { reservedPortsSysctl, withoutPorts } from '../domain/port-ranges.ts';
import { linkOfSysctl } from './sysctl-name.ts';

export type MakingOperation = Exclude<
  HostOperation,
  {
    kind:
      | 'set-link-up'
      | 'delete-link'
      | 'delete-address'
      | 'delete-route'
      | 'delete-rule'
      | 'delete-nft'
      | 'delete-gue-port';
  }
>;

export interface LedgerEntry {
  readonly operation: MakingOperation;
  /** False between the intent and the deed: after a crash there, the object may or may not exist. */
  readonly done: boolean;
  /** Values of ours that a setting had before the deed: after a crash it may still have one of them. */
  readonly earlier?: readonly string[];
}

/** By object, in the order of making. */
export type Entries = ReadonlyMap<string, LedgerEntry>;
export type MutableEntries = Map<string, LedgerEntry>;

export function addressKey({ link, address, prefixLength }: InterfaceAddress): string {
  return `address ${link} ${address}/${prefixLength}`;
}

export function routeKey({ family, table, type, destination }: Route): string {
  return `route ${family} ${table} ${type} ${destination}`;
}

export function ruleKey({ family, priority, table, from, notIncoming, unmarked }: Rule): string {
  return `rule ${family} ${priority} ${table} ${from ?? '-'} ${notIncoming ?? '-'} ${unmarked ?? '-'}`;
}

export function guePortKey({ address, port }: GuePort): string {
  return `GUE port ${port} of ${address}`;
}

/** Name of the object that an operation makes or takes away. */
export function objectKey(operation: HostOperation): string {
  switch (operation.kind) {
    case 'add-link':
    case 'set-link-up':
    case 'delete-link':
      return `link ${operation.link.name}`;
    case 'add-address':
    case 'delete-address':
      return addressKey(operation.address);
    case 'replace-route':
    case 'delete-route':
      return routeKey(operation.route);
    case 'withdraw-route':
      return withdrawnKey(operation.route);
    case 'add-rule':
    case 'delete-rule':
      return ruleKey(operation.rule);
    case 'set-sysctl':
      return `sysctl ${operation.sysctl.name}`;
    case 'load-nft':
      return `nft ${operation.table.name}`;
    case 'delete-nft':
      return `nft ${operation.name}`;
    case 'add-gue-port':
    case 'delete-gue-port':
      return guePortKey(operation.guePort);
  }
}

/** The kernel's own stands on lo; what others had elsewhere is another object. */
function withdrawnKey(route: Route): string {
  const { link = 'lo' } = route;
  return `withdrawn ${routeKey(route)}${link === 'lo' ? '' : ` ${link}`}`;
}

/** Notes what `operation` is about to make. Returns whether anything had to be noted. */
export function noteIntent(entries: MutableEntries, operation: HostOperation): boolean {
  const key = objectKey(operation);
  const present = entries.get(key);
  switch (operation.kind) {
    case 'replace-route':
      // Puts back what was withdrawn: nothing of ours comes into being.
      if (entries.has(withdrawnKey(operation.route))) return false;
      break;
    case 'set-link-up':
      if (present?.operation.kind !== 'add-link') return false;
      entries.set(key, { ...present, operation: { kind: 'add-link', link: operation.link } });
      return true;
    case 'set-sysctl': {
      if (present?.operation.kind !== 'set-sysctl') break;
      const previous = valueToGoBackTo(present, operation);
      if (previous === operation.sysctl.value) return false;
      const earlier = ourValues(present).filter((value) => value !== operation.sysctl.value);
      entries.set(key, {
        operation: { ...operation, previous },
        done: false,
        ...(earlier.length === 0 ? {} : { earlier }),
      });
      return true;
    }
    case 'add-link':
    case 'add-address':
    case 'withdraw-route':
    case 'add-rule':
    case 'load-nft':
    case 'add-gue-port':
      break;
    default:
      return false;
  }
  // A Map keeps the place of a key that it has: an object keeps its age, which orders the undoing.
  entries.set(key, { operation, done: false });
  return true;
}

type SetSysctl = Extract<MakingOperation, { kind: 'set-sysctl' }>;

/** Values of ours that the kernel may have for this setting; the newest first. */
function ourValues({ operation, earlier = [] }: LedgerEntry): readonly string[] {
  return operation.kind === 'set-sysctl' ? [operation.sysctl.value, ...earlier] : [];
}

/** The one before our first change; or what others, or a boot, have put there since, which is now replaced as well. */
function valueToGoBackTo({ operation, ...entry }: LedgerEntry, next: SetSysctl): string {
  if (operation.kind !== 'set-sysctl') return next.previous;
  if (operation.sysctl.name === reservedPortsSysctl) return portsOfOthers(operation, next.previous);
  const isOurs = next.previous === '' || ourValues({ operation, ...entry }).includes(next.previous);
  return isOurs ? operation.previous : next.previous;
}

/** Of the ports that are reserved now, those that were not added by us. */
function portsOfOthers({ sysctl, previous }: SetSysctl, reserved: string): string {
  return withoutPorts(reserved, withoutPorts(sysctl.value, previous));
}

/** What it is to be where it has `current` and all is undone; undefined: what others put there since stays. */
export function restoredValue(entry: LedgerEntry, current: string): string | undefined {
  const { operation } = entry;
  if (operation.kind !== 'set-sysctl') return undefined;
  if (operation.sysctl.name === reservedPortsSysctl) return portsOfOthers(operation, current);
  const isOurs = ourValues(entry).some((value) => value.trim().replaceAll(/\s+/g, ' ') === current);
  return isOurs ? operation.previous : undefined;
}

/** Notes that `operation` was executed. Returns whether the entries changed. */
export function noteDone(entries: MutableEntries, operation: HostOperation): boolean {
  const key = objectKey(operation);
  switch (operation.kind) {
    case 'delete-link':
      return forgetLink(entries, operation.link.name);
    case 'delete-address': {
      // The kernel's own route to the address went with it.
      const withdrawn = withdrawnKey(routeOfAddress(operation.address));
      const forgotten = [withdrawn, key].map((gone) => entries.delete(gone));
      return forgotten.includes(true);
    }
    case 'delete-route':
    case 'delete-rule':
    case 'delete-nft':
    case 'delete-gue-port':
      return entries.delete(key);
    case 'replace-route':
      if (entries.delete(withdrawnKey(operation.route))) return true;
      break;
    case 'set-sysctl': {
      const made = entries.get(key)?.operation;
      const restored = made?.kind === 'set-sysctl' && made.previous === operation.sysctl.value;
      if (restored) return entries.delete(key);
      break;
    }
  }
  const present = entries.get(key);
  if (present === undefined || present.done) return false;
  entries.set(key, { operation: present.operation, done: true });
  return true;
}

/**
 * Forgets what is neither wanted nor there any more (`actual` tells all that there is of it): a crash after a removal leaves such entries, and
 * what others make later under the same name would be taken for ours. Settings stay until all is undone. `nft`: `actual` tells of tables.
 */
export function noteAbsent(
  entries: MutableEntries,
  wanted: HostState,
  actual: HostState,
  nft: boolean,
): boolean {
  const kept = new Set([wanted, actual].flatMap(keysOfMakings));
  const withdrawn = new Set(wanted.absentRoutes.map(routeKey));
  const absent = new Set(actual.absentRoutes.map(withdrawnKey));
  const addressed = new Set(actual.addresses.map((one) => withdrawnKey(routeOfAddress(one))));
  let changed = false;
  for (const [key, { operation }] of [...entries]) {
    if (operation.kind === 'set-sysctl' || (operation.kind === 'load-nft' && !nft)) continue;
    if (operation.kind === 'withdraw-route') {
      // It is back, or was the kernel's for an address that is there no more.
      const { link = 'lo', addressPrefixLength } = operation.route;
      const isKernels = link === 'lo' || addressPrefixLength !== undefined || entries.has(`link ${link}`);
      const isOver = !absent.has(key) || (isKernels && !addressed.has(key));
      if (isOver && !withdrawn.has(routeKey(operation.route))) changed = entries.delete(key) || changed;
    } else if (!kept.has(key)) {
      const gone = operation.kind === 'add-link' && forgetLink(entries, operation.link.name);
      changed = entries.delete(key) || gone || changed;
    }
  }
  return changed;
}

function keysOfMakings(state: HostState): string[] {
  return [
    ...state.links.map(({ name }) => `link ${name}`),
    ...state.addresses.map(addressKey),
    ...state.routes.map(routeKey),
    ...state.rules.map(ruleKey),
    ...state.nft.map(({ name }) => `nft ${name}`),
    ...state.guePorts.map(guePortKey),
  ];
}

/** A device takes with it what stood on it. */
function forgetLink(entries: MutableEntries, link: string): boolean {
  let changed = false;
  for (const [key, { operation }] of entries) {
    if (linkOf(operation) === link) changed = entries.delete(key) || changed;
  }
  return changed;
}

/** What we have made, as far as the ledger knows: intents included, for they may have come true. */
export function madeState(entries: Entries): HostState {
  const operations = [...entries.values()].map((entry) => entry.operation);
  return {
    links: operations.flatMap((made) => (made.kind === 'add-link' ? [made.link] : [])),
    addresses: operations.flatMap((made) => (made.kind === 'add-address' ? [made.address] : [])),
    routes: operations.flatMap((made) => (made.kind === 'replace-route' ? [made.route] : [])),
    absentRoutes: operations.flatMap((made) => (made.kind === 'withdraw-route' ? [made.route] : [])),
    rules: operations.flatMap((made) => (made.kind === 'add-rule' ? [made.rule] : [])),
    sysctls: operations.flatMap((made) =>
      made.kind === 'set-sysctl' ? [{ ...made.sysctl, previous: made.previous }] : [],
    ),
    nft: operations.flatMap((made) => (made.kind === 'load-nft' ? [made.table] : [])),
    guePorts: operations.flatMap((made) => (made.kind === 'add-gue-port' ? [made.guePort] : [])),
  };
}

/** Operations that undo every entry, the last made first. */
export function undoOperations(entries: Entries): HostOperation[] {
  const undone: HostOperation[] = [];
  for (const { operation } of [...entries.values()].reverse()) {
    const undo = undoOf(operation, entries);
    if (undo !== undefined) undone.push(undo);
  }
  return undone;
}

function undoOf(made: MakingOperation, entries: Entries): HostOperation | undefined {
  switch (made.kind) {
    case 'add-link':
      return { kind: 'delete-link', link: made.link };
    case 'add-address':
      return { kind: 'delete-address', address: made.address };
    case 'replace-route':
      return { kind: 'delete-route', route: made.route };
    case 'withdraw-route':
      // The kernel keeps such a route for an address; where the address is ours and goes too, it must not come back.
      return isRouteOfOurAddress(made.route, entries)
        ? undefined
        : { kind: 'replace-route', route: made.route };
    case 'add-rule':
      return { kind: 'delete-rule', rule: made.rule };
    case 'load-nft':
      return { kind: 'delete-nft', name: made.table.name };
    case 'add-gue-port':
      return { kind: 'delete-gue-port', guePort: made.guePort };
    case 'set-sysctl': {
      const link = linkOfSysctl(made.sysctl.name);
      // A setting of a device of ours ends with the device.
      if (link !== undefined && entries.has(`link ${link}`)) return undefined;
      return {
        kind: 'set-sysctl',
        sysctl: { name: made.sysctl.name, value: made.previous },
        previous: made.sysctl.value,
      };
    }
  }
}

function isRouteOfOurAddress(route: Route, entries: Entries): boolean {
  return entries.has(addressKey(addressOfRoute(route)));
}

/** The device that an object cannot outlive. */
function linkOf(made: MakingOperation): string | undefined {
  switch (made.kind) {
    case 'add-link':
      return made.link.name;
    case 'add-address':
      return made.address.link;
    case 'replace-route':
    case 'withdraw-route':
      return made.route.link;
    case 'set-sysctl':
      return linkOfSysctl(made.sysctl.name);
    default:
      return undefined;
  }
}
