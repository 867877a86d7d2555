/**
 * Whether a director on this very host has the VIPs as well (LVS calls that LocalNode). What other directors sent here would meet its
 * IPVS table once more and be sent on, perhaps back to where it came from.
 */
import { familyOf } from '../../src/domain/address.ts';
import { emptyHostState, type HostState, type Route } from '../../src/domain/host-state.ts';
import { named } from '../../src/domain/named.ts';
import { claimTable } from '../../src/plan/director-host.ts';

const localTable = 255;

/** Asks a reading for the local routes of these VIPs, wherever they stand. */
export function localRoutesOf({ addresses }: Pick<HostState, 'addresses'>): HostState {
  const absentRoutes = addresses.map(
    ({ address, prefixLength, link }): Route => ({
      family: familyOf(address),
      table: localTable,
      type: 'local',
      destination: `${address}/${prefixLength}`,
      link,
    }),
  );
  return { ...emptyHostState, absentRoutes };
}

/** Why this host can't be a real server of these VIPs, or undefined. */
export function claimedHere(strays: readonly Route[]): string | undefined {
  const claimed = strays.filter(({ table }) => table === claimTable).map(({ destination }) => destination);
  if (claimed.length === 0) return undefined;
  return (
    `a director on this very host has claimed ${named(claimed)} (table ${claimTable}): one host cannot be both for the same VIP; have ` +
    'the service select other real servers, or stop the director here and clean up after it (causeway-director --cleanup)'
  );
}
