/** The network of the bench: each side's director and two real servers of its own, all behind one router, and one client. */
import {
  type Host,
  type HostRole,
  managementWay,
  routerOf,
  type Topology,
} from '../../../src/lab/topology.ts';
import { ipvsSysctls } from '../../../src/plan/director-host.ts';
import type { Side } from './requests.ts';

export const site = 'bench';
export const router = routerOf(site);
export const vips: Readonly<Record<Side, string>> = { ours: '192.0.2.10', keepalived: '192.0.2.20' };
export const directors: Readonly<Record<Side, string>> = { ours: 'bench-d', keepalived: 'bench-k' };
/**
 * Of its own, since a real server that Causeway has taken lets its own directors alone decapsulate there. Alike, and on
 * the same router; the first is whom the fault befalls.
 */
export const realServers: Readonly<Record<Side, readonly [string, string]>> = {
  ours: ['bench-r1', 'bench-r2'],
  keepalived: ['bench-k1', 'bench-k2'],
};
export const coordinator = 'bench-control';
export const client = 'bench-client';
/** By which this program reaches the coordinator's host. */
const management = managementWay(coordinator, 0);

const roles: readonly (readonly [string, HostRole])[] = [
  [coordinator, 'coordinator'],
  [directors.ours, 'director'],
  ...realServers.ours.map((name) => [name, 'realserver'] as const),
  [directors.keepalived, 'director'],
  ...realServers.keepalived.map((name) => [name, 'realserver'] as const),
  [client, 'client'],
];

export const hosts: readonly Host[] = roles.map(([name, role], index) => ({
  name,
  role,
  site,
  address: `10.1.${index + 1}.2`,
  gateway: `10.1.${index + 1}.1`,
}));

export function addressOf(name: string): string {
  const host = hosts.find((one) => one.name === name);
  if (host === undefined) throw new Error(`no host is called ${name}`);
  return host.address;
}

export const topology: Topology = {
  namespaces: [router, ...hosts.map(({ name }) => name)],
  hosts,
  mtu: 1500,
  wires: [
    ...hosts.map(({ name }) => ({
      a: { namespace: router, device: name },
      b: { namespace: name, device: 'eth0' },
    })),
    ...management.wires,
  ],
  bridges: [],
  addresses: [
    ...hosts.flatMap(({ name, address, gateway }) => [
      { namespace: router, device: name, address: `${gateway}/30` },
      { namespace: name, device: 'eth0', address: `${address}/30` },
    ]),
    ...management.addresses,
  ],
  routes: [
    ...hosts.map(({ name, gateway }) => ({ namespace: name, destination: 'default', gateway })),
    ...(['ours', 'keepalived'] as const).map((side) => ({
      namespace: router,
      destination: `${vips[side]}/32`,
      gateway: addressOf(directors[side]),
    })),
  ],
  netem: [],
  sysctls: [
    // As on our director: with the kernel's defaults client ports that come again hide what keepalived has found.
    ...ipvsSysctls.map((sysctl) => ({ namespace: directors.keepalived, ...sysctl })),
    { namespace: router, name: 'net.ipv4.ip_forward', value: '1' },
    // A real server's answers bear the VIP, to which the router's way leads elsewhere.
    ...[router, ...hosts.map(({ name }) => name)].flatMap((namespace) =>
      ['all', 'default'].map((scope) => ({
        namespace,
        name: `net.ipv4.conf.${scope}.rp_filter`,
        value: '0',
      })),
    ),
  ],
};
