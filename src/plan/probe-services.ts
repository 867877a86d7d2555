/** The firewall-mark services by which a probe reaches one particular real server through the very path of client traffic. */
import { type Family, familyOf } from '../domain/address.ts';
import type { ServiceEntry } from '../domain/ipvs-table.ts';
import { probeMark } from '../domain/probe.ts';
import type { SnapshotRealServer } from '../domain/snapshot.ts';
import { destinationTo } from './destination.ts';
import type { DirectorContent } from './snapshots.ts';

/** One for each real server and each family of the VIPs it serves. They are there whatever the health: else nobody would come back. */
export function probeServices(content: DirectorContent): readonly ServiceEntry[] {
  const families = familiesByRealServer(content);
  return content.realServers
    .toSorted((a, b) => a.probeSlot - b.probeSlot)
    .flatMap((realServer) =>
      (families.get(realServer.name) ?? []).flatMap((family) => probeService(realServer, family)),
    );
}

/** Families of the VIPs that reach each real server, IPv4 first. */
function familiesByRealServer({ services }: DirectorContent): ReadonlyMap<string, readonly Family[]> {
  const both: readonly Family[] = ['ipv4', 'ipv6'];
  const found = new Map<string, Set<Family>>();
  for (const { vips, destinations } of services) {
    const families = both.filter((family) => vips.some((vip) => familyOf(vip) === family));
    for (const { realServer } of destinations) {
      const known = found.get(realServer) ?? new Set();
      for (const family of families) known.add(family);
      found.set(realServer, known);
    }
  }
  return new Map([...found].map(([name, families]) => [name, both.filter((family) => families.has(family))]));
}

function probeService(realServer: SnapshotRealServer, family: Family): ServiceEntry[] {
  // Port 0: the packet keeps the port it came for.
  const destination = destinationTo(realServer, family, 0, 1);
  if (destination === undefined) return [];
  return [
    {
      service: {
        key: { kind: 'mark', mark: probeMark(realServer.probeSlot), family },
        scheduler: 'rr',
        schedulerFlags: { fallback: false, port: false },
        persistenceSeconds: 0,
      },
      destinations: [destination],
    },
  ];
}
