/** A real server as the kernel's table names it. */
import { type Family, familyOf } from '../domain/address.ts';
import type { Destination } from '../domain/ipvs-table.ts';
import type { SnapshotRealServer } from '../domain/snapshot.ts';
import { gueOf } from '../domain/tunnel.ts';

/**
 * The destination of a virtual service of that family, or undefined where the kernel can't do it. Only a tunnel carries one
 * family over the other (ip_vs_ctl.c refuses the rest), so a real server on the same link is reached by tunnel for VIPs
 * of the other family.
 */
export function destinationTo(
  realServer: SnapshotRealServer,
  vipFamily: Family,
  port: number,
  weight: number,
): Destination | undefined {
  const { address } = realServer;
  const mixed = familyOf(address) !== vipFamily;
  if (mixed && realServer.forwarding === 'masquerade') return undefined;
  const forwarding = mixed ? 'tunnel' : realServer.forwarding;
  if (forwarding !== 'tunnel') return { address, port, weight, forwarding };
  const { port: gue = 0, checksum = false } = gueOf(realServer) ?? {};
  const tunnel = { type: realServer.tunnel, port: gue, checksum };
  return { address, port, weight, forwarding, tunnel };
}
