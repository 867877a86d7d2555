/** The firewall-mark services by which a probe reaches one particular real server through the very path of client traffic. */
import { type Family, familyOf } from '../domain/address.ts';
import type { ServiceEntry } from '../domain/ipvs-table.ts';
import { probeMark } from '../domain/probe.ts';
import type { SnapshotRealServer } from '../domain/snapshot.ts';
import { destinationTo } from './destination.ts';
import { remembered } from './remembered.ts';
import type { DirectorContent } from './snapshots.ts';

/**
 * One for each real server and each family of the VIPs it serves. They are there whatever the health: else nobody would come back.
 * Worked out once for a snapshot.
 */
export const probeServices = remembered((content: DirectorContent): readonly ServiceEntry[] =>
  probeServicesAmong(content, undefined),
);

/** The same of these real servers alone, by name; undefined: of all. */
export function probeServicesAmong(
  content: DirectorContent,
  names: ReadonlySet<string> | undefined,
): readonly ServiceEntry[] {
  const families = familiesByRealServer(content, names);
  const services: ServiceEntry[] = [];
  for (const realServer of bySlot(content.realServers)) {
    const wanted = families.get(realServer.name);
    if (wanted === undefined) continue;
    for (const { family, entry } of entriesOf(realServer))
      if ((wanted & bit[family]) !== 0) services.push(entry);
  }
  return services;
}

const bySlot = remembered((realServers: DirectorContent['realServers']) =>
  realServers.toSorted((a, b) => a.probeSlot - b.probeSlot),
);

/** The same values in every director's table that reaches it in this way. */
const entriesOf = remembered((realServer: SnapshotRealServer) =>
  bothFamilies.flatMap((family) => probeService(realServer, family).map((entry) => ({ family, entry }))),
);

const bothFamilies: readonly Family[] = ['ipv4', 'ipv6'];
const bit: Readonly<Record<Family, number>> = { ipv4: 1, ipv6: 2 };

/** Families of the VIPs that reach each real server, as bits: a service of many VIPs is looked at once, not for each destination. */
function familiesByRealServer(
  { services }: DirectorContent,
  names: ReadonlySet<string> | undefined,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { vips, destinations } of services) {
    const families = vips.reduce((bits, vip) => bits | bit[familyOf(vip)], 0);
    for (const { realServer } of destinations)
      if (names?.has(realServer) !== false) found.set(realServer, (found.get(realServer) ?? 0) | families);
  }
  return found;
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
