/** Whether a director carries a snapshot out at all: what would be a mistake, or harm what others made, it refuses, and says why. */
import type { HostState } from '../../src/domain/host-state.ts';
import { type ServiceState, serviceId } from '../../src/domain/ipvs-table.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { hostOf } from '../../src/domain/vip-network.ts';
import type { Host } from '../../src/kernel/host.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { carriedByDirector, directorHost } from '../../src/plan/director-host.ts';
import { implausible, implausibleAtFirst, isUnjudged } from '../../src/plan/plausibility.ts';
import { usableSnapshot } from '../../src/plan/usable-snapshot.ts';
import { vipsOf } from '../../src/plan/vips.ts';
import { foreignServices } from './ipvs-target.ts';
import type { Outlook } from './outlook.ts';
import { takenVip } from './taken-vip.ts';

export interface JudgeOptions {
  readonly host: Pick<Host, 'read'>;
  readonly ipvs: Pick<Ipvs, 'read'>;
  readonly ledger: Pick<Ledger, 'made' | 'ownedVips'>;
  /** The DIP. */
  readonly address: string;
  readonly facts: Outlook['facts'];
}

/** Why it is refused, or undefined. `current`: in force, or last on disk; `isOlder`: it is made from an older store than `current`. */
export type Judge = (
  next: DirectorSnapshot,
  current: DirectorSnapshot | undefined,
  isOlder: boolean,
) => Promise<string | undefined>;

export function createJudge({ host, ipvs, ledger, address, facts }: JudgeOptions): Judge {
  /** Without a snapshot on disk, ledger and kernel say what is carried. */
  function firstObjection(next: DirectorSnapshot, table: readonly ServiceState[]): string | undefined {
    if (next.force) return undefined;
    const vips = ledger.ownedVips();
    const vipOf = vipsByMark(ledger.made());
    const destinations = table.flatMap(({ service: { key }, destinations: present }) => {
      const vip = key.kind === 'address' ? key.address : vipOf.get(key.mark);
      return vip !== undefined && vips.includes(vip) ? present.map(({ address }) => `${vip} ${address}`) : [];
    });
    return implausibleAtFirst({ vips, destinations: [...new Set(destinations)] }, next);
  }

  return async (next, current, isOlder) => {
    const table = await ipvs.read();
    const reason = isUnjudged(next)
      ? undefined
      : current === undefined
        ? firstObjection(next, table)
        : implausible(current, next, next.asked, isOlder);
    if (reason !== undefined) return `implausible: ${reason}`;
    const desired = directorHost(carriedByDirector(usableSnapshot(next).snapshot, facts()));
    const made = ledger.made();
    const reading = await host.read([desired, made]);
    const [conflict] = foreignObjects(desired, reading, made);
    if (conflict !== undefined) return conflict.message;
    const taken = takenVip(vipsOf(next), address, reading.strays);
    if (taken !== undefined) return taken;
    const [foreign] = foreignServices(table, vipsOf(next), ledger.ownedVips());
    return foreign === undefined
      ? undefined
      : `conflict: the kernel has an IPVS service ${serviceId(foreign)} that Causeway did not make: delete it ` +
          '(ipvsadm -D), or take its VIP out of the service';
  };
}

/** Of virtual services of ranges: what their marks were set for. */
function vipsByMark({ nft }: HostState): ReadonlyMap<number, string> {
  const marked = nft.flatMap((table) => (table.kind === 'probe-marks' ? (table.services ?? []) : []));
  return new Map(marked.map(({ mark, address }) => [mark, hostOf(address)]));
}
