/** The kernel's IPVS table: read it, and apply operations to it. */
import type { CausewayError } from '../../domain/error.ts';
import type { IpvsOperation, ServiceState, VirtualServiceKey } from '../../domain/ipvs-table.ts';
import { type ConnectionOptions, createConnection, type NetlinkConnection } from '../netlink/connection.ts';
import { genericNetlink } from '../netlink/generic-family.ts';
import { judge } from './errno-outcome.ts';
import { findIpvsFamily } from './family.ts';
import { createOperationEncoder } from './message-codec.ts';
import { contextOf } from './operation-context.ts';
import { type IpvsFamily, readService, readTable } from './table-read.ts';

export interface FailedOperation {
  readonly operation: IpvsOperation;
  readonly error: CausewayError;
}

export interface Ipvs {
  /** Services in order of their id; destinations in the kernel's order, which the scheduler mh depends on. */
  read(): Promise<ServiceState[]>;
  /** One service, or undefined where the kernel has none. */
  readService(key: VirtualServiceKey): Promise<ServiceState | undefined>;
  /**
   * Applies the operations in order; a failing one stops no other. Gives the failures alone. Deleting what is absent
   * is none.
   */
  apply(operations: readonly IpvsOperation[]): Promise<readonly FailedOperation[]>;
  close(): void;
}

/**
 * Opens the IPVS table of this network namespace. Throws `unsupported` where the kernel has no IPVS, `permission` where
 * the caller may not use it; both say the remedy.
 */
export async function createIpvs(options: ConnectionOptions = {}): Promise<Ipvs> {
  const connection = createConnection(genericNetlink, options);
  try {
    return await ipvsOver(connection);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** The same over a connection of generic netlink, which it closes in the end. */
export async function ipvsOver(connection: NetlinkConnection): Promise<Ipvs> {
  const family: IpvsFamily = { connection, type: await findIpvsFamily(connection) };
  return {
    read: () => readTable(family),
    readService: (key) => readService(family, key),
    apply: (operations) => applyOperations(family, operations),
    close: () => connection.close(),
  };
}

async function applyOperations(
  { connection, type }: IpvsFamily,
  operations: readonly IpvsOperation[],
): Promise<readonly FailedOperation[]> {
  const encoder = createOperationEncoder();
  const at = (index: number): IpvsOperation => {
    const operation = operations[index];
    if (operation === undefined) throw new RangeError(`no operation ${index} of ${operations.length}`);
    return operation;
  };
  const errors = await connection.batchFrom({
    length: operations.length,
    type: () => type,
    flags: () => 0,
    payloadLength: (index) => encoder.payloadLength(at(index)),
    writePayload: (index, target, offset) => encoder.write(at(index), target, offset),
    context: (index) => contextOf(at(index)),
  });
  const failures: FailedOperation[] = [];
  for (const [index, error] of errors.entries()) {
    if (error === undefined) continue;
    const operation = at(index);
    const judged = judge(operation, error);
    if (judged !== undefined) failures.push({ operation, error: judged });
  }
  return failures;
}
