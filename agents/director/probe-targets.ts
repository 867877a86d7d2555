/** Whom a director probes: each real server on each VIP that it serves and that can be asked from here. Pure. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { SnapshotKey } from '../../src/domain/probe.ts';
import type { DirectorService, DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import { knockPorts } from '../../src/plan/virtual-ends.ts';

/** One VIP of one real server. */
export interface ProbedVip {
  readonly address: string;
  /** Service ports that an answer has to tell of. */
  readonly ports: number;
  /** TCP ports of its services, as the real server listens; each once. */
  readonly tcpPorts: readonly number[];
}

export interface ProbeTarget {
  readonly realServer: string;
  /** RIP. */
  readonly address: string;
  /** Undefined: it is asked by the key that all share. */
  readonly key: SnapshotKey | undefined;
  readonly slot: number;
  readonly vips: readonly ProbedVip[];
}

export interface ProbePlan {
  readonly targets: readonly ProbeTarget[];
  /** VIPs that nobody is asked about: this host has no address of their family to ask from. */
  readonly unasked: readonly string[];
}

/** `families`: those of which this host has an address of its own. */
export function probePlan(snapshot: DirectorSnapshot, families: ReadonlySet<Family>): ProbePlan {
  const unasked = new Set<string>();
  const servicesOf = servicesByRealServer(snapshot);
  const keys = new Map(snapshot.keys?.map((key) => [key.name, key]));
  const targets = snapshot.realServers.map((realServer): ProbeTarget => {
    const vips = new Map<string, { ports: number; tcpPorts: Set<number> }>();
    for (const service of servicesOf.get(realServer.name) ?? []) {
      for (const vip of service.vips) {
        if (destinationTo(realServer, familyOf(vip), 0, 1) === undefined) continue;
        if (!families.has(familyOf(vip))) {
          unasked.add(vip);
          continue;
        }
        const known = vips.get(vip) ?? { ports: 0, tcpPorts: new Set() };
        known.ports += service.ports.length;
        const knockPortOf = knockPorts(service);
        for (const port of service.ports) {
          const knocked = knockPortOf(port);
          if (knocked !== undefined) known.tcpPorts.add(knocked);
        }
        vips.set(vip, known);
      }
    }
    return {
      realServer: realServer.name,
      address: realServer.address,
      key: keys.get(realServer.name),
      slot: realServer.probeSlot,
      vips: [...vips].map(([address, { ports, tcpPorts }]) => ({ address, ports, tcpPorts: [...tcpPorts] })),
    };
  });
  return { targets, unasked: [...unasked] };
}

export function servicesByRealServer({
  services,
}: Pick<DirectorSnapshot, 'services'>): ReadonlyMap<string, readonly DirectorService[]> {
  const byName = new Map<string, DirectorService[]>();
  for (const service of services) {
    for (const realServer of new Set(service.destinations.map((destination) => destination.realServer))) {
      const known = byName.get(realServer);
      if (known === undefined) byName.set(realServer, [service]);
      else known.push(service);
    }
  }
  return byName;
}
