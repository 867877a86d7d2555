/** How a family of generic netlink is found: it has a number at run time, and some modules load on the way. */
import { CausewayError } from '../../domain/error.ts';
import { concatBytes, parseAttributes, stringAttribute } from './attribute.ts';
import type { NetlinkConnection } from './connection.ts';
import { genericHeaderLength } from './wire.ts';

/** NETLINK_GENERIC */
export const genericNetlink = 16;
/** GENL_ID_CTRL and its GETFAMILY (linux/genetlink.h). */
const controller = { messageType: 16, getFamily: 3, version: 1, familyId: 1, familyName: 2 } as const;

/** Message type of the family of that name; undefined where the kernel has none. */
export async function findGenericFamily(
  connection: Pick<NetlinkConnection, 'query'>,
  name: string,
  operation: string,
): Promise<number | undefined> {
  const payload = concatBytes([
    Uint8Array.of(controller.getFamily, controller.version, 0, 0),
    stringAttribute(controller.familyName, name),
  ]);
  try {
    const replies = await connection.query(
      { type: controller.messageType, payload },
      { operation, subject: 'find family' },
    );
    const types = replies.map((reply) =>
      parseAttributes(reply.payload, genericHeaderLength).u16(controller.familyId),
    );
    return types.find((type) => type !== undefined);
  } catch (error) {
    if (error instanceof CausewayError && error.errno === 'ENOENT') return undefined;
    throw error;
  }
}
