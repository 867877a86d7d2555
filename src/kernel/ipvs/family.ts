/** How the IPVS family is found: asking for it loads the module. */
import { CausewayError } from '../../domain/error.ts';
import type { NetlinkConnection } from '../netlink/connection.ts';
import { findGenericFamily } from '../netlink/generic-family.ts';
import { command, familyName } from './constants.ts';
import { encodeQuestion } from './message-codec.ts';

const operation = 'open IPVS';
const loadModule = 'load it with `modprobe ip_vs`, or install the kernel package that carries it';

/**
 * The message type of IPVS. Throws `unsupported` where the kernel has no IPVS, `permission` where the caller may not
 * use it.
 */
export async function findIpvsFamily(connection: NetlinkConnection): Promise<number> {
  const type = await findGenericFamily(connection, familyName, operation);
  if (type === undefined) throw missing();
  const payload = encodeQuestion(command.getInfo);
  try {
    await connection.query({ type, payload }, { operation, subject: 'get info' });
  } catch (error) {
    if (error instanceof CausewayError && error.code === 'permission') throw notPermitted(error);
    throw error;
  }
  return type;
}

function missing(): CausewayError {
  const message = `the kernel has no IPVS: ${loadModule}`;
  return new CausewayError({ code: 'unsupported', operation, message });
}

function notPermitted(cause: CausewayError): CausewayError {
  const message = 'not permitted: run as root or with CAP_NET_ADMIN in this network namespace';
  return new CausewayError({ code: 'permission', operation, errno: 'EPERM', message, cause });
}
