/** What an operation is called in an error. */
import { destinationId, type IpvsOperation, serviceId } from '../../domain/ipvs-table.ts';
import type { RequestContext } from '../netlink/connection.ts';

/** `add destination`, `tcp 192.0.2.10:80 → 10.1.0.2:80`. */
export function contextOf(operation: IpvsOperation): RequestContext {
  return { operation: operation.kind.replace('-', ' '), subject: subjectOf(operation) };
}

function subjectOf(operation: IpvsOperation): string {
  if ('service' in operation) return serviceId(operation.service.key);
  const service = serviceId(operation.key);
  return 'destination' in operation ? `${service} → ${destinationId(operation.destination)}` : service;
}
