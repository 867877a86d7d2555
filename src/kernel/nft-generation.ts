/** What one small question to the kernel tells of nftables, where a listing would cost a process. */
import { CausewayError } from '../domain/error.ts';
import { concatBytes, parseAttributes, stringAttribute } from './netlink/attribute.ts';
import type { NetlinkConnection } from './netlink/connection.ts';
import type { NftKernel } from './nft.ts';

/** NETLINK_NETFILTER. */
export const netfilterProtocol = 12;
/** NFNL_SUBSYS_NFTABLES in the high byte, NFT_MSG_GETGEN in the low one (linux/netfilter/nf_tables.h). */
const getGeneration = (10 << 8) | 16;
/** struct nfgenmsg: any family, version 0, no resource. */
const anyFamily = new Uint8Array(4);
/** NFTA_GEN_ID, in network order. */
const generationId = 1;
const getTable = (10 << 8) | 1;
/** struct nfgenmsg: NFPROTO_INET. */
const inetFamily = Uint8Array.of(1, 0, 0, 0);
/** NFTA_TABLE_NAME. */
const tableName = 1;

export function nftKernel(connection: NetlinkConnection): NftKernel {
  return {
    generation: () => readNftGeneration(connection),
    exists: (name) => readNftTableExists(connection, name),
    tables: () => readNftTables(connection),
  };
}

/** The count of this network namespace; undefined where the kernel does not say, and then nothing may be taken as known. */
async function readNftGeneration(connection: NetlinkConnection): Promise<number | undefined> {
  try {
    const context = { operation: 'read nft generation', subject: 'nf_tables' };
    const [reply] = await connection.query({ type: getGeneration, payload: anyFamily }, context);
    return reply === undefined
      ? undefined
      : parseAttributes(reply.payload, anyFamily.length).be32(generationId);
  } catch {
    return undefined;
  }
}

/** Of all families; undefined where the kernel does not say. */
async function readNftTables(connection: NetlinkConnection): Promise<string[] | undefined> {
  try {
    const context = { operation: 'read nft tables', subject: 'nf_tables' };
    const replies = await connection.dump({ type: getTable, payload: anyFamily }, context);
    return replies.map(({ payload }) => parseAttributes(payload, anyFamily.length).string(tableName) ?? '');
  } catch {
    return undefined;
  }
}

/** Of family inet; undefined where the kernel does not say. */
async function readNftTableExists(connection: NetlinkConnection, name: string): Promise<boolean | undefined> {
  try {
    const payload = concatBytes([inetFamily, stringAttribute(tableName, name)]);
    await connection.query({ type: getTable, payload }, { operation: 'read nft table', subject: name });
    return true;
  } catch (error) {
    return error instanceof CausewayError && error.errno === 'ENOENT' ? false : undefined;
  }
}
