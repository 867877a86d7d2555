/** The kernel's receive ports of GUE: which there are, and how ours come and go. */
import { canonicalAddress, familyOf } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import { describeHostOperation, type GuePort } from '../../domain/host-state.ts';
import type { NetlinkConnection } from '../netlink/connection.ts';
import { findGenericFamily } from '../netlink/generic-family.ts';
import { encodeFouDump, encodeGuePort, type FouReading, fouFamilyName, parseFouPort } from './fou-codec.ts';

export interface Fou {
  /** Every receive port of this network namespace; undefined where the kernel has no FOU. */
  ports(): Promise<readonly FouReading[] | undefined>;
  /** One that is there as wanted is no error. Errors: `unsupported` without FOU, or with one that knows no addresses, `conflict` where somebody else has the port. */
  add(port: GuePort): Promise<void>;
  /** One that is absent is no error. */
  remove(port: GuePort): Promise<void>;
}

/** Over a connection of generic netlink. */
export function createFou(connection: NetlinkConnection): Fou {
  let known: number | undefined;

  /** A module that is loaded later is found then. */
  async function family(operation: string): Promise<number | undefined> {
    known ??= await findGenericFamily(connection, fouFamilyName, operation);
    return known;
  }

  async function ports(): Promise<readonly FouReading[] | undefined> {
    const context = { operation: 'list', subject: 'GUE ports' };
    const type = await family(context.operation);
    if (type === undefined) return undefined;
    const replies = await connection.dump({ type, payload: encodeFouDump() }, context);
    return replies.map(({ payload }) => parseFouPort(payload)).filter((port) => port !== undefined);
  }

  async function ask(kind: 'add' | 'delete', port: GuePort, allowed: readonly string[]): Promise<string> {
    const { operation, subject } = contextOf(kind, port);
    const type = await family(operation);
    if (type === undefined) {
      if (kind === 'delete') return 'ENOENT';
      throw noFou(operation, subject);
    }
    try {
      await connection.request({ type, payload: encodeGuePort(kind, port) }, { operation, subject });
      return '';
    } catch (error) {
      const errno = error instanceof CausewayError ? error.errno : undefined;
      if (errno !== undefined && allowed.includes(errno)) return errno;
      throw error;
    }
  }

  return {
    ports,
    async add(port) {
      const errno = await ask('add', port, ['EADDRINUSE', 'EALREADY']);
      const found = (await ports()) ?? [];
      if (found.some((one) => isSameGuePort(one, port))) return;
      if (errno !== '') throw taken(port, found);
      // A kernel that does not know the attribute passes over the address, and takes what comes to any.
      await ask('delete', port, ['EINVAL']);
      throw atEveryAddress(port);
    },
    async remove(port) {
      // The kernel's word for one that it does not know (fou_destroy).
      await ask('delete', port, ['EINVAL']);
    },
  };
}

/** That it is the wanted one and no other. */
export function isSameGuePort(found: FouReading, { address, port }: GuePort): boolean {
  return (
    found.isGue && !found.isOfOnePeer && found.port === port && found.address === canonicalAddress(address)
  );
}

/** That it stands in the way of the wanted one: both can't be. */
export function isInTheWay(found: FouReading, wanted: GuePort): boolean {
  const isThere = found.address === undefined || found.address === canonicalAddress(wanted.address);
  return (
    found.port === wanted.port &&
    found.family === familyOf(wanted.address) &&
    isThere &&
    !isSameGuePort(found, wanted)
  );
}

/** For people: `GUE, at every address`. */
export function describeFouPort({ isGue, address, isOfOnePeer }: FouReading): string {
  const where = address === undefined ? 'at every address' : `at ${address}`;
  return `${isGue ? 'GUE' : 'FOU'}, ${where}${isOfOnePeer ? ', of one sender' : ''}`;
}

function contextOf(kind: 'add' | 'delete', guePort: GuePort) {
  const text = describeHostOperation({ kind: `${kind}-gue-port`, guePort });
  const [verb, gue, noun, ...rest] = text.split(' ');
  return { operation: `${verb} ${gue} ${noun}`, subject: rest.join(' ') };
}

function taken(port: GuePort, found: readonly FouReading[]): CausewayError {
  const { operation, subject } = contextOf('add', port);
  const other = found.find((one) => isInTheWay(one, port));
  const who =
    other === undefined
      ? `another program has UDP port ${port.port} (ss -lunp sport = :${port.port})`
      : `somebody else's receive port is there (${describeFouPort(other)}; ip fou show)`;
  const message = `${who}: take it away, or give the site another port (spec.tunnel.port)`;
  return new CausewayError({ code: 'conflict', operation, subject, errno: 'EADDRINUSE', message });
}

function atEveryAddress(port: GuePort): CausewayError {
  const { operation, subject } = contextOf('add', port);
  const message =
    'this kernel opens the port at every address of the host: give it Linux 5.2 or newer, or the site another tunnel (spec.tunnel.type)';
  return new CausewayError({ code: 'unsupported', operation, subject, message });
}

function noFou(operation: string, subject: string): CausewayError {
  const message =
    'this kernel takes no GUE: load the module fou (modprobe fou), or install the kernel package that carries it';
  return new CausewayError({ code: 'unsupported', operation, subject, message });
}
