/** How requests are taken in: as bytes, so that what they may hold is known before anything is made of them. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { CausewayError, messageOf } from '../domain/error.ts';
import { beforeCall, methodOf } from './before-call.ts';
import { callerOf } from './caller.ts';
import type { Refused } from './handlers.ts';
import { loadApi } from './proto-services.ts';
import { checkWire, type MessageShape, type WireLimits } from './wire-bounds.ts';

/** The same service, whose handlers get the bytes of each request. */
export function rawRequests<S extends ServiceDefinition>(service: S): S {
  const methods = Object.entries(service).map(([name, method]) => [
    name,
    { ...method, requestDeserialize: (bytes: Buffer): Buffer => bytes },
  ]);
  // The same methods under the same names; only what a handler is given is another thing.
  return Object.fromEntries(methods) as S;
}

/** A method of the API by what its request is. */
export type Reads<T> = Pick<MethodDefinition<never, unknown, T & object, object>, 'requestDeserialize'> & {
  readonly requestType: { readonly type: object };
};

/** The same by what its answer is. */
export type ReadsAnswer<T> = Pick<MethodDefinition<never, T & object>, 'responseDeserialize'> & {
  readonly responseType: { readonly type: object };
};

/** Reads a request of that method. Throws `refused` where it is too much, `invalid` where it is none. */
export function readRequest<T>(method: Reads<T>, bytes: unknown, limits: WireLimits): T {
  return read(method.requestType.type, (message) => method.requestDeserialize(message), bytes, limits);
}

/** Reads an answer of that method; throws the same. */
export function readAnswer<T>(method: ReadsAnswer<T>, bytes: unknown, limits: WireLimits): T {
  return read(method.responseType.type, (message) => method.responseDeserialize(message), bytes, limits);
}

function read<T>(type: object, deserialize: (bytes: Buffer) => T, bytes: unknown, limits: WireLimits): T {
  if (!Buffer.isBuffer(bytes)) throw unreadable('it is no message');
  checkWire(bytes, type as MessageShape, shapeNamed, limits);
  try {
    return deserialize(bytes);
  } catch (error) {
    throw unreadable(messageOf(error));
  }
}

/** Handlers of calls with one request, behind those limits, and behind the guard: who asks for too much is told by name. */
export function boundedRequests(
  service: ServiceDefinition,
  handlers: UntypedServiceImplementation,
  limits: WireLimits,
  onRefused: (refused: Refused) => void = () => {},
): UntypedServiceImplementation {
  const bounded = Object.entries(handlers).map(([name, handler]) => {
    // proto-loader puts the definition of its request beside each method; gRPC's own type does not know that.
    const method = service[name] as (Reads<object> & { readonly path: string }) | undefined;
    if (method === undefined) return [name, handler];
    const run = beforeCall(handler, (call) => {
      try {
        call.request = readRequest(method, call.request, limits);
      } catch (error) {
        const { from: peer, identity } = callerOf(call);
        onRefused({ peer, identity, method: methodOf(method.path), reason: messageOf(error) });
        throw error;
      }
    });
    return [name, run];
  });
  return Object.fromEntries(bounded);
}

/** Messages name others of their own package by their last name. */
function shapeNamed(typeName: string): MessageShape | undefined {
  const definition = loadApi().definition[`causeway.v1.${typeName}`];
  return definition !== undefined && 'type' in definition ? (definition.type as MessageShape) : undefined;
}

function unreadable(message: string): CausewayError {
  return new CausewayError({ code: 'invalid', operation: 'read message', message });
}
