/** How the IPVS family is found: generic netlink gives it a number at run time, and loads the module on the way. */
import { CausewayError } from '../../domain/error.ts';
import { concatBytes, parseAttributes, stringAttribute } from '../netlink/attribute.ts';
import type { NetlinkConnection } from '../netlink/connection.ts';
import { command, familyName, genericHeaderLength } from './constants.ts';
import { encodeQuestion } from './message-codec.ts';

/** GENL_ID_CTRL and its GETFAMILY (linux/genetlink.h). */
const controller = { messageType: 16, getFamily: 3, version: 1, familyId: 1, familyName: 2 } as const;

const operation = 'open IPVS';
const loadModule = 'load it with `modprobe ip_vs`, or install the kernel package that carries it';

/**
 * The message type of IPVS. Throws `unsupported` where the kernel has no IPVS, `permission` where the caller may not
 * use it.
 */
export async function findIpvsFamily(connection: NetlinkConnection): Promise<number> {
  const type = await resolveFamily(connection);
  const payload = encodeQuestion(command.getInfo);
  try {
    await connection.query({ type, payload }, { operation, subject: 'get info' });
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'permission') throw notPermitted(error);
    throw error;
  }
  return type;
}

async function resolveFamily(connection: NetlinkConnection): Promise<number> {
  const payload = concatBytes([
    Uint8Array.of(controller.getFamily, controller.version, 0, 0),
    stringAttribute(controller.familyName, familyName),
  ]);
  try {
    const replies = await connection.query(
      { type: controller.messageType, payload },
      { operation, subject: 'find family' },
    );
    for (const reply of replies) {
      const type = parseAttributes(reply.payload, genericHeaderLength).u16(controller.familyId);
      if (type !== undefined) return type;
    }
  } catch (error) {
    if (error instanceof CausewayError && error.errno !== 'ENOENT') throw error;
    throw missing(error);
  }
  throw missing();
}

function missing(cause?: unknown): CausewayError {
  const message = `the kernel has no IPVS: ${loadModule}`;
  return new CausewayError({ code: 'unsupported', operation, message, cause });
}

function notPermitted(cause: CausewayError): CausewayError {
  const message = 'not permitted: run as root or with CAP_NET_ADMIN in this network namespace';
  return new CausewayError({ code: 'permission', operation, errno: 'EPERM', message, cause });
}
