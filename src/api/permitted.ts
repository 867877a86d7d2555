/** Which role may call which method: the whole of it. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Caller, CallerRole } from '../domain/caller.ts';
import { CausewayError } from '../domain/error.ts';
import { callerOf } from './caller.ts';
import { toStatus } from './errors.ts';

/** Without certificates nobody can be told from anybody else: who reaches the port may do what it is for. */
const uncertified: readonly CallerRole[] = ['local', 'unnamed'];
const operators: readonly CallerRole[] = [...uncertified, 'admin'];
const agents: readonly CallerRole[] = [...uncertified, 'director', 'realserver'];
const peers: readonly CallerRole[] = [...uncertified, 'coordinator'];

/** By service and method, as the proto files name them. A method without a row is nobody's. */
export const permitted: Readonly<Record<string, readonly CallerRole[]>> = {
  'Admin.Apply': operators,
  'Admin.Get': operators,
  'Admin.List': operators,
  'Admin.Delete': operators,
  'Admin.Status': operators,
  'Admin.Watch': operators,
  'Admin.Plan': operators,
  'Admin.Backup': operators,
  'Admin.Explain': operators,
  'Admin.WhatIf': operators,
  'Admin.History': operators,
  'Admin.Diff': operators,
  'Admin.Rollback': operators,
  'Agents.Connect': agents,
  'Peers.Observe': peers,
};

/** Error `permission` where the caller's role is none of the method's. */
export function requirePermitted(method: string, { identity, role }: Caller): void {
  if (permitted[method]?.includes(role) === true) return;
  throw new CausewayError({
    code: 'permission',
    operation: 'call',
    subject: method,
    message: `${identity} may not: it is ${role}, and this is for ${(permitted[method] ?? []).join(', ') || 'nobody'}`,
  });
}

/** The same handlers, behind the table. */
export function guardedCalls(
  definition: ServiceDefinition,
  handlers: UntypedServiceImplementation,
): UntypedServiceImplementation {
  const guarded = Object.entries(handlers).map(([name, handler]) => {
    const method = methodOf(definition[name]?.path ?? name);
    // gRPC has many kinds of handlers; those with a callback answer by it, the others by their stream.
    // biome-ignore lint/suspicious/noExplicitAny: as gRPC's own type of such a table
    const run = (call: any, callback?: (status: unknown) => void): void => {
      try {
        requirePermitted(method, callerOf(call));
      } catch (error) {
        const status = toStatus(error);
        return void (callback === undefined ? call.emit('error', status) : callback(status));
      }
      // biome-ignore lint/suspicious/noExplicitAny: as above
      (handler as any)(call, callback);
    };
    return [name, run];
  });
  return Object.fromEntries(guarded);
}

/** From a path as gRPC has it, `/causeway.v1.Admin/Apply`: `Admin.Apply`. */
function methodOf(path: string): string {
  return path.replace(/^.*\.(\w+)\/(\w+)$/, '$1.$2');
}
