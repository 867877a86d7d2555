/**
 * Whether what a probe needs on this very host is in place: the marks by source port, and the firewall-mark service behind the
 * mark. Asked before silence is taken for death: foreign hands flush rules and tables.
 */
import { type Family, familyOf } from '../../src/domain/address.ts';
import type { NftTable } from '../../src/domain/host-state.ts';
import { emptyHostState } from '../../src/domain/host-state.ts';
import { destinationId, type ServiceEntry } from '../../src/domain/ipvs-table.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';

export interface SelfCheckOptions {
  readonly host: Pick<Host, 'read' | 'nftGeneration'>;
  readonly ipvs: Pick<Ipvs, 'readService'>;
  /** The table of marks as it must be; undefined: none is wanted. */
  readonly marks: () => NftTable | undefined;
  /** The firewall-mark service of a real server; undefined: there is none. */
  readonly probeService: (realServer: string, family: Family) => ServiceEntry | undefined;
  /** Something of it is missing. */
  readonly onFault: (what: 'marks' | 'service') => void;
}

export interface SelfState {
  readonly isWell: boolean;
  /** nft's count when the marks were found in place; undefined where the kernel does not tell. */
  readonly generation: number | undefined;
}

export interface SelfCheck {
  /** `inEarnest`: the service is looked at as well. */
  check(realServer: string, vip: string, inEarnest: boolean): Promise<SelfState>;
  /** No rule has changed since. */
  isSame(state: SelfState): Promise<boolean>;
  /** Whether the marks are in place now. */
  marksInPlace(): Promise<boolean>;
}

export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  const { host, ipvs, marks, probeService, onFault } = options;
  /** The last generation in which these marks were found in place. */
  let known: { readonly generation: number; readonly table: NftTable } | undefined;

  async function lookForMarks(table: NftTable | undefined): Promise<SelfState> {
    const generation = await host.nftGeneration();
    if (table === undefined) return { isWell: false, generation };
    if (generation !== undefined && known?.generation === generation && known.table === table)
      return { isWell: true, generation };
    // A kernel that tells no generation would cost a process at each knock: there the host's own look must do.
    if (generation === undefined) return { isWell: true, generation };
    const { nft } = await host.read([{ ...emptyHostState, nft: [table] }]);
    const isWell = nft.some((found) => found === table || JSON.stringify(found) === JSON.stringify(table));
    if (isWell) known = { generation, table };
    return { isWell, generation };
  }

  async function hasService(realServer: string, vip: string): Promise<boolean> {
    const wanted = probeService(realServer, familyOf(vip));
    if (wanted === undefined) return false;
    const found = await ipvs.readService(wanted.service.key);
    const ids = new Set(found?.destinations.map(destinationId));
    return wanted.destinations.every((destination) => ids.has(destinationId(destination)));
  }

  return {
    async check(realServer, vip, inEarnest) {
      const state = await lookForMarks(marks());
      if (!state.isWell) {
        onFault('marks');
        return state;
      }
      if (!inEarnest || (await hasService(realServer, vip))) return state;
      onFault('service');
      return { ...state, isWell: false };
    },
    async isSame({ generation }) {
      return generation === undefined || (await host.nftGeneration()) === generation;
    },
    marksInPlace: async () => (await lookForMarks(marks())).isWell,
  };
}
