/** How the whole IPVS table is read: a dump of the services, then one of each service's destinations. */
import { familyOf } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import {
  type DestinationState,
  destinationId,
  type ServiceState,
  serviceId,
  type VirtualServiceKey,
} from '../../domain/ipvs-table.ts';
import type { NetlinkConnection } from '../netlink/connection.ts';
import { encodeCommand, genericHeaderLength } from './codec.ts';
import { command } from './constants.ts';
import { decodeDestination } from './destination-codec.ts';
import { type DecodedService, decodeService, encodeServiceKey } from './service-codec.ts';

const operation = 'read IPVS table';
const attempts = 4;

/** A connection and the message type of IPVS on it. */
export interface IpvsFamily {
  readonly connection: NetlinkConnection;
  readonly type: number;
}

/**
 * The table, services in order of their id, destinations in the kernel's order. IPVS dumps carry no mark of
 * interruption: an entry seen twice, or a service gone between the two dumps, is how a change shows; then the read
 * starts again. Throws `unavailable` where it never ends.
 */
export async function readTable(family: IpvsFamily): Promise<ServiceState[]> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const table = await readOnce(family);
    if (table !== undefined) return table;
  }
  throw new CausewayError({
    code: 'unavailable',
    operation,
    message: `changed during each of ${attempts} reads; something rewrites it all the time`,
  });
}

/** One service, or undefined where there is none. */
export async function readService(
  family: IpvsFamily,
  key: VirtualServiceKey,
): Promise<ServiceState | undefined> {
  const found = await queryService(family, encodeServiceKey(key), serviceId(key));
  if (found === undefined) return undefined;
  const destinations = await readDestinations(family, found, serviceId(key));
  return { service: found.service, counters: found.counters, destinations };
}

async function readOnce(family: IpvsFamily): Promise<ServiceState[] | undefined> {
  const services = await readServices(family);
  if (services === undefined) return undefined;
  const table: ServiceState[] = [];
  for (const [id, decoded] of services) {
    const destinations = await readDestinations(family, decoded, id);
    if (hasDuplicates(destinations)) return undefined;
    // The kernel has no destinations for a service that it no longer has.
    const gone = destinations.length === 0 && (await queryService(family, decoded.key, id)) === undefined;
    if (gone) return undefined;
    table.push({ service: decoded.service, counters: decoded.counters, destinations });
  }
  return table;
}

/** Services by id, in its order; undefined where one came twice. */
async function readServices({
  connection,
  type,
}: IpvsFamily): Promise<[id: string, DecodedService][] | undefined> {
  const payload = encodeCommand(command.getService);
  const replies = await connection.dump({ type, payload }, { operation, subject: 'services' });
  const services = new Map<string, DecodedService>();
  for (const reply of replies) {
    const decoded = decodeService(reply.payload, genericHeaderLength);
    if (decoded === undefined) continue;
    const id = serviceId(decoded.service.key);
    if (services.has(id)) return undefined;
    services.set(id, decoded);
  }
  return [...services].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function readDestinations(
  { connection, type }: IpvsFamily,
  { key, service }: DecodedService,
  subject: string,
): Promise<DestinationState[]> {
  const payload = encodeCommand(command.getDestination, key);
  const replies = await connection.dump({ type, payload }, { operation, subject });
  const family = service.key.kind === 'mark' ? service.key.family : familyOf(service.key.address);
  return replies.map((reply) => decodeDestination(reply.payload, genericHeaderLength, family));
}

async function queryService(
  { connection, type }: IpvsFamily,
  key: Uint8Array,
  subject: string,
): Promise<DecodedService | undefined> {
  const payload = encodeCommand(command.getService, key);
  try {
    const [reply] = await connection.query({ type, payload }, { operation, subject });
    return reply === undefined ? undefined : decodeService(reply.payload, genericHeaderLength);
  } catch (error) {
    if (error instanceof CausewayError && error.errno === 'ESRCH') return undefined;
    throw error;
  }
}

function hasDuplicates(destinations: readonly DestinationState[]): boolean {
  return new Set(destinations.map(destinationId)).size !== destinations.length;
}
