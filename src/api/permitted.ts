/** Which role may call which method: the whole of it. */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Caller, CallerRole } from '../domain/caller.ts';
import { CausewayError, messageOf } from '../domain/error.ts';
import { beforeCall, methodOf } from './before-call.ts';
import { hostOf, type Recognise, remember } from './caller.ts';
import type { Refused } from './handlers.ts';

/** Without certificates nobody can be told from anybody else: who reaches the port may do what it is for. */
const uncertified: readonly CallerRole[] = ['local', 'unnamed'];
const admins: readonly CallerRole[] = [...uncertified, 'admin'];
/** Of these each change is judged by what it touches as well (plan/operator-rights). */
const operators: readonly CallerRole[] = [...admins, 'operator'];
const viewers: readonly CallerRole[] = [...operators, 'viewer'];
const agents: readonly CallerRole[] = [...uncertified, 'director', 'realserver'];
/** By certificate alone: without one there is none to renew. */
const machines: readonly CallerRole[] = ['director', 'realserver', 'coordinator'];
const peers: readonly CallerRole[] = [...uncertified, 'coordinator'];

/**
 * By service and method, as the proto files name them. A method without a row is nobody's. A backup is no view: it holds the key of
 * the probes. A plan is one: it writes nothing.
 */
export const permitted: Readonly<Record<string, readonly CallerRole[]>> = {
  'Admin.Apply': operators,
  'Admin.Get': viewers,
  'Admin.List': viewers,
  'Admin.Delete': operators,
  'Admin.Status': viewers,
  'Admin.Watch': viewers,
  'Admin.Plan': viewers,
  'Admin.Backup': admins,
  'Admin.Explain': viewers,
  'Admin.WhatIf': viewers,
  'Admin.History': viewers,
  'Admin.Diff': viewers,
  'Admin.Rollback': operators,
  'Admin.Deny': admins,
  'Admin.RotateProbeKeys': admins,
  'Agents.Connect': agents,
  'Agents.Renew': machines,
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

export interface Guard {
  readonly recognise: Recognise;
  readonly onRefused?: ((refused: Refused) => void) | undefined;
}

/** The same handlers, behind the table. */
export function guardedCalls(
  definition: ServiceDefinition,
  handlers: UntypedServiceImplementation,
  { recognise, onRefused = () => {} }: Guard,
): UntypedServiceImplementation {
  const guarded = Object.entries(handlers).map(([name, handler]) => {
    const method = methodOf(definition[name]?.path ?? name);
    const run = beforeCall(handler, (call) => {
      let caller: Caller | undefined;
      try {
        caller = recognise(call);
        requirePermitted(method, caller);
        remember(call, caller);
      } catch (error) {
        const peer = hostOf(call.getPeer());
        onRefused({ peer, identity: caller?.identity, method, reason: messageOf(error) });
        throw error;
      }
    });
    return [name, run];
  });
  return Object.fromEntries(guarded);
}
