/** What of a director's snapshot its kernel could take: real servers at impossible addresses, or slots, are left out and named. */

import { probeSlotLimit } from '../domain/probe.ts';
import type { DirectorSnapshot, SnapshotRealServer } from '../domain/snapshot.ts';
import { canonicalUnicast } from '../domain/vip.ts';
import { vipsOf } from './vips.ts';

export interface UsableSnapshot {
  readonly snapshot: DirectorSnapshot;
  /** One sentence for each real server that is left out. */
  readonly leftOut: readonly string[];
}

/** The coordinator leaves them out as well; this holds for one that does not. The same snapshot where nothing is left out. */
export function usableSnapshot(snapshot: DirectorSnapshot): UsableSnapshot {
  const vips = new Set(vipsOf(snapshot));
  const holders = new Map<string, string>();
  const leftOut = new Map<string, string>();
  for (const realServer of snapshot.realServers) {
    const { name, address } = realServer;
    const reason = reasonAgainst(realServer, vips, holders);
    if (reason === undefined) holders.set(address, name);
    else leftOut.set(name, `real server ${name} gets nothing from here: ${reason}`);
  }
  if (leftOut.size === 0) return { snapshot, leftOut: [] };
  const services = snapshot.services.map((service) => ({
    ...service,
    destinations: service.destinations.filter(({ realServer }) => !leftOut.has(realServer)),
  }));
  const realServers = snapshot.realServers.filter(({ name }) => !leftOut.has(name));
  return { snapshot: { ...snapshot, services, realServers }, leftOut: [...leftOut.values()] };
}

function reasonAgainst(
  { address, probeSlot }: SnapshotRealServer,
  vips: ReadonlySet<string>,
  holders: ReadonlyMap<string, string>,
): string | undefined {
  if (canonicalUnicast(address) !== address) return `no host can be reached at its address ${address}`;
  if (probeSlot < 1 || probeSlot > probeSlotLimit)
    return `this version knows no probe slot ${probeSlot}: upgrade this director`;
  if (vips.has(address)) return `its address ${address} is a VIP`;
  const holder = holders.get(address);
  return holder === undefined ? undefined : `its address ${address} is that of ${holder}`;
}
