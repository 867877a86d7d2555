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
import type { Dumped, NetlinkConnection } from '../netlink/connection.ts';
import type { LocatedMessage } from '../netlink/wire.ts';
import { command } from './constants.ts';
import { decodeDestination } from './destination-codec.ts';
import { createQuestionEncoder, encodeQuestion } from './message-codec.ts';
import { type DecodedService, decodeService } from './service-codec.ts';

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
 * starts again. Where somebody makes and removes services all the time, the last attempt leaves out what has gone. Throws `unavailable`
 * where entries are seen twice each time.
 */
export async function readTable(family: IpvsFamily): Promise<ServiceState[]> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const table = await readOnce(family, attempt === attempts);
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
  const found = await queryService(family, key);
  if (found === undefined) return undefined;
  const { items } = await readDestinations(family, key, serviceId(key), askDestinations());
  return { service: found.service, counters: found.counters, destinations: items };
}

async function readOnce(family: IpvsFamily, isLast: boolean): Promise<ServiceState[] | undefined> {
  const services = await readServices(family);
  if (services === undefined) return undefined;
  const table: ServiceState[] = [];
  const ask = askDestinations();
  for (const [id, { service, counters }] of services) {
    const dumped = await readDestinations(family, service.key, id, ask);
    if (hasDuplicates(dumped)) return undefined;
    // The kernel knows no destinations of a service that has gone meanwhile.
    if (dumped.items.length === 0 && (await queryService(family, service.key)) === undefined) {
      if (isLast) continue;
      return undefined;
    }
    table.push({ service, counters, destinations: dumped.items });
  }
  return table;
}

/** Services with their ids, in their order; undefined where one came twice. */
async function readServices({
  connection,
  type,
}: IpvsFamily): Promise<[id: string, DecodedService][] | undefined> {
  const payload = encodeQuestion(command.getService);
  const { items } = await connection.scan(
    { type, payload },
    { operation, subject: 'services' },
    decodeService,
  );
  const services = new Map<string, DecodedService>();
  for (const decoded of items) services.set(serviceId(decoded.service.key), decoded);
  if (services.size < items.length) return undefined;
  return [...services].sort(([a], [b]) => (a < b ? -1 : 1));
}

type Ask = (key: VirtualServiceKey) => Uint8Array;

function askDestinations(): Ask {
  return createQuestionEncoder(command.getDestination);
}

function readDestinations(
  { connection, type }: IpvsFamily,
  key: VirtualServiceKey,
  subject: string,
  ask: Ask,
): Promise<Dumped<DestinationState>> {
  const family = key.kind === 'mark' ? key.family : familyOf(key.address);
  return connection.scan({ type, payload: ask(key) }, { operation, subject }, decoders[family]);
}

/** Kernels before 3.18 do not say a destination's family: it is the service's. */
const decoders = {
  ipv4: (message: LocatedMessage) => decodeDestination(message, 'ipv4'),
  ipv6: (message: LocatedMessage) => decodeDestination(message, 'ipv6'),
} as const;

/** What one datagram carries was read in one go. */
function hasDuplicates({ items, datagrams }: Dumped<DestinationState>): boolean {
  return datagrams > 1 && new Set(items.map(destinationId)).size < items.length;
}

async function queryService(
  { connection, type }: IpvsFamily,
  key: VirtualServiceKey,
): Promise<DecodedService | undefined> {
  const payload = encodeQuestion(command.getService, key);
  try {
    const [reply] = await connection.query({ type, payload }, { operation, subject: serviceId(key) });
    return reply === undefined ? undefined : decodeService(wholeOf(reply.payload));
  } catch (error) {
    if (error instanceof CausewayError && error.errno === 'ESRCH') return undefined;
    throw error;
  }
}

/** A reply's payload as a message of its own. */
function wholeOf(payload: Uint8Array): LocatedMessage {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return { type: 0, flags: 0, sequence: 0, start: 0, end: payload.length, view, bytes: payload };
}
