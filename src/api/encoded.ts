/** Answers that take too long to be encoded in one turn of the event loop: in parts, put together as bytes. */
import type { ServiceDefinition } from '@grpc/grpc-js';
import type { Steps } from '../domain/steps.ts';

type Serialize<Message> = (message: Message) => Buffer;

/** Messages of one type one after the other are one message: lists are joined, and of single fields the last counts. Yields between parts. */
export function* encodedParts<Message>(
  parts: Iterable<Message>,
  serialize: Serialize<Message>,
): Steps<Buffer> {
  const buffers: Buffer[] = [];
  for (const part of parts) {
    buffers.push(serialize(part));
    yield;
  }
  return Buffer.concat(buffers);
}

/** The service as it is, but that its handlers may answer with what is encoded already. */
export function takingEncoded<Service extends ServiceDefinition>(service: Service): Service {
  const methods = Object.entries(service).map(([name, method]) => {
    const { responseSerialize } = method;
    const passing = (value: unknown): Buffer => (Buffer.isBuffer(value) ? value : responseSerialize(value));
    return [name, { ...method, responseSerialize: passing }];
  });
  return Object.fromEntries(methods) as Service;
}
