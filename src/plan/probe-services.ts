/** The firewall-mark services by which a probe reaches one particular real server through the very path of client traffic. */
import { compareAddresses, type Family, familyOf } from '../domain/address.ts';
import type { ServiceEntry } from '../domain/ipvs-table.ts';
import { probeMark } from '../domain/probe.ts';
import type { SnapshotRealServer } from '../domain/snapshot.ts';
import { destinationTo } from './destination.ts';
import type { DirectorContent } from './snapshots.ts';

/** One for each real server and each family of the VIPs it serves. They are there whatever the health: else nobody would come back. */
export function probeServices(content: DirectorContent): readonly ServiceEntry[] {
  return content.realServers
    .toSorted((a, b) => a.probeSlot - b.probeSlot)
    .flatMap((realServer) =>
      familiesServedBy(content, realServer).flatMap((family) => probeService(realServer, family)),
    );
}

/** Families of the VIPs that reach this real server, IPv4 first. */
export function familiesServedBy(
  content: DirectorContent,
  realServer: SnapshotRealServer,
): readonly Family[] {
  const vips = content.services
    .filter(({ destinations }) =>
      destinations.some((destination) => destination.realServer === realServer.name),
    )
    .flatMap((service) => service.vips);
  return [...new Set(vips.toSorted(compareAddresses).map(familyOf))];
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
