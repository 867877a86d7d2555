/** IPVS in memory, written one operation after the other; what can't be it refuses as the kernel does. */
import { CausewayError } from '../../../src/domain/error.ts';
import {
  destinationId,
  type IpvsOperation,
  type ServiceState,
  serviceId,
} from '../../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { describeIpvsOperation } from '../../../src/plan/ipvs-text.ts';
import type { Life } from './life.ts';

const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };
const idle = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0, counters };

export interface ModelIpvs {
  of(life: Life): Ipvs;
  text(): string;
  copy(): ModelIpvs;
}

export function createModelIpvs(from: readonly ServiceState[] = []): ModelIpvs {
  const services = new Map(from.map((entry) => [serviceId(entry.service.key), entry]));

  /** The errno; undefined: done. */
  function write(operation: IpvsOperation): string | undefined {
    const key = 'service' in operation ? operation.service.key : operation.key;
    const id = serviceId(key);
    const entry = services.get(id);
    if (operation.kind === 'add-service') {
      if (entry !== undefined) return 'EEXIST';
      services.set(id, { service: operation.service, counters, destinations: [] });
      return undefined;
    }
    if (entry === undefined) return operation.kind.startsWith('delete') ? undefined : 'ESRCH';
    if (operation.kind === 'edit-service') services.set(id, { ...entry, service: operation.service });
    else if (operation.kind === 'delete-service') services.delete(id);
    else {
      const wanted = destinationId(operation.destination);
      const present = entry.destinations.find((one) => destinationId(one) === wanted);
      const others = entry.destinations.filter((one) => one !== present);
      if (operation.kind === 'add-destination' && present !== undefined) return 'EEXIST';
      if (operation.kind === 'edit-destination' && present === undefined) return 'ENOENT';
      const made = { ...idle, ...operation.destination };
      const destinations = operation.kind === 'delete-destination' ? others : [made, ...others];
      services.set(id, { ...entry, destinations });
    }
    return undefined;
  }

  return {
    of: (life) => ({
      read: async () => [...services.values()],
      readService: async (key) => services.get(serviceId(key)),
      apply: async (operations) =>
        operations.flatMap((operation) => {
          const text = describeIpvsOperation(operation);
          const errno = life.step(text, () => write(operation));
          if (errno === undefined) return [];
          const error = new CausewayError({ code: 'kernel', operation: text, errno, message: errno });
          return [{ operation, error }];
        }),
      close() {},
    }),
    text: () =>
      [...services.values()]
        .flatMap(({ service, destinations }) => [
          JSON.stringify(service),
          ...destinations.map((one) => `${serviceId(service.key)} ${JSON.stringify(one)}`),
        ])
        .toSorted()
        .join('\n'),
    copy: () => createModelIpvs([...services.values()]),
  };
}
