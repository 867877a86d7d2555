// The kernel's IPVS table as tests use it: written in our words, seen with ipvsadm.
import { execFileSync } from 'node:child_process';
import type {
  Destination,
  IpvsOperation,
  IpvsTable,
  ServiceState,
  VirtualService,
  VirtualServiceKey,
} from '../../src/domain/ipvs-table.ts';
import { createIpvs, type Ipvs } from '../../src/kernel/ipvs/ipvs.ts';

export async function openIpvs(): Promise<Ipvs> {
  // While it is down, every IPv4 address counts as a broadcast address, which IPVS refuses as a destination.
  execFileSync('ip', ['link', 'set', 'lo', 'up']);
  return await createIpvs();
}

export function ipvsadm(...words: string[]): string {
  return execFileSync('ipvsadm', words, { encoding: 'utf8' });
}

export const web = {
  kind: 'address',
  protocol: 'tcp',
  address: '192.0.2.10',
  port: 80,
} as const satisfies VirtualServiceKey;

export function service(key: VirtualServiceKey, changes: Partial<VirtualService> = {}): VirtualService {
  const schedulerFlags = { fallback: false, port: false };
  return { key, scheduler: 'wrr', schedulerFlags, persistenceSeconds: 0, ...changes };
}

export function tunnelTo(address: string, port: number, weight: number): Destination {
  return { address, port, weight, forwarding: 'tunnel', tunnel: { type: 'ipip', port: 0, checksum: false } };
}

export function adding(table: IpvsTable): IpvsOperation[] {
  return table.flatMap(({ service, destinations }): IpvsOperation[] => [
    { kind: 'add-service', service },
    ...destinations.map(
      (destination) => ({ kind: 'add-destination', key: service.key, destination }) as const,
    ),
  ]);
}

/** What was read, as it was written: without counters, destinations oldest first. */
export function asWritten(states: readonly ServiceState[]): IpvsTable {
  return states.map(({ service, destinations }) => ({
    service,
    destinations: destinations
      .map(({ address, port, weight, forwarding, tunnel, thresholds }) => ({
        address,
        port,
        weight,
        forwarding,
        ...(tunnel === undefined ? {} : { tunnel }),
        ...(thresholds === undefined ? {} : { thresholds }),
      }))
      .reverse(),
  }));
}

export const everyKind: IpvsTable = [
  {
    service: service({ kind: 'mark', mark: 0x4357_0001, family: 'ipv4' }, { scheduler: 'rr' }),
    destinations: [tunnelTo('10.1.0.2', 0, 1)],
  },
  {
    service: service({ kind: 'mark', mark: 0x4357_0001, family: 'ipv6' }, { scheduler: 'rr' }),
    destinations: [tunnelTo('2001:db8:1::2', 0, 1)],
  },
  {
    service: service(web, { scheduler: 'mh', schedulerFlags: { fallback: true, port: true } }),
    destinations: [
      tunnelTo('10.1.0.2', 80, 100),
      {
        ...tunnelTo('10.1.0.3', 80, 0),
        tunnel: { type: 'gre', port: 0, checksum: true },
      },
      {
        ...tunnelTo('10.1.0.4', 80, 2 ** 31 - 1),
        tunnel: { type: 'gue', port: 6080, checksum: true },
      },
      { ...tunnelTo('10.1.0.5', 80, 7), tunnel: { type: 'gue', port: 65535, checksum: false } },
      // A tunnel carries an IPv4 service to an IPv6 real server.
      tunnelTo('2001:db8:1::9', 80, 3),
      { address: '10.1.0.6', port: 80, weight: 9, forwarding: 'direct' },
      { address: '10.1.0.7', port: 8080, weight: 9, forwarding: 'masquerade' },
    ],
  },
  {
    service: service(
      { kind: 'address', protocol: 'tcp', address: '2001:db8:a::10', port: 443 },
      { scheduler: 'sh', schedulerFlags: { fallback: true, port: false }, persistenceSeconds: 300 },
    ),
    destinations: [
      tunnelTo('2001:db8:1::2', 443, 5),
      tunnelTo('10.1.0.2', 443, 6),
      { address: '2001:db8:1::3', port: 443, weight: 7, forwarding: 'direct' },
    ],
  },
  {
    service: service(
      { kind: 'address', protocol: 'udp', address: '192.0.2.10', port: 53 },
      { persistenceSeconds: 1 },
    ),
    destinations: [tunnelTo('10.1.0.2', 53, 1)],
  },
];
