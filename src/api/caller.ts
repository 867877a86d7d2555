/** Who has called, by the connection that he called on: the one place where a caller is made. */
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { peerHost } from '../domain/address.ts';
import type { Caller } from '../domain/caller.ts';
import { CausewayError } from '../domain/error.ts';
import { identityUri } from '../domain/identity.ts';
import { isLoopback } from '../domain/loopback.ts';
import { shownBy } from './shown-certificate.ts';

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getPeer' | 'getAuthContext'>;

/** How a server knows its callers. Throws `permission` where nobody can be named. */
export type Recognise = (call: Call) => Caller;

/** Of calls that are being served. */
const recognised = new WeakMap<object, Caller>();

/** For `callerOf`, from here on. */
export function remember(call: object, caller: Caller): void {
  recognised.set(call, caller);
}

/** Of a call that has come by the guard; any other is a bug, and nobody's. */
export function callerOf(call: object): Caller {
  const caller = recognised.get(call);
  if (caller !== undefined) return caller;
  throw new CausewayError({ code: 'internal', operation: 'call', message: 'it has come by no guard' });
}

/** Without TLS nobody says who he is; by loopback he is on this host. */
export const plainCaller: Recognise = (call) => {
  const host = hostOf(call.getPeer());
  if (isLoopback(host)) return { identity: 'local', role: 'local', site: undefined, from: host };
  return { identity: `unnamed at ${host}`, role: 'unnamed', site: undefined, from: host };
};

/** With TLS everybody is who his certificate says, and nobody is let in for where he calls from. */
export const certifiedCaller: Recognise = (call) => {
  const shown = shownBy(call);
  if (shown === undefined) {
    throw new CausewayError({
      code: 'permission',
      operation: 'call',
      message: `${hostOf(call.getPeer())} has shown no certificate that is believed`,
    });
  }
  const { identity } = shown;
  const from = hostOf(call.getPeer());
  return { identity: identityUri(identity), role: identity.role, site: identity.site, from };
};

/** Of `getPeer()`: gRPC puts the port behind the address, with nothing around one of IPv6. */
export function hostOf(peer: string): string {
  const end = peer.lastIndexOf(':');
  return peerHost(end < 0 ? peer : peer.slice(0, end));
}
