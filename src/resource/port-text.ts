/** Ports as people write them: `80/tcp`, `8000-8100/tcp`, or `80:8080/tcp` where the real server listens on another one. */
import { protocols } from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';

export const portPattern = /^([1-9]\d{0,4})(?::([1-9]\d{0,4})|-([1-9]\d{0,4}))?\/(tcp|udp|sctp)$/;
/** The protocol is never guessed: 443 is as often udp (HTTP/3) as tcp. */
export const portExpected =
  'a port from 1 to 65535, or a range of them, with a protocol, such as 80/tcp or 10000-20000/udp (tcp, udp, sctp)';

/** Undefined where the text is no such port. `domain/snapshot`'s `portText` is the way back. */
export function parsePort(text: string): ServicePort | undefined {
  const match = portPattern.exec(text);
  if (match === null) return undefined;
  const port = Number(match[1]);
  const targetPort = match[2] === undefined ? port : Number(match[2]);
  const protocol = protocols.find((name) => name === match[4]);
  if (protocol === undefined || port > 65_535 || targetPort > 65_535) return undefined;
  if (match[3] === undefined) return { protocol, port, targetPort };
  const lastPort = Number(match[3]);
  return lastPort <= port || lastPort > 65_535 ? undefined : { protocol, port, lastPort, targetPort };
}
