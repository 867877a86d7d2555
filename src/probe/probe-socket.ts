/** A UDP socket for literal addresses of one family: no resolver stands in the way of a probe. */
import { createSocket, type Socket } from 'node:dgram';
import type { Family } from '../domain/address.ts';

export function createProbeSocket(family: Family): Socket {
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
