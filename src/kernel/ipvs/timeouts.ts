/** IPVS's timeouts, which are no sysctls, as if they were: `ipvs.timeout.tcp`, `…tcp_fin`, `…udp`, in seconds. */
import { CausewayError } from '../../domain/error.ts';
import { concatBytes, parseAttributes, u32Attribute } from '../netlink/attribute.ts';
import { createConnection, type NetlinkConnection } from '../netlink/connection.ts';
import { genericNetlink } from '../netlink/generic-family.ts';
import { genericHeaderLength } from '../netlink/wire.ts';
import type { SysctlTree } from '../sysctl.ts';
import { command, familyVersion, timeoutAttribute } from './constants.ts';
import { findIpvsFamily } from './family.ts';

const prefix = 'ipvs.timeout.';

function attributeOf(name: string): number | undefined {
  const word = name.slice(prefix.length);
  const found = Object.entries(timeoutAttribute).find(([key]) => key === word);
  return name.startsWith(prefix) ? found?.[1] : undefined;
}

/** Settings of `tree`, and the timeouts beside them. The socket is opened with the first timeout. */
export function withTimeouts(
  tree: SysctlTree,
  connect: () => NetlinkConnection,
): SysctlTree & { close(): void } {
  let connection: NetlinkConnection | undefined;

  async function ask(number: number, attributes: Uint8Array, operation: string, subject: string) {
    connection ??= connect();
    const type = await findIpvsFamily(connection);
    const payload = concatBytes([Uint8Array.of(number, familyVersion, 0, 0), attributes]);
    return await connection.query({ type, payload }, { operation, subject });
  }

  return {
    async read(name) {
      const attribute = attributeOf(name);
      if (attribute === undefined) return tree.read(name);
      const [reply] = await ask(command.getConfig, new Uint8Array(), 'read IPVS timeout', name);
      const value = reply && parseAttributes(reply.payload, genericHeaderLength).u32(attribute);
      return value === undefined ? undefined : String(value);
    },
    async write(name, value) {
      const attribute = attributeOf(name);
      if (attribute === undefined) return tree.write(name, value);
      const seconds = Number(value);
      // The kernel takes 0 for "as it is".
      if (!(Number.isInteger(seconds) && seconds > 0)) throw noTimeout(name, value);
      await ask(
        command.setConfig,
        u32Attribute(attribute, seconds),
        'write IPVS timeout',
        `${name} = ${value}`,
      );
    },
    close: () => connection?.close(),
  };
}

export function genericConnection(): NetlinkConnection {
  return createConnection(genericNetlink);
}

function noTimeout(name: string, value: string): CausewayError {
  return new CausewayError({
    code: 'invalid',
    operation: 'write IPVS timeout',
    subject: `${name} = ${value}`,
    message: 'a timeout is at least one second',
  });
}
