/** Who has called, by the connection that he called on: the one place where a caller is made. */
import { isIP } from 'node:net';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import type { Caller } from '../domain/caller.ts';

/** Without TLS nobody says who he is; by loopback he is on this host. */
export function callerOf(call: Pick<ServerUnaryCall<unknown, unknown>, 'getPeer'>): Caller {
  const host = hostOf(call.getPeer());
  if (isLoopback(host)) return { identity: 'local', role: 'local', site: undefined };
  return { identity: `unnamed at ${host}`, role: 'unnamed', site: undefined };
}

/** gRPC puts the port behind the address, with nothing around one of IPv6. */
function hostOf(peer: string): string {
  const end = peer.lastIndexOf(':');
  const host = end < 0 ? peer : peer.slice(0, end);
  return host.startsWith('::ffff:') && isIP(host.slice(7)) === 4 ? host.slice(7) : host;
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
