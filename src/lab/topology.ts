// Which namespaces, links, addresses and routes a scenario is made of; values only, walked by build.ts.

import type { Role } from '../runtime/config-keys.ts';
import { claimedVips, coordinatorNames, directorNames, numbered, type Scenario } from './scenario.ts';

export type HostRole = Role | 'etcd' | 'client';

/** A machine of the lab: one namespace with one link, `eth0`, to its site's router. */
export interface Host {
  readonly name: string;
  readonly role: HostRole;
  readonly site: string;
  readonly address: string;
  readonly gateway: string;
}

interface End {
  readonly namespace: string;
  readonly device: string;
}

export interface Wire {
  readonly a: End;
  readonly b: End;
}

export interface Bridge extends End {
  readonly ports: readonly string[];
}

export interface AddressOn extends End {
  /** With its prefix length: `10.1.1.1/30`. */
  readonly address: string;
}

export interface RouteIn {
  readonly namespace: string;
  /** `10.2.0.0/16`, `192.0.2.10/32`, `default`. */
  readonly destination: string;
  readonly gateway: string;
}

/** Delay and loss of what leaves by a device. */
export interface Netem extends End {
  readonly delayMs: number;
  readonly loss: number;
}

export interface SysctlIn {
  readonly namespace: string;
  readonly name: string;
  readonly value: string;
}

export interface Topology {
  readonly namespaces: readonly string[];
  readonly hosts: readonly Host[];
  readonly mtu: number;
  readonly wires: readonly Wire[];
  readonly bridges: readonly Bridge[];
  readonly addresses: readonly AddressOn[];
  readonly routes: readonly RouteIn[];
  readonly netem: readonly Netem[];
  readonly sysctls: readonly SysctlIn[];
}

export const wanNamespace = 'wan';
/** The namespace that the runner itself lives in. */
export const rootNamespace = '';
/** Devices of the root namespace by which the runner reaches the coordinators' hosts are called so, and numbered. */
const managementDevice = 'cw-lab';

export function routerOf(site: string): string {
  return `${site}-router`;
}

/** In `wan`, the port of the circuit between two sites that faces `to`: what leaves by it arrives there. */
export function circuitPort(to: string, from: string): string {
  return `${to}-${from}`;
}

/** The router's bridge where a site's hosts share a link. */
const sharedBridge = 'lan';

/**
 * Every host stands in a subnet of its own behind its site's router: 10.SITE.HOST.0/30, router .1, host .2; where a site's hosts share
 * a link, all in 10.SITE.0.0/24, router .1, host .HOST.
 */
export function planTopology(scenario: Scenario): Topology {
  const sites = scenario.sites.map(({ name }) => name);
  const hosts = scenario.sites.flatMap((site, index): Host[] => [
    ...numbered(`${site.name}-d`, site.directors).map((name, n) =>
      host(name, 'director', site, index, n + (site.sharedLink ? 2 : 1)),
    ),
    ...numbered(`${site.name}-r`, site.realServers).map((name, n) =>
      host(name, 'realserver', site, index, n + 11),
    ),
    ...(site.clients > 0 ? [host(`${site.name}-client`, 'client', site, index, 101)] : []),
    ...numbered(`${site.name}-c`, site.coordinators).map((name, n) =>
      host(name, 'coordinator', site, index, n + 201),
    ),
    ...numbered(`${site.name}-e`, site.etcd).map((name, n) => host(name, 'etcd', site, index, n + 211)),
  ]);
  const routers = sites.map(routerOf);
  const shared = new Set(scenario.sites.filter(({ sharedLink }) => sharedLink).map(({ name }) => name));
  const ways = coordinatorNames(scenario).map(managementWay);
  const parts: Part[] = [
    hostLinks(hosts, shared),
    wanCircuits(scenario),
    ...ways,
    vipRoutes(scenario, hosts),
  ];
  return {
    namespaces: [wanNamespace, ...routers, ...hosts.map(({ name }) => name)],
    hosts,
    mtu: scenario.mtu,
    wires: parts.flatMap(({ wires = [] }) => wires),
    bridges: parts.flatMap(({ bridges = [] }) => bridges),
    addresses: parts.flatMap(({ addresses = [] }) => addresses),
    routes: parts.flatMap(({ routes = [] }) => routes),
    netem: parts.flatMap(({ netem = [] }) => netem),
    sysctls: routers.flatMap((namespace) => routerSysctls(namespace)),
  };
}

type Part = Partial<Pick<Topology, 'wires' | 'bridges' | 'addresses' | 'routes' | 'netem'>>;

function host(
  name: string,
  role: HostRole,
  { name: site, sharedLink }: Pick<Scenario['sites'][number], 'name' | 'sharedLink'>,
  siteIndex: number,
  number: number,
): Host {
  const network = `10.${siteIndex + 1}.${sharedLink ? 0 : number}`;
  return { name, role, site, address: `${network}.${sharedLink ? number : 2}`, gateway: `${network}.1` };
}

