/** Which routes of its own a director has to real servers over IPv6 whose way is narrow: what was measured, on the way that the host's own routes say now. */
import { sentenceOf } from '../../src/domain/finding.ts';
import type { HostState } from '../../src/domain/host-state.ts';
import type { SnapshotRealServer } from '../../src/domain/snapshot.ts';
import { nearTable } from '../../src/plan/director-host.ts';
import { type NarrowWays, narrowWays } from '../../src/plan/narrow-ways.ts';
import type { Outlook } from './outlook.ts';
import type { Sizer } from './sizer.ts';

export interface NarrowRoutesOptions {
  /** By the ledger, as the agent begins: a restart changes nothing. */
  readonly made: Pick<HostState, 'routes'>;
  readonly outlook: () => Pick<Outlook, 'wayTo' | 'linkMtu'>;
  readonly sizer: () => Pick<Sizer, 'routeMtu'>;
}

export interface NarrowRoutes {
  /** Wanted from now on. */
  to(realServers: readonly SnapshotRealServer[]): NarrowWays['ways'];
  /** Real servers' addresses to which one is wanted. */
  addresses(): readonly string[];
  troubles(): string[];
  /** What a route of before says, by its real server's address. */
  remembered(address: string): number | undefined;
}

export function createNarrowRoutes({ made, outlook, sizer }: NarrowRoutesOptions): NarrowRoutes {
  const before = new Map(
    made.routes.flatMap(({ table, destination, mtuBytes, link, gateway }) => {
      if (table !== nearTable || mtuBytes === undefined || link === undefined) return [];
      const way = { link, isLocal: false, ...(gateway === undefined ? {} : { gateway }) };
      return [[destination.replace(/\/128$/, ''), { mtuBytes, way }]];
    }),
  );
  let wanted: NarrowWays = { ways: [], troubles: [] };
  return {
    to(realServers) {
      const addresses = new Map(realServers.map(({ name, address }) => [name, address]));
      const { wayTo, linkMtu } = outlook();
      wanted = narrowWays(realServers, {
        linkMtu,
        mtuOf: (name) => sizer().routeMtu(name, before.get(addresses.get(name) ?? '')?.mtuBytes),
        // Not looked at yet.
        wayTo: (address) => wayTo(address) ?? before.get(address)?.way,
      });
      return wanted.ways;
    },
    addresses: () => wanted.ways.map(({ address }) => address),
    troubles: () => wanted.troubles.map(sentenceOf),
    remembered: (address) => before.get(address)?.mtuBytes,
  };
}
