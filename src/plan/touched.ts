/** Which virtual services a director must decide anew when its health changes: nothing else need be looked at. Pure. */
import { serviceId } from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';
import { directorIndex } from './director-index.ts';
import type { DirectorContent } from './snapshots.ts';
import { virtualEnds } from './virtual-ends.ts';

export interface HealthChange {
  readonly realServer: string;
  /** Ports of one service that are concerned, at all its VIPs; absent: everything in which the real server stands. */
  readonly ends?: { readonly service: string; readonly ports: readonly ServicePort[] };
}

/** Ids of virtual services. */
export function touchedServices(content: DirectorContent, { realServer, ends }: HealthChange): string[] {
  if (ends === undefined)
    return (directorIndex(content).byRealServer.get(realServer) ?? []).map(({ id }) => id);
  const service = content.services.find(({ name }) => name === ends.service);
  // A VIP that can't be asked rests on the others: all of them are concerned.
  if (service === undefined) return [];
  const concerned = new Set(ends.ports.map(({ protocol, port }) => `${port}/${protocol}`));
  return virtualEnds(service)
    .filter(({ ports }) => ports.some(({ protocol, port }) => concerned.has(`${port}/${protocol}`)))
    .map(({ key }) => serviceId(key));
}
