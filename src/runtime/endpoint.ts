/** Where a program listens or calls: `host:port`, `[v6]:port`, a bare host with the port that is usual. */
import { canonicalAddress } from '../domain/address.ts';
import { endpoint } from '../domain/ipvs-table.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The parts of `text`, or undefined where it is no endpoint. Port 0 (any free one) is accepted. */
export function splitEndpoint(text: string, defaultPort: number): Endpoint | undefined {
  const bare = canonicalAddress(text);
  if (bare !== undefined) return { host: bare, port: defaultPort };
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  if (match?.groups === undefined) return undefined;
  const { v6, host, port } = match.groups;
  const name = v6 === undefined ? hostName(host ?? '') : v6.includes(':') ? canonicalAddress(v6) : undefined;
  const number = port === undefined ? defaultPort : Number(port);
  return name === undefined || number > 65_535 ? undefined : { host: name, port: number };
}

/** `splitEndpoint` as one spelling: `fra.example:7400`, `[2001:db8::1]:7400`. */
export function canonicalEndpoint(text: string, defaultPort: number): string | undefined {
  const parts = splitEndpoint(text, defaultPort);
  return parts === undefined ? undefined : endpoint(parts.host, parts.port);
}

/** Names as DNS has them; what consists of digits and dots alone must be an address. */
function hostName(text: string): string | undefined {
  if (/^[\d.]+$/.test(text)) return canonicalAddress(text);
  return /^[a-z\d]([a-z\d._-]{0,251}[a-z\d])?$/i.test(text) ? text : undefined;
}
