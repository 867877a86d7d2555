/** Whom a director probes: each real server on each VIP that it serves and that can be asked from here. Pure. */
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { destinationTo } from '../../src/plan/destination.ts';
import type { ProbeTarget } from './prober.ts';

export interface ProbePlan {
  readonly targets: readonly ProbeTarget[];
  /** VIPs that nobody is asked about: this host has no address of their family to ask from. */
  readonly unasked: readonly string[];
}

/** `families`: those of which this host has an address of its own. */
export function probePlan(snapshot: DirectorSnapshot, families: ReadonlySet<Family>): ProbePlan {
  const unasked = new Set<string>();
  const targets = snapshot.realServers.map((realServer): ProbeTarget => {
    const ports = new Map<string, number>();
    for (const service of snapshot.services) {
      if (!service.destinations.some((destination) => destination.realServer === realServer.name)) continue;
      for (const vip of service.vips) {
        if (destinationTo(realServer, familyOf(vip), 0, 1) === undefined) continue;
        if (!families.has(familyOf(vip))) unasked.add(vip);
        else ports.set(vip, (ports.get(vip) ?? 0) + service.ports.length);
      }
    }
    const vips = [...ports].map(([address, count]) => ({ address, ports: count }));
    return { realServer: realServer.name, slot: realServer.probeSlot, vips };
  });
  return { targets, unasked: [...unasked] };
}
