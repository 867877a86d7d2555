/** What somebody else on a host has changed of what Causeway put there: by names that stay, for logs, metrics and `causeway status`. */
import type { HostOperation, Route } from './host-state.ts';
import { destinationId, type IpvsOperation, type ServiceEntry, serviceId } from './ipvs-table.ts';

/** `docs/operating.md` has this as its table, and a test holds the two together. */
export const driftNames = {
  'link-missing': 'a device of ours was deleted, or replaced by another; what stood on it went with it',
  'link-down': 'a device of ours was set down',
  'address-missing': 'an address of ours was deleted: a VIP, mostly',
  'address-surplus': 'an address of ours that is no longer wanted is there again',
  'route-missing': 'a route of ours was deleted or replaced',
  'route-surplus': 'a route of ours that is no longer wanted is there again',
  'route-returned':
    "the kernel's or somebody else's local route of a VIP is back: a device was set down and up, or a cloud's agent made it",
  'rule-missing': 'a policy rule of ours was deleted',
  'rule-surplus': 'a policy rule of ours that is no longer wanted is there again',
  'sysctl-changed': 'a kernel setting that we need was changed',
  'nft-missing': 'our nft table was deleted or changed: `nft flush ruleset`, mostly',
  'nft-surplus': 'an nft table of ours that is no longer wanted is there again',
  'gue-port-missing': 'a receive port of GUE was deleted',
  'gue-port-surplus': 'a receive port of GUE that is no longer wanted is there again',
  'ipvs-service-missing': 'a virtual service was deleted: `ipvsadm -C`, mostly',
  'ipvs-service-changed': 'the scheduler, flags or persistence of a virtual service were changed',
  'ipvs-service-surplus': 'a virtual service was added on a VIP of ours',
  'ipvs-destination-missing': 'a destination was deleted',
  'ipvs-destination-changed': 'the weight, forwarding or tunnel of a destination was changed',
  'ipvs-destination-surplus': 'a destination was added to a virtual service of ours',
} as const satisfies Readonly<Record<string, string>>;

export type DriftName = keyof typeof driftNames;

/** One thing, and the operation that puts it right. */
export interface Drift<O> {
  readonly name: DriftName;
  readonly operation: O;
}

/**
 * Of operations that are due though nothing else is wanted than what was there before. What follows from another of them is none of its own. That
 * somebody (keepalived) gives a VIP to a card changes nothing of ours: its route is drift where it was among the `withdrawn` before.
 */
export function hostDrift(
  operations: readonly HostOperation[],
  withdrawn: readonly Route[] = [],
): Drift<HostOperation>[] {
  const remade = new Set(
    operations.flatMap((one) =>
      one.kind === 'add-link' || one.kind === 'delete-link' ? [one.link.name] : [],
    ),
  );
  return operations.flatMap((operation) => {
    const name = hostDriftName(operation, remade);
    if (operation.kind === 'withdraw-route' && isNews(operation.route, withdrawn)) return [];
    return name === undefined ? [] : [{ name, operation }];
  });
}

function isNews({ addressPrefixLength, destination, link }: Route, withdrawn: readonly Route[]): boolean {
  return (
    addressPrefixLength !== undefined &&
    !withdrawn.some((one) => one.destination === destination && one.link === link)
  );
}

function hostDriftName(operation: HostOperation, remade: ReadonlySet<string>): DriftName | undefined {
  switch (operation.kind) {
    case 'add-link':
      return 'link-missing';
    case 'delete-link':
      return undefined;
    case 'set-link-up':
      return remade.has(operation.link.name) ? undefined : 'link-down';
    case 'add-address':
      return remade.has(operation.address.link) ? undefined : 'address-missing';
    case 'delete-address':
      return 'address-surplus';
    case 'replace-route':
      return 'route-missing';
    case 'delete-route':
      return 'route-surplus';
    case 'withdraw-route':
      return 'route-returned';
    case 'add-rule':
      return 'rule-missing';
    case 'delete-rule':
      return 'rule-surplus';
    case 'set-sysctl':
      // A device that is still to be made has none.
      return operation.previous === '' && remade.size > 0 ? undefined : 'sysctl-changed';
    case 'load-nft':
      return 'nft-missing';
    case 'delete-nft':
      return 'nft-surplus';
    case 'add-gue-port':
      return 'gue-port-missing';
    case 'delete-gue-port':
      return 'gue-port-surplus';
  }
}

type Services = ReadonlyMap<string, ServiceEntry>;

/**
 * Of operations on the table `now`, by id: those that are due because it is not as it was `before`, when we last wrote or read it. What is due
 * because something else is wanted is none.
 */
export function ipvsDrift(
  operations: readonly IpvsOperation[],
  before: Services,
  now: Services,
): Drift<IpvsOperation>[] {
  const lost = new Set(
    operations.flatMap((one) =>
      one.kind === 'add-service' && before.has(serviceId(one.service.key))
        ? [serviceId(one.service.key)]
        : [],
    ),
  );
  return operations.flatMap((operation) => {
    const name = ipvsDriftName(operation, before, now, lost);
    return name === undefined ? [] : [{ name, operation }];
  });
}

function ipvsDriftName(
  operation: IpvsOperation,
  before: Services,
  now: Services,
  lost: ReadonlySet<string>,
): DriftName | undefined {
  const id = serviceId('service' in operation ? operation.service.key : operation.key);
  const [was, is] = [before.get(id), now.get(id)];
  switch (operation.kind) {
    case 'add-service':
      return lost.has(id) ? 'ipvs-service-missing' : undefined;
    case 'edit-service':
      return isSame(was?.service, is?.service) ? undefined : 'ipvs-service-changed';
    case 'delete-service':
      return was === undefined ? 'ipvs-service-surplus' : undefined;
    case 'add-destination':
    case 'edit-destination':
    case 'delete-destination': {
      // All of a service's go with it.
      if (lost.has(id)) return undefined;
      const [had, has] = [was, is].map((entry) => destinationOf(entry, destinationId(operation.destination)));
      if (operation.kind === 'add-destination')
        return had === undefined ? undefined : 'ipvs-destination-missing';
      if (operation.kind === 'delete-destination')
        return had === undefined ? 'ipvs-destination-surplus' : undefined;
      return isSame(had, has) ? undefined : 'ipvs-destination-changed';
    }
  }
}

/** What of it anybody writes. */
function destinationOf(entry: ServiceEntry | undefined, id: string) {
  const found = entry?.destinations.find((one) => destinationId(one) === id);
  if (found === undefined) return undefined;
  const { weight, forwarding, tunnel, thresholds } = found;
  return { weight, forwarding, tunnel, thresholds };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
