/** Messages that take too long to be encoded in one turn of the event loop: in parts, put together as bytes. */
import type { MessageTypeDefinition } from '@grpc/proto-loader';
import type { Steps } from '../domain/steps.ts';
import { breathing } from '../runtime/breathing.ts';
import { loadApi } from './proto-services.ts';

/** Of lists in it: encoding so many messages of a list takes a millisecond or two. */
const messagesAStep = 500;
const longFrom = 4 * messagesAStep;
const delimited = 2;

/** Whether encoding it takes long enough to be worth parts. */
function isLong(message: object): boolean {
  return sizeOf(message, longFrom) >= longFrom;
}

/** What a stream is given to send: a short message as it is, a long one as its bytes, made while others have their turns. */
export function sendable<Message extends object>(
  typeName: string,
  message: Message,
): Message | Promise<Message> {
  return isLong(message) ? sendableBytes(encodedMessage(typeName, message)) : message;
}

/** The same of bytes that are still to be made. */
export async function sendableBytes<Message extends object>(bytes: Steps<Buffer>): Promise<Message> {
  const made: object = await breathing(bytes, { operation: 'send', isLate: true });
  // gRPC passes on what it takes for the message to the service's own encoder, which takes bytes as well (proto-services).
  return made as Message;
}

/**
 * The bytes of a message of that type (`Snapshot`). Messages of one type one after the other are one message: lists are joined. And a
 * message in a message is its key, its length, its bytes. So each is made of parts, yielding between them; nobody who reads it
 * sees a difference.
 */
export function* encodedMessage(typeName: string, message: object): Steps<Buffer> {
  const type = typeNamed(typeName);
  const rest = new Map<string, unknown>(Object.entries(message));
  const parts: Buffer[] = [];
  for (const field of type.shape.field) {
    const value = rest.get(field.name);
    if (field.type !== 'TYPE_MESSAGE' || !isObject(value) || !isLong(value)) continue;
    rest.delete(field.name);
    for (const part of Array.isArray(value) ? portions(value) : [value]) {
      if (!Array.isArray(part))
        parts.push(...delimitedField(field.number, yield* encodedMessage(field.typeName, part)));
      else parts.push(type.serialize({ [field.name]: part }));
      yield;
    }
  }
  parts.push(type.serialize(Object.fromEntries(rest)));
  return Buffer.concat(parts);
}

/** Of a list: elements that are long by themselves, and lists of those between them. */
function* portions(list: readonly object[]): Iterable<object> {
  let portion: object[] = [];
  let size = 0;
  for (const element of list) {
    const own = sizeOf(element, messagesAStep);
    const isAlone = own >= messagesAStep;
    if (!isAlone) {
      portion.push(element);
      size += own;
    }
    if (portion.length > 0 && (isAlone || size >= messagesAStep)) {
      yield portion;
      portion = [];
      size = 0;
    }
    if (isAlone) yield element;
  }
  if (portion.length > 0) yield portion;
}

/** How many messages it is, about, and no further than `limit`: what the first of a list is like, all are taken to be. */
function sizeOf(value: object, limit: number): number {
  let size = 1;
  if (Array.isArray(value)) {
    const [first]: readonly unknown[] = value;
    if (!isObject(first)) return 0;
    if (!hasParts(first)) return value.length;
    for (const one of value) {
      if (size >= limit) break;
      size += sizeOf(one, limit);
    }
    return size;
  }
  for (const field of Object.values(value)) if (isObject(field)) size += sizeOf(field, limit);
  return size;
}

function hasParts(message: object): boolean {
  return Object.values(message).some(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** A message in a message: its key, its length, its bytes. */
export function delimitedField(number: number, bytes: Buffer): Buffer[] {
  return [varint(number * 8 + delimited), varint(bytes.length), bytes];
}

/** In memory of its own: of the pool that small buffers share, one that is kept keeps 64 KB. */
export function keepable(parts: readonly Buffer[]): Buffer {
  const kept = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) end += part.copy(kept, end);
  return kept;
}

/** Seven bits a byte, the lowest first; all but the last with the high bit. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** What the parts need of a message's definition. */
interface Shape {
  readonly field: readonly {
    readonly name: string;
    readonly number: number;
    readonly type: string;
    readonly typeName: string;
  }[];
}

/** Messages name others of their own package by their last name. */
function typeNamed(name: string): { readonly shape: Shape; serialize(message: object): Buffer } {
  const definition = loadApi().definition[`causeway.v1.${name}`];
  if (definition === undefined || !('type' in definition)) throw new Error(`no message is called ${name}`);
  // Every type of the files is a message: they have no enumerations.
  const { type, serialize } = definition as MessageTypeDefinition<object, object>;
  return { shape: type as Shape, serialize };
}
