/** What the kernel's errno means for an IPVS operation (net/netfilter/ipvs/ip_vs_ctl.c), and which of them are no failure. */
import { CausewayError } from '../../domain/error.ts';
import type { IpvsOperation } from '../../domain/ipvs-table.ts';
import { contextOf } from './operation-context.ts';

/** A failed operation's error in the field's words, or undefined: what is to be deleted may be gone already. */
export function judge(operation: IpvsOperation, error: CausewayError): CausewayError | undefined {
  const { errno } = error;
  const deleting = operation.kind === 'delete-service' || operation.kind === 'delete-destination';
  if (deleting && (errno === 'ENOENT' || errno === 'ESRCH')) return undefined;
  const reason = errno === undefined ? undefined : reasonFor(operation, errno);
  if (reason === undefined) return error;
  const { operation: verb, subject } = contextOf(operation);
  return new CausewayError({
    code: error.code,
    operation: verb,
    subject,
    ...(errno === undefined ? {} : { errno }),
    message: `the kernel answered ${errno}: ${reason}`,
    cause: error,
  });
}

function reasonFor(operation: IpvsOperation, errno: string): string | undefined {
  switch (operation.kind) {
    case 'add-service':
    case 'edit-service':
      if (errno === 'EEXIST') return 'the service exists already';
      if (errno === 'ESRCH') return 'there is no such service';
      if (errno === 'ENOENT') return noScheduler(operation.service.scheduler);
      return undefined;
    case 'add-destination':
    case 'edit-destination':
      if (errno === 'EEXIST') return 'the service has this destination already';
      if (errno === 'ENOENT') return 'the service has no such destination';
      if (errno === 'ESRCH') return 'there is no such service';
      if (errno === 'ERANGE')
        return 'its weight or its thresholds are none: the lower one is at most the upper one';
      if (errno !== 'EINVAL') return undefined;
      // The kernel takes every IPv4 address for a broadcast address while a new namespace's loopback is down.
      return mixesFamilies(operation)
        ? 'a destination of the other family needs forwarding tunnel, and no IPVS sync daemon'
        : 'no unicast address as seen from here; in a new network namespace, set lo up first';
    default:
      return undefined;
  }
}

function noScheduler(name: string): string {
  return `the kernel has no scheduler ${name}: load it with \`modprobe ip_vs_${name}\``;
}

function mixesFamilies({
  key,
  destination,
}: Extract<IpvsOperation, { kind: `${'add' | 'edit'}-destination` }>) {
  const service = key.kind === 'mark' ? key.family : key.address.includes(':') ? 'ipv6' : 'ipv4';
  return destination.address.includes(':') !== (service === 'ipv6');
}
