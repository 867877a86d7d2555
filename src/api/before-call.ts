/** What is done before a handler of gRPC is called, whatever kind of handler it is. */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { toStatus } from './errors.ts';

/** From a path as gRPC has it, `/causeway.v1.Admin/Apply`: `Admin.Apply`. */
export function methodOf(path: string): string {
  return path.replace(/^.*\.(\w+)\/(\w+)$/, '$1.$2');
}

type UntypedHandler = UntypedServiceImplementation[string];

/**
 * The handler, with `prepare` before each of its calls: what that throws is the answer, and the handler hears nothing. gRPC has many kinds
 * of handlers; those with a callback answer by it, the others by their stream.
 */
export function beforeCall(
  handler: UntypedHandler,
  // biome-ignore lint/suspicious/noExplicitAny: as gRPC's own type of such a table
  prepare: (call: any) => void,
): UntypedHandler {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return (call: any, callback?: any): void => {
    try {
      prepare(call);
    } catch (error) {
      const status = toStatus(error);
      return void (callback === undefined ? call.emit('error', status) : callback(status));
    }
    // biome-ignore lint/suspicious/noExplicitAny: as above
    (handler as any)(call, callback);
  };
}
