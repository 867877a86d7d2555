/** A small world of three sites for the planner's tests; each builder takes what the test is about. */
import { plainCheck } from '../../src/domain/health-check.ts';
import type { ServiceEntry, VirtualServiceKey } from '../../src/domain/ipvs-table.ts';
import type { DirectorMember, RealServerMember } from '../../src/domain/member.ts';
import type { LatencyEntry } from '../../src/domain/report.ts';
import type { Override, Service, Site } from '../../src/domain/resource.ts';
import type { World } from '../../src/domain/world.ts';

export function site(name: string, tunnel: Site['tunnel'] = 'ipip'): Site {
  return { kind: 'Site', name, tunnel };
}

export function service(changes: Partial<Service> = {}): Service {
  return {
    kind: 'Service',
    name: 'web',
    vips: ['192.0.2.10'],
    ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
    selector: { app: 'web' },
    scheduler: 'wrr',
    forwarding: 'auto',
    persistenceSeconds: 0,
    placement: 'local',
    slowStartSeconds: undefined,
    failOpen: false,
    drainSeconds: undefined,
    health: {
      ...plainCheck,
      ports: [],
      type: 'tcp',
      port: 0,
      path: '/',
      host: '',
      expectStatus: 200,
      intervalMs: 1_000,
      timeoutMs: 500,
      fall: 2,
      rise: 2,
    },
    sites: [],
    ...changes,
  };
}

/** A drain of fra, by ann, for the first hour of the epoch. */
export function override(changes: Partial<Override> = {}): Override {
  return {
    kind: 'Override',
    name: 'drain-fra',
    order: { kind: 'drain' },
    subject: { kind: 'site', name: 'fra' },
    services: [],
    owner: 'ann',
    reason: 'works on the line',
    expiresAtMs: 3_600_000,
    ...changes,
  };
}

/** `fra-1` stands in fra. */
export function realServer(name: string, changes: Partial<RealServerMember> = {}): RealServerMember {
  return {
    role: 'realserver',
    name,
    site: name.split('-')[0] ?? '',
    address: '10.1.0.11',
    prefixLength: 24,
    labels: { app: 'web' },
    capacity: 1_000,
    probeSlot: 1,
    ...changes,
  };
}

export function director(name: string, changes: Partial<DirectorMember> = {}): DirectorMember {
  return {
    role: 'director',
    name,
    site: name.split('-')[0] ?? '',
    address: '10.1.0.1',
    prefixLength: 24,
    ...changes,
  };
}

export function latency(from: string, to: string, p50Ms: number, loss = 0): LatencyEntry {
  return { from, to, p50Us: p50Ms * 1_000, p90Us: p50Ms * 1_000, loss };
}

/** fra and lon by IPIP, nyc by GRE; one director and two real servers each, one link a site. */
export function world(changes: Partial<World> = {}): World {
  const places = ['fra', 'lon', 'nyc'].map((name, index) => ({
    name,
    net: `10.${index + 1}.0`,
    slot: 2 * index,
  }));
  return {
    sites: [site('fra'), site('lon'), site('nyc', 'gre')],
    services: [service()],
    realServerPolicies: [],
    directors: places.map(({ name, net }) => director(`${name}-d`, { address: `${net}.1` })),
    realServers: places.flatMap(({ name, net, slot }) => [
      realServer(`${name}-1`, { address: `${net}.11`, probeSlot: slot + 1 }),
      realServer(`${name}-2`, { address: `${net}.12`, probeSlot: slot + 2 }),
    ]),
    latency: [latency('fra', 'lon', 14), latency('fra', 'nyc', 82), latency('lon', 'nyc', 70)],
    overrides: [],
    plannedWeights: new Map(),
    withdrawals: new Map(),
    probe: { keyHex: '00', intervalMs: 200, downAfterMs: 600, goneAfterMs: 10_000, rise: 2 },
    deletedServices: [],
    ...changes,
  };
}

export function tcpKey(address: string, port: number): VirtualServiceKey {
  return { kind: 'address', protocol: 'tcp', address, port };
}

/** `{ '10.1.0.11': 100 }` of the table's service at that address. */
export function weightsAt(table: readonly ServiceEntry[], address: string): Record<string, number> {
  const entry = table.find(({ service: { key } }) => key.kind === 'address' && key.address === address);
  return Object.fromEntries((entry?.destinations ?? []).map((to) => [to.address, to.weight]));
}
