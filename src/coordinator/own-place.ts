/** At which address others reach this coordinator, where its configuration does not say. */
import { endpoint } from '../domain/ipvs-table.ts';
import { splitEndpoint } from '../runtime/endpoint.ts';

const anyAddress: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
const portIfNone = 7400;

/** The address it listens at; where that is any, the first of the host's. Undefined where the host has none. */
export function reachableAt(listen: string, own: readonly string[], port: number): string | undefined {
  const { host } = splitEndpoint(listen, portIfNone) ?? { host: '' };
  if (host !== '' && !anyAddress.has(host)) return endpoint(host, port);
  // A host that is told to listen on IPv4 alone is not reached by its IPv6 address.
  const usable = host === '0.0.0.0' ? own.filter((address) => !address.includes(':')) : own;
  const [first] = usable;
  return first === undefined ? undefined : endpoint(first, port);
}
