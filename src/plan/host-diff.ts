/** Which operations turn a host as it is into the host that is wanted, in an order that never opens a gap. */
import type { HostOperation, HostState, Link, Route, Sysctl } from '../domain/host-state.ts';
import { includesPorts, reservedPortsSysctl, unitePorts } from '../domain/port-ranges.ts';
import {
  sameAddress,
  sameLinkShape,
  sameNftTable,
  sameRoute,
  sameRouteSlot,
  sameRule,
} from './host-compare.ts';

/**
 * Additions first: nft (closed before anything can decapsulate), devices, settings, devices up, policy routes and rules,
 * VIPs, then the kernel's own routes for them are withdrawn. Removals last, and only of what `made` (the ledger) says is
 * ours. Nothing to do is an empty list.
 *
 * `actual.absentRoutes` holds those of the wanted absent routes that are absent indeed. A sysctl that `actual` lacks has
 * the previous value '': its device is still to be made. Replaced sysctls come back by `--cleanup` only.
 */
export function diffHost(desired: HostState, actual: HostState, made: HostState): HostOperation[] {
  return [...additions(desired, actual, made), ...removals(desired, actual, made)];
}

function additions(desired: HostState, actual: HostState, made: HostState): HostOperation[] {
  // A device of ours in another shape can't be changed, only made anew. Somebody else's is left: the kernel will refuse the name.
  const misshapen = desired.links.flatMap(
    (link) =>
      actual.links.find(
        (other) =>
          other.name === link.name && !sameLinkShape(link, other) && includes(made.links, other, sameName),
      ) ?? [],
  );
  const links = missing(desired.links, without(actual.links, misshapen, sameName), sameLinkShape);
  const isNew = (name: string | undefined) => links.some((link) => link.name === name);
  const raised = desired.links.filter(
    ({ name, up }) => up && (isNew(name) || actual.links.some((link) => link.name === name && !link.up)),
  );
  // What stood on a device that is made anew went with it.
  const addresses = missing(
    desired.addresses,
    actual.addresses.filter(({ link }) => !isNew(link)),
    sameAddress,
  );
  const routes = missing(
    desired.routes,
    actual.routes.filter(({ link }) => !isNew(link)),
    sameRoute,
  );
  // The kernel makes its routes as the address or the device comes up: what is absent now appears then.
  const appears = (route: Route) =>
    addresses.some(({ address, prefixLength }) => `${address}/${prefixLength}` === route.destination) ||
    raised.some(({ name }) => name === route.link);
  const stillAbsent = actual.absentRoutes.filter((route) => !appears(route));
  return [
    ...missing(desired.nft, actual.nft, sameNftTable).map((table) => op({ kind: 'load-nft', table })),
    ...misshapen.map((link) => op({ kind: 'delete-link', link })),
    ...links.map((link) => op({ kind: 'add-link', link })),
    // Before the devices go up: rp_filter drops until it is right, and a VIP answers ARP from its first moment.
    ...desired.sysctls.flatMap((sysctl) => setSysctl(sysctl, actual, links)),
    ...raised.map((link) => op({ kind: 'set-link-up', link })),
    ...routes.map((route) => op({ kind: 'replace-route', route })),
    ...missing(desired.rules, actual.rules, sameRule).map((rule) => op({ kind: 'add-rule', rule })),
    ...addresses.map((address) => op({ kind: 'add-address', address })),
    ...missing(desired.absentRoutes, stillAbsent, sameRoute).map((route) =>
      op({ kind: 'withdraw-route', route }),
    ),
  ];
}

function removals(desired: HostState, actual: HostState, made: HostState): HostOperation[] {
  const links = surplus(desired.links, actual.links, made.links, sameName);
  const addresses = surplus(desired.addresses, actual.addresses, made.addresses, sameAddress);
  // An address that was there before us keeps its place on the host, and needs the kernel's route for it again.
  const staying = without(actual.addresses, addresses, sameAddress);
  const restored = surplus(desired.absentRoutes, actual.absentRoutes, made.absentRoutes, sameRoute).filter(
    (route) =>
      staying.some(({ address, prefixLength }) => `${address}/${prefixLength}` === route.destination),
  );
  const nft = made.nft.filter(
    ({ name }) => includes(actual.nft, { name }, sameName) && !includes(desired.nft, { name }, sameName),
  );
  return [
    ...restored.map((route) => op({ kind: 'replace-route', route })),
    ...addresses.map((address) => op({ kind: 'delete-address', address })),
    ...surplus(desired.rules, actual.rules, made.rules, sameRule).map((rule) =>
      op({ kind: 'delete-rule', rule }),
    ),
    ...surplus(desired.routes, actual.routes, made.routes, sameRouteSlot).map((route) =>
      op({ kind: 'delete-route', route }),
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

/** arp_ignore: 1, 2 and 8 all keep silent about addresses of other devices (ip-sysctl.rst). */
function isAsCareful({ name }: Sysctl, value: string): boolean {
  return name.endsWith('.arp_ignore') && ['2', '8'].includes(value);
}

type Same<T> = (a: T, b: T) => boolean;

function sameName(a: { readonly name: string }, b: { readonly name: string }): boolean {
  return a.name === b.name;
}

function includes<T>(items: readonly T[], item: T, same: Same<T>): boolean {
  return items.some((other) => same(item, other));
}

function without<T>(items: readonly T[], others: readonly T[], same: Same<T>): T[] {
  return items.filter((item) => !includes(others, item, same));
}

/** Wanted and not there. */
function missing<T>(desired: readonly T[], actual: readonly T[], same: Same<T>): T[] {
  return without(desired, actual, same);
}

/** Made by us, still there, no longer wanted. */
function surplus<T>(desired: readonly T[], actual: readonly T[], made: readonly T[], same: Same<T>): T[] {
  return without(made, desired, same).filter((item) => includes(actual, item, same));
}

/** Keeps the operation's literal type through `map`. */
function op(operation: HostOperation): HostOperation {
  return operation;
}