function hostLinks(hosts: readonly Host[], shared: ReadonlySet<string>): Part {
  const sharing = Map.groupBy(
    hosts.filter(({ site }) => shared.has(site)),
    ({ site }) => site,
  );
  return {
    bridges: [...sharing].map(([site, own]) => ({
      namespace: routerOf(site),
      device: sharedBridge,
      ports: own.map(({ name }) => name),
    })),
    wires: hosts.map(({ name, site }) => ({
      a: { namespace: routerOf(site), device: name },
      b: { namespace: name, device: 'eth0' },
    })),
    addresses: [
      ...hosts.flatMap(({ name, site, address, gateway }) => [
        ...(shared.has(site) ? [] : [{ namespace: routerOf(site), device: name, address: `${gateway}/30` }]),
        { namespace: name, device: 'eth0', address: `${address}/${shared.has(site) ? 24 : 30}` },
      ]),
      ...[...sharing].flatMap(([site, [first]]) =>
        first === undefined
          ? []
          : [{ namespace: routerOf(site), device: sharedBridge, address: `${first.gateway}/24` }],
      ),
    ],
    routes: hosts.map(({ name, gateway }) => ({ namespace: name, destination: 'default', gateway })),
  };
}

/** A circuit a pair of sites: both routers' ends meet on a bridge in `wan`, whose ports delay by half the RTT each. */
function wanCircuits(scenario: Scenario): Part {
  const numberOf = (site: string): number => scenario.sites.findIndex(({ name }) => name === site) + 1;
  const circuits = scenario.wan.map(({ between: [a, b], rttMs, loss }, index): Required<Part> => {
    const ends = [
      { site: a, other: b, address: `10.255.${index + 1}.1`, otherAddress: `10.255.${index + 1}.2` },
      { site: b, other: a, address: `10.255.${index + 1}.2`, otherAddress: `10.255.${index + 1}.1` },
    ];
    const port = ({ site, other }: { site: string; other: string }): End => ({
      namespace: wanNamespace,
      device: circuitPort(site, other),
    });
    const router = ({ site, other }: { site: string; other: string }): End => ({
      namespace: routerOf(site),
      device: `wan-${other}`,
    });
    return {
      wires: ends.map((end) => ({ a: router(end), b: port(end) })),
      bridges: [
        { namespace: wanNamespace, device: `br${index + 1}`, ports: ends.map((end) => port(end).device) },
      ],
      addresses: ends.map((end) => ({ ...router(end), address: `${end.address}/30` })),
      routes: ends.map(({ site, other, otherAddress }) => ({
        namespace: routerOf(site),
        destination: `10.${numberOf(other)}.0.0/16`,
        gateway: otherAddress,
      })),
      netem: ends.map((end) => ({ ...port(end), delayMs: rttMs / 2, loss })),
    };
  });
  return {
    wires: circuits.flatMap(({ wires }) => wires),
    bridges: circuits.flatMap(({ bridges }) => bridges),
    addresses: circuits.flatMap(({ addresses }) => addresses),
    routes: circuits.flatMap(({ routes }) => routes),
    netem: circuits.flatMap(({ netem }) => netem),
  };
}

/** The runner's own way to a host, the `index`-th of its kind; no packet of the lab takes it. Link-local, so that it can't meet anything that the machine routes. */
export function managementWay(host: string, index: number): Pick<Topology, 'wires' | 'addresses'> {
  const runner = { namespace: rootNamespace, device: `${managementDevice}${index + 1}` };
  const other = { namespace: host, device: 'mgmt' };
  return {
    wires: [{ a: runner, b: other }],
    addresses: [
      { ...runner, address: `169.254.74.${4 * index + 1}/30` },
      { ...other, address: `${managementAddress(index)}/30` },
    ],
  };
}

/** At which the runner reaches the host at the end of its `index`-th way. */
export function managementAddress(index: number): string {
  return `169.254.74.${4 * index + 2}`;
}

/** In each site that claims a VIP its router sends it to the site's director: what BGP or anycast does outside the lab. */
function vipRoutes(scenario: Scenario, hosts: readonly Host[]): Part {
  const directors = directorNames(scenario);
  const nextHop = (site: string): string | undefined =>
    hosts.find(({ name, site: its }) => its === site && directors.includes(name))?.address;
  return {
    routes: claimedVips(scenario).flatMap(({ address, sites }) =>
      sites.flatMap((site) => {
        const gateway = nextHop(site);
        return gateway === undefined
          ? []
          : [{ namespace: routerOf(site), destination: `${address}/32`, gateway }];
      }),
    ),
  };
}

/** A router forwards whatever comes: replies of other sites' real servers bear the VIP as their source. */
function routerSysctls(namespace: string): SysctlIn[] {
  return [
    { namespace, name: 'net.ipv4.ip_forward', value: '1' },
    { namespace, name: 'net.ipv4.conf.all.rp_filter', value: '0' },
    { namespace, name: 'net.ipv4.conf.default.rp_filter', value: '0' },
  ];
}
