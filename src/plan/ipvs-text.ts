/** An IPVS operation as one line for people and logs. */
import {
  type Destination,
  destinationId,
  type IpvsOperation,
  serviceName,
  type VirtualService,
} from '../domain/ipvs-table.ts';
import { bearsPort } from '../domain/tunnel.ts';
import { sameThresholds, sameWay } from './ipvs-compare.ts';

/** `edit destination 10.1.0.2:80 of tcp 192.0.2.10:80: weight 100 → 0`. */
export function describeIpvsOperation(operation: IpvsOperation): string {
  switch (operation.kind) {
    case 'add-service':
      return `add service ${serviceName(operation.service.key)} ${settings(operation.service)}`;
    case 'edit-service':
      return `edit service ${serviceName(operation.service.key)}: ${settings(operation.from)} → ${settings(operation.service)}`;
    case 'delete-service':
      return `delete service ${serviceName(operation.key)}`;
    case 'add-destination': {
      const { destination } = operation;
      return `add ${named(operation)}: weight ${destination.weight} ${way(destination)}${limits(destination)}`;
    }
    case 'edit-destination': {
      const { destination, from } = operation;
      const changes: string[] = [];
      if (destination.weight !== from.weight) changes.push(`weight ${from.weight} → ${destination.weight}`);
      if (!sameWay(destination, from)) changes.push(`${way(from)} → ${way(destination)}`);
      if (!sameThresholds(destination, from))
        changes.push(`thresholds ${thresholdText(from)} → ${thresholdText(destination)}`);
      return `edit ${named(operation)}: ${changes.join(', ')}`;
    }
    case 'delete-destination':
      return `delete ${named(operation)}`;
  }
}

function named(operation: Extract<IpvsOperation, { destination: Destination }>): string {
  return `destination ${destinationId(operation.destination)} of ${serviceName(operation.key)}`;
}

function settings(service: VirtualService): string {
  const { scheduler, schedulerFlags, persistenceSeconds, persistencePrefix, onePacket } = service;
  const words = [`scheduler ${scheduler}`];
  if (schedulerFlags.fallback) words.push('fallback');
  if (schedulerFlags.port) words.push('port');
  if (persistenceSeconds > 0) words.push(`persistence ${persistenceSeconds} s`);
  if (persistenceSeconds > 0 && persistencePrefix !== undefined) words.push(`of /${persistencePrefix}`);
  if (onePacket === true) words.push('one packet');
  return words.join(' ');
}

function limits({ thresholds }: Destination): string {
  return thresholds === undefined ? '' : ` thresholds ${thresholds.upper}/${thresholds.lower}`;
}

function thresholdText({ thresholds }: Destination): string {
  return thresholds === undefined ? 'none' : `${thresholds.upper}/${thresholds.lower}`;
}

function way({ forwarding, tunnel }: Destination): string {
  if (forwarding !== 'tunnel' || tunnel === undefined) return forwarding;
  const port = bearsPort(tunnel.type) ? ` port ${tunnel.port}` : '';
  return `tunnel ${tunnel.type}${port}${tunnel.checksum ? ' with checksum' : ''}`;
}
