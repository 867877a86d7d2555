/** How IPVS operations and questions become netlink payloads: a generic netlink header, a service, perhaps a destination. */
import { CausewayError } from '../../domain/error.ts';
import {
  type Destination,
  destinationId,
  type IpvsOperation,
  serviceId,
  type VirtualServiceKey,
} from '../../domain/ipvs-table.ts';
import { concatBytes } from '../netlink/attribute.ts';
import type { RequestContext } from '../netlink/connection.ts';
import { command, familyVersion } from './constants.ts';
import { destinationLength, writeDestination } from './destination-codec.ts';
import { encodeService, encodeServiceKey } from './service-codec.ts';

/** struct genlmsghdr: command, version, two reserved bytes. */
export const genericHeaderLength = 4;

export function genericHeader(commandNumber: number, version: number = familyVersion): Uint8Array {
  return Uint8Array.of(commandNumber, version, 0, 0);
}

/** A command that names a service, or nothing at all. */
export function encodeCommand(commandNumber: number, part: Uint8Array = new Uint8Array()): Uint8Array {
  return concatBytes([genericHeader(commandNumber), part]);
}

/**
 * An encoder of operations. It keeps the last service's bytes: a service's destinations come one after the other.
 * The function throws `invalid` for what the kernel's format cannot carry.
 */
export function createOperationEncoder(): (operation: IpvsOperation) => Uint8Array {
  let lastKey: VirtualServiceKey | undefined;
  let lastBytes = new Uint8Array();

  function keyBytes(key: VirtualServiceKey): Uint8Array {
    if (key !== lastKey) {
      lastBytes = new Uint8Array(encodeServiceKey(key));
      lastKey = key;
    }
    return lastBytes;
  }

  function destinationCommand(
    number: number,
    key: VirtualServiceKey,
    destination: Destination,
    operation: IpvsOperation,
  ): Uint8Array {
    checkWeight(destination, operation);
    const service = keyBytes(key);
    const bytes = new Uint8Array(genericHeaderLength + service.length + destinationLength);
    bytes[0] = number;
    bytes[1] = familyVersion;
    bytes.set(service, genericHeaderLength);
    writeDestination(new DataView(bytes.buffer), genericHeaderLength + service.length, destination);
    return bytes;
  }

  return (operation) => {
    switch (operation.kind) {
      case 'add-service':
        return encodeCommand(command.newService, encodeService(operation.service));
      case 'edit-service':
        return encodeCommand(command.setService, encodeService(operation.service));
      case 'delete-service':
        return encodeCommand(command.deleteService, keyBytes(operation.key));
      case 'add-destination':
        return destinationCommand(command.newDestination, operation.key, operation.destination, operation);
      case 'edit-destination':
        return destinationCommand(command.setDestination, operation.key, operation.destination, operation);
      case 'delete-destination':
        return destinationCommand(command.deleteDestination, operation.key, operation.destination, operation);
    }
  };
}

/** The kernel's weight is a signed 32-bit number that it refuses below 0. */
function checkWeight({ weight }: Destination, operation: IpvsOperation): void {
  if (Number.isInteger(weight) && weight >= 0 && weight <= 0x7fff_ffff) return;
  const context = contextOf(operation);
  throw new CausewayError({
    code: 'invalid',
    operation: context.operation,
    subject: context.subject,
    message: `a weight is a whole number from 0 to 2147483647, found ${weight}`,
  });
}

/** What an operation is called in an error. The subject is put together only when somebody asks for it. */
export function contextOf(operation: IpvsOperation): RequestContext {
  return new OperationContext(operation);
}

class OperationContext implements RequestContext {
  readonly #operation: IpvsOperation;

  constructor(operation: IpvsOperation) {
    this.#operation = operation;
  }

  get operation(): string {
    return this.#operation.kind.replace('-', ' ');
  }

  get subject(): string {
    const operation = this.#operation;
    if ('service' in operation) return serviceId(operation.service.key);
    const service = serviceId(operation.key);
    return 'destination' in operation ? `${service} → ${destinationId(operation.destination)}` : service;
  }
}
