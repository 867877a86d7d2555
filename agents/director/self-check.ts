/**
 * Whether what a probe needs on this very host is in place: the marks by source port, and the firewall-mark service behind the
 * mark. Asked before silence is taken for death: foreign hands flush rules and tables.
 */
import { type Family, familyOf } from '../../src/domain/address.ts';
import { destinationId, type ServiceEntry } from '../../src/domain/ipvs-table.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { createOwnMarks, type MarksLook, type MarksState, type OwnMarksOptions } from './own-marks.ts';

export interface SelfCheckOptions extends Omit<OwnMarksOptions, 'wanted'> {
  readonly ipvs: Pick<Ipvs, 'readService'>;
  readonly marks: OwnMarksOptions['wanted'];
  /** The firewall-mark service of a real server; undefined: there is none. */
  readonly probeService: (realServer: string, family: Family) => ServiceEntry | undefined;
  /** Something of it is missing, or can't be told. */
  readonly onFault: (what: 'marks' | 'marks-unread' | 'service') => void;
}

export interface SelfState {
  readonly isWell: boolean;
  readonly marks: MarksLook;
}

export interface SelfCheck {
  /** `inEarnest`: the service is looked at as well. */
  check(realServer: string, vip: string, inEarnest: boolean): Promise<SelfState>;
  /** The marks have been in place ever since, as far as can be seen; what others change beside them is no matter. */
  hasLasted(state: SelfState): Promise<boolean>;
  /** Whether the marks are in place now. */
  marksState(): Promise<MarksState>;
}

export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  const { ipvs, marks, probeService, onFault } = options;
  const own = createOwnMarks({ ...options, wanted: marks });

  function isInPlace({ state, table }: MarksLook): boolean {
    // What is wanted since is on its way into the kernel: nobody's fault.
    if (state !== 'in-place' && marks() === table) onFault(state === 'missing' ? 'marks' : 'marks-unread');
    return state === 'in-place';
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
      const look = await own.look();
      if (!isInPlace(look)) return { isWell: false, marks: look };
      const isWell = !inEarnest || (await hasService(realServer, vip));
      if (!isWell) onFault('service');
      return { isWell, marks: look };
    },
    async hasLasted({ marks: before }) {
      if (marks() !== before.table) return false;
      const now = await own.lookAnew();
      return isInPlace(now) && now.lapses === before.lapses;
    },
    marksState: async () => (await own.lookAnew()).state,
  };
}
