/** Which routes of its own a director has to real servers over IPv6 whose way is narrow: what was measured, on the way that the host's own routes say now. */
import { sentenceOf } from '../../src/domain/finding.ts';
import type { HostState } from '../../src/domain/host-state.ts';
import type { Way } from '../../src/domain/host-survey.ts';
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
  /** Addresses to which the host's own routes have led since; where they lead nowhere now, so it is. */
  const seen = new Set<string>();
  let wanted: NarrowWays = { ways: [], troubles: [] };

  function wayOf(address: string): Way | undefined {
    const known = before.get(address);
    const way = outlook().wayTo(address);
    if (known === undefined || way !== undefined) {
      if (known !== undefined) seen.add(address);
      return way;
    }
    // Not looked at yet.
    return seen.has(address) ? undefined : known.way;
  }

  return {
    to(realServers) {
      const addresses = new Map(realServers.map(({ name, address }) => [name, address]));
      const { linkMtu } = outlook();
      wanted = narrowWays(realServers, {
        linkMtu,
        mtuOf: (name) => sizer().routeMtu(name, before.get(addresses.get(name) ?? '')?.mtuBytes),
        wayTo: wayOf,
      });
      return wanted.ways;
    },
    addresses: () => wanted.ways.map(({ address }) => address),
    troubles: () => wanted.troubles.map(sentenceOf),
    remembered: (address) => before.get(address)?.mtuBytes,
  };
}
