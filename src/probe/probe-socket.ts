/** A UDP socket for literal addresses of one family: no resolver stands in the way of a probe. */
import { type BindOptions, createSocket, type RemoteInfo } from 'node:dgram';
import type { Family } from '../domain/address.ts';

/** What probes use of a UDP socket. */
export interface ProbeSocket {
  on(event: 'message', hear: (bytes: Buffer, from: RemoteInfo) => void): unknown;
  on(event: 'error', failed: (error: Error) => void): unknown;
  once(event: 'listening', bound: () => void): unknown;
  bind(options: BindOptions): unknown;
  send(bytes: Uint8Array, port: number, address: string, sent: (error: Error | null) => void): void;
  close(): unknown;
}

export function createProbeSocket(family: Family): ProbeSocket {
  return family === 'ipv4'
    ? createSocket({ type: 'udp4', lookup: literal(4) })
    : createSocket({ type: 'udp6', ipv6Only: true, lookup: literal(6) });
}

type Lookup = (
  host: string,
  options: object,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

function literal(family: 4 | 6): Lookup {
  return (host, _options, callback) => callback(null, host, family);
}
