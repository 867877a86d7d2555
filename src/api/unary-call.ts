/** How a call with one answer is served: by a promise, whose error is the answer where it has one. */
import type { handleUnaryCall } from '@grpc/grpc-js';
import { CausewayError } from '../domain/error.ts';
import { callerOf } from './caller.ts';
import { toStatus } from './errors.ts';
import type { Asking } from './handlers.ts';

export type OnError = (operation: string, error: unknown) => void;
export type Call = Asking & { readonly signal: AbortSignal };

export function unaryCall<I, O>(
  operation: string,
  run: (request: I, call: Call) => Promise<O | Buffer>,
  onError: OnError,
): handleUnaryCall<I, O> {
  return (call, callback) => {
    // Also at the caller's deadline.
    const abort = new AbortController();
    call.once('cancelled', () => abort.abort());
    // In a promise: a handler that throws before its first await must not leave the caller without an answer.
    Promise.resolve(call.request)
      .then((request) => run(request, { caller: callerOf(call), signal: abort.signal }))
      .then(
        // What is encoded already the service takes as it is (proto-services).
        (response) => callback(null, response as O),
        (error) => {
          if (isInternal(error)) onError(operation, error);
          callback(toStatus(error));
        },
      );
  };
}

export function isInternal(error: unknown): boolean {
  return !(error instanceof CausewayError) || error.code === 'internal';
}
