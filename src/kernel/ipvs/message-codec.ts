/** How IPVS operations and questions become netlink payloads: a generic header, a service, perhaps a destination. */
import type {
  Destination,
  IpvsOperation,
  VirtualService,
  VirtualServiceKey,
} from '../../domain/ipvs-table.ts';
import { align4, createSendBuffer, genericHeaderLength, type SendBuffer } from '../netlink/wire.ts';
import { command, familyVersion } from './constants.ts';
import { destinationTemplate, patchDestination } from './destination-codec.ts';
import { serviceKeyLength, serviceLength, writeService, writeServiceKey } from './service-codec.ts';

export interface OperationEncoder {
  payloadLength(operation: IpvsOperation): number;
  /** Writes the payload at `offset`. Throws `invalid` for what the kernel's format cannot carry. */
  write(operation: IpvsOperation, target: SendBuffer, offset: number): void;
}

/** Keeps the last service's part: the operations on its destinations come one after the other. */
export function createOperationEncoder(): OperationEncoder {
  let templateKey: VirtualServiceKey | undefined;
  let template = new Uint8Array();

  function writeDestination(
    number: number,
    operation: { readonly key: VirtualServiceKey; readonly destination: Destination },
    target: SendBuffer,
    offset: number,
  ): void {
    const { key, destination } = operation;
    if (key !== templateKey) {
      template = destinationCommand(key);
      templateKey = key;
    }
    target.bytes.set(template, offset);
    target.view.setUint8(offset, number);
    patchDestination(target, offset + template.length - destinationTemplate.length, destination);
  }

  return {
    payloadLength,
    write(operation, target, offset) {
      switch (operation.kind) {
        case 'add-service':
          return writeServiceCommand(command.newService, operation.service, target, offset);
        case 'edit-service':
          return writeServiceCommand(command.setService, operation.service, target, offset);
        case 'delete-service':
          writeGenericHeader(command.deleteService, target, offset);
          writeServiceKey(target, offset + genericHeaderLength, operation.key);
          return;
        case 'add-destination':
          return writeDestination(command.newDestination, operation, target, offset);
        case 'edit-destination':
          return writeDestination(command.setDestination, operation, target, offset);
        case 'delete-destination':
          return writeDestination(command.deleteDestination, operation, target, offset);
      }
    },
  };
}

function payloadLength(operation: IpvsOperation): number {
  switch (operation.kind) {
    case 'add-service':
    case 'edit-service':
      return genericHeaderLength + serviceLength(operation.service);
    case 'delete-service':
      return genericHeaderLength + serviceKeyLength(operation.key);
    default:
      return genericHeaderLength + serviceKeyLength(operation.key) + destinationTemplate.length;
  }
}

/** A command about some destination of a service: header, key, and the template of a destination. */
function destinationCommand(key: VirtualServiceKey): Uint8Array<ArrayBuffer> {
  const keyEnd = genericHeaderLength + serviceKeyLength(key);
  const target = createSendBuffer(keyEnd + destinationTemplate.length);
  writeGenericHeader(0, target, 0);
  writeServiceKey(target, genericHeaderLength, key);
  target.bytes.set(destinationTemplate, keyEnd);
  return target.bytes;
}

function writeServiceCommand(
  number: number,
  service: VirtualService,
  target: SendBuffer,
  offset: number,
): void {
  writeGenericHeader(number, target, offset);
  writeService(target, offset + genericHeaderLength, service);
}

function writeGenericHeader(number: number, { view }: SendBuffer, offset: number): void {
  view.setUint32(offset, number | (familyVersion << 8), true);
}

/** The payload of one operation. */
export function encodeOperation(operation: IpvsOperation): Uint8Array {
  const length = payloadLength(operation);
  const target = createSendBuffer(align4(length));
  createOperationEncoder().write(operation, target, 0);
  return target.bytes.subarray(0, length);
}

/** A question about a service, or about everything. */
export function encodeQuestion(number: number, key?: VirtualServiceKey): Uint8Array {
  return createQuestionEncoder(number)(key);
}

/** Encodes question after question into the same bytes: each one is to be sent before the next. */
export function createQuestionEncoder(number: number): (key?: VirtualServiceKey) => Uint8Array {
  const target = createSendBuffer(64);
  writeGenericHeader(number, target, 0);
  let payload = target.bytes.subarray(0, genericHeaderLength);
  return (key) => {
    const end = key === undefined ? genericHeaderLength : writeServiceKey(target, genericHeaderLength, key);
    if (end !== payload.length) payload = target.bytes.subarray(0, end);
    return payload;
  };
}
