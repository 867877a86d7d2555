/**
 * How operations on the host are executed so that the ledger is always ahead, one failure does not stop what is
 * independent of it, and everything can be undone.
 */
import { CausewayError, messageOf } from '../domain/error.ts';
import {
  addressOfRoute,
  describeHostOperation,
  type HostOperation,
  type Route,
} from '../domain/host-state.ts';
import type { Host } from './host.ts';
import type { Ledger } from './ledger.ts';
import { linkOfSysctl } from './sysctl-name.ts';

export interface HostFailure {
  readonly operation: HostOperation;
  readonly error: CausewayError;
}

/**
 * Records, applies, and marks done, one operation after the other. What depends on a failed operation is not attempted and is
 * reported as `refused`. Rejects only where the ledger itself can't be written; then nothing further was attempted.
 */
export async function applyHostOperations(
  host: Host,
  ledger: Ledger,
  operations: readonly HostOperation[],
): Promise<HostFailure[]> {
  const failures: HostFailure[] = [];
  for (const group of groupByMaking(operations)) {
    const known = await Promise.all(group.map((operation) => withPrevious(host, operation)));
    await ledger.record(known);
    const done: HostOperation[] = [];
    const refused: HostOperation[] = [];
    const unanswered: HostOperation[] = [];
    for (const operation of known) {
      const obstacle = failures.find((failure) => dependsOn(operation, failure.operation));
      const error = obstacle === undefined ? await attempt(host, operation) : skipped(operation, obstacle);
      if (error === undefined) {
        done.push(operation);
        continue;
      }
      failures.push({ operation, error });
      const isUnanswered = error.code === 'deadline' || error.code === 'unavailable';
      (isUnanswered ? unanswered : refused).push(operation);
    }
    ledger.unanswered(unanswered);
    await ledger.refused(refused);
    await ledger.done(done);
  }
  return failures;
}

/** After so many undone objects the ledger is written: a crash repeats at most as many, which harms nothing. */
const cleanupBatch = 128;

/**
 * Undoes everything that the ledger knows. What can't be undone stays in the ledger and is returned; run again, it continues.
 * A sysctl that somebody has changed since keeps their value.
 */
export async function cleanup(host: Host, ledger: Ledger): Promise<HostFailure[]> {
  const failures: HostFailure[] = [];
  const operations = ledger.undoOperations();
  for (let start = 0; start < operations.length; start += cleanupBatch) {
    const done: HostOperation[] = [];
    for (const operation of operations.slice(start, start + cleanupBatch)) {
      const now = await asItStands(host, ledger, operation);
      const error = now && (await attempt(host, now));
      if (error === undefined || (operation.kind === 'set-sysctl' && error.code === 'not-found'))
        done.push(operation);
      else failures.push({ operation, error });
    }
    await ledger.done(done);
  }
  return failures;
}

/** How it is undone as the host is now; undefined: there is nothing to do, as somebody has changed it since. */
async function asItStands(
  host: Host,
  ledger: Ledger,
  operation: HostOperation,
): Promise<HostOperation | undefined> {
  if (operation.kind === 'replace-route')
    return (await isStillNeeded(host, operation.route)) ? operation : undefined;
  if (operation.kind !== 'set-sysctl') return operation;
  const { name } = operation.sysctl;
  const current = await host.sysctl(name).catch(() => undefined);
  if (current === undefined) return operation;
  const value = ledger.restored(name, current);
  return value === undefined || value === current ? undefined : { ...operation, sysctl: { name, value } };
}

/** The kernel had it for an address of somebody's (keepalived's, that comes and goes): without that it would be a leftover. */
async function isStillNeeded(host: Host, route: Route): Promise<boolean> {
  if (route.addressPrefixLength === undefined) return true;
  const { link, address } = addressOfRoute(route);
  const present = await host.interfaceAddresses();
  return present.some((one) => one.link === link && one.address === address);
}

async function attempt(host: Host, operation: HostOperation): Promise<CausewayError | undefined> {
  try {
    await host.apply(operation);
    return undefined;
  } catch (cause) {
    if (cause instanceof CausewayError) return cause;
    return new CausewayError({
      code: 'internal',
      operation: describeHostOperation(operation),
      message: messageOf(cause),
      cause,
    });
  }
}

/** The value to go back to is the one in the kernel now, whatever the planner had read. */
async function withPrevious(host: Host, operation: HostOperation): Promise<HostOperation> {
  if (operation.kind !== 'set-sysctl') return operation;
  const previous = await host.sysctl(operation.sysctl.name).catch(() => undefined);
  return previous === undefined ? operation : { ...operation, previous };
}

/**
 * Runs of makings and runs of removals, in their order. An object that is removed and made anew is thereby forgotten before it
 * is recorded again.
 */
function groupByMaking(operations: readonly HostOperation[]): HostOperation[][] {
  const groups: HostOperation[][] = [];
  let last: boolean | undefined;
  for (const operation of operations) {
    const removes = operation.kind.startsWith('delete-');
    if (removes === last) groups.at(-1)?.push(operation);
    else groups.push([operation]);
    last = removes;
  }
  return groups;
}

function skipped(operation: HostOperation, obstacle: HostFailure): CausewayError {
  return new CausewayError({
    code: 'refused',
    operation: describeHostOperation(operation),
    message: `not attempted, because it needs what failed: ${obstacle.error.message}`,
    cause: obstacle.error,
  });
}

/** Whether `operation` is useless or dangerous once `failed` has failed. */
function dependsOn(operation: HostOperation, failed: HostOperation): boolean {
  switch (failed.kind) {
    case 'add-link':
      return linkTouchedBy(operation) === failed.link.name;
    case 'delete-link':
      // Its successor of the same name can't be made.
      return operation.kind === 'add-link' && operation.link.name === failed.link.name;
    case 'load-nft':
      // An open tunnel device, or a port before it, would decapsulate for anyone.
      if (failed.table.kind !== 'closed-decapsulation') return false;
      return operation.kind === 'set-link-up'
        ? failed.table.devices.includes(operation.link.name)
        : operation.kind === 'add-gue-port';
    case 'set-sysctl':
      // A VIP must not answer ARP beside a director, nor a device come up under a filter that drops what it carries.
      if (operation.kind === 'add-address') return /\.arp_(ignore|announce)$/.test(failed.sysctl.name);
      return operation.kind === 'set-link-up' && linkOfSysctl(failed.sysctl.name) === operation.link.name;
    case 'replace-route':
      // The VIP's local route may only go once its substitute stands.
      return operation.kind === 'withdraw-route' && operation.route.destination === failed.route.destination;
    case 'add-rule':
      return operation.kind === 'withdraw-route' && operation.route.family === failed.rule.family;
    default:
      return false;
  }
}

function linkTouchedBy(operation: HostOperation): string | undefined {
  switch (operation.kind) {
    case 'set-link-up':
      return operation.link.name;
    case 'add-address':
      return operation.address.link;
    case 'replace-route':
      return operation.route.link;
    case 'set-sysctl':
      return linkOfSysctl(operation.sysctl.name);
    default:
      return undefined;
  }
}
