/** What the throughput round tells. */
import type { TunnelType } from '../../../src/domain/tunnel.ts';

export const sides = ['ours', 'bare'] as const;
export const protocols = ['tcp', 'udp'] as const;
export const tunnels = ['ipip', 'gre', 'gue'] as const satisfies readonly TunnelType[];

export type Side = (typeof sides)[number];
export type Protocol = (typeof protocols)[number];
/** Bits a second by TCP, small datagrams a second by UDP; medians. */
export type Throughput = Record<TunnelType, Record<Protocol, Record<Side, number>>>;
