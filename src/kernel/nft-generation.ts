/** Whether nftables' rules may have changed: the kernel counts their transactions, and one small question tells the count. */
import { parseAttributes } from './netlink/attribute.ts';
import type { NetlinkConnection } from './netlink/connection.ts';

/** NETLINK_NETFILTER. */
export const netfilterProtocol = 12;
/** NFNL_SUBSYS_NFTABLES in the high byte, NFT_MSG_GETGEN in the low one (linux/netfilter/nf_tables.h). */
const getGeneration = (10 << 8) | 16;
/** struct nfgenmsg: any family, version 0, no resource. */
const anyFamily = new Uint8Array(4);
/** NFTA_GEN_ID, in network order. */
const generationId = 1;

/** The count of this network namespace; undefined where the kernel does not say, and then nothing may be taken as known. */
export async function readNftGeneration(connection: NetlinkConnection): Promise<number | undefined> {
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
