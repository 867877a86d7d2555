/** What no kernel may be told while the control plane is in trouble: that somebody who lives is no longer sent to, or that a VIP goes. */

import { describeHostOperation } from '../../src/domain/host-state.ts';
import { destinationId, serviceId } from '../../src/domain/ipvs-table.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import type { Witness } from './kernel.ts';

export interface HarmOptions {
  /** Of the host. */
  readonly name: string;
  /** Those that serve all the time. */
  readonly vips: readonly string[];
  /** Whether a client's packet that this host sends to that address is answered. */
  readonly isServed: (address: string) => boolean;
  readonly onHarm: (line: string) => void;
}

export function createWitness({ name, vips, isServed, onHarm }: HarmOptions): Witness {
  return {
    ipvs(operation, present) {
      const key = 'key' in operation ? operation.key : operation.service.key;
      if (key.kind !== 'address' || !vips.includes(key.address)) return;
      const entry = present.find(({ service }) => serviceId(service.key) === serviceId(key));
      const line = `${name}: ${describeIpvsOperation(operation)}`;
      if (operation.kind === 'delete-service' && entry !== undefined) return onHarm(line);
      const isOut =
        operation.kind === 'delete-destination' ||
        (operation.kind === 'edit-destination' && operation.destination.weight === 0);
      if (!isOut) return;
      const id = destinationId(operation.destination);
      const before = entry?.destinations.find((one) => destinationId(one) === id);
      if (before !== undefined && before.weight > 0 && isServed(before.address)) onHarm(line);
    },
    host(operation) {
      const isVips = operation.kind === 'delete-address' && vips.includes(operation.address.address);
      if (isVips || operation.kind === 'delete-link') onHarm(`${name}: ${describeHostOperation(operation)}`);
    },
  };
}
