/** How many connections IPVS remembers here, and how many it may: newer kernels take no new ones beyond `conn_max`. Pure. */
import type { ServiceState } from '../../src/domain/ipvs-table.ts';
import type { Steps } from '../../src/domain/steps.ts';

export const roomSysctl = 'net.ipv4.vs.conn_max';

export interface ConnectionRoom {
  /** Active and inactive ones, and templates of persistence, of whoever's services. */
  readonly connections: number;
  /** Undefined: this kernel has no such limit. */
  readonly limit: number | undefined;
}

/** From there on it is told: a burst may fill the rest within seconds. */
const fullFrom = 0.8;

export function* connectionRoom(
  table: readonly ServiceState[],
  limit: string | undefined,
): Steps<ConnectionRoom> {
  let connections = 0;
  for (const { destinations } of table) {
    for (const one of destinations)
      connections += one.activeConnections + one.inactiveConnections + one.persistentConnections;
    yield;
  }
  const most = Number(limit ?? 0);
  return { connections, limit: most > 0 ? most : undefined };
}

/** Undefined: there is room. */
export function roomTrouble({ connections, limit }: ConnectionRoom): string | undefined {
  if (limit === undefined || connections < fullFrom * limit) return undefined;
  const state = connections >= limit ? 'new ones fail' : 'beyond it new ones fail';
  return (
    `IPVS remembers ${connections} connections of ${limit} (${roomSysctl}): ${state}; ` +
    'raise connMax in the Settings, or shorten their timeouts'
  );
}
