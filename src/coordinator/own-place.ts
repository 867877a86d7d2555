/** At which addresses others reach this coordinator, where its configuration does not say. */
import { type Family, familyOf } from '../domain/address.ts';
import { endpoint } from '../domain/ipvs-table.ts';
import { canonicalUnicast } from '../domain/vip.ts';
import { isOnLoopback } from '../runtime/config-tls.ts';
import { splitEndpoint } from '../runtime/endpoint.ts';

const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const portIfNone = 7400;
const families = ['ipv4', 'ipv6'] as const satisfies readonly Family[];
const anyOf: Readonly<Record<Family, string>> = { ipv4: '0.0.0.0', ipv6: '::' };

/** The address it listens at; where that is any, the first of the host's. Undefined where the host has none. */
export function reachableAt(listen: string, own: readonly string[], port: number): string | undefined {
  const { host } = splitEndpoint(listen, portIfNone) ?? { host: '' };
  if (host !== '' && !anyAddress.has(host)) return endpoint(host, port);
  // A host that is told to listen on IPv4 alone is not reached by its IPv6 address.
  const usable = host === '0.0.0.0' ? own.filter((address) => !address.includes(':')) : own;
  const [first] = usable;
  return first === undefined ? undefined : endpoint(first, port);
}

export interface OwnPlace {
  readonly listen: string;
  /** `host:port`; undefined: it says none. */
  readonly advertise: string | undefined;
  /** Of this host. */
  readonly own: readonly string[];
}

/**
 * Where it hears datagrams: the addresses of its sockets, and those by which others reach them, one a family; of both families where its API
 * listens at any address, be it of one. Undefined where nobody else reaches it, or only by a name.
 */
export function hearingAt({
  listen,
  advertise,
  own,
}: OwnPlace): { readonly addresses: readonly string[]; readonly hearsAt: readonly string[] } | undefined {
  if (isOnLoopback(listen)) return undefined;
  const advertised = unicastIn(advertise);
  const host = unicastIn(listen);
  const present = host === undefined ? own.flatMap((address) => canonicalUnicast(address) ?? []) : [host];
  const found = families.flatMap((family) => {
    const first = present.find((address) => familyOf(address) === family);
    if (first === undefined) return [];
    // Behind a translation it is reached by an address that no interface of its has.
    const reached = advertised !== undefined && familyOf(advertised) === family ? advertised : first;
    return [{ bound: host ?? anyOf[family], reached }];
  });
  if (found.length === 0) return undefined;
  return { addresses: found.map(({ bound }) => bound), hearsAt: found.map(({ reached }) => reached) };
}

function unicastIn(place: string | undefined): string | undefined {
  const host = place === undefined ? undefined : splitEndpoint(place, portIfNone)?.host;
  return host === undefined ? undefined : canonicalUnicast(host);
}
