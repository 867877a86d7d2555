/** How a director looks after its own means of probing: what foreign hands took is put back, and until then nobody is condemned. */

import type { Clock } from '../../src/domain/clock.ts';
import { serviceId } from '../../src/domain/ipvs-table.ts';
import { probeMark } from '../../src/domain/probe.ts';
import { roles } from '../../src/domain/role.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import type { Host } from '../../src/kernel/host.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import { watchNft } from '../../src/kernel/nft-watch.ts';
import { probeServices } from '../../src/plan/probe-services.ts';
import type { Health } from './health.ts';
import type { DirectorKernel } from './kernel.ts';
import { createSelfCheck, type SelfCheck } from './self-check.ts';

export interface WatchmanOptions {
  readonly host: Pick<Host, 'read' | 'nftGeneration'>;
  readonly ipvs: Pick<Ipvs, 'readService'>;
  readonly kernel: DirectorKernel;
  readonly health: Pick<Health, 'hold'>;
  readonly clock: Clock;
}

export interface Watchman {
  readonly self: SelfCheck;
  /** The probes of this snapshot are what is looked after. */
  watch(snapshot: DirectorSnapshot): void;
  close(): void;
}

const marksLost = `the nft table ${roles.director.nftTable}, which marks probes, is not as it must be: somebody changed or flushed nftables; it is put back`;

/** While they can't be put back. */
const mendEveryMs = 1_000;
const marksUnread = `nobody can tell whether the nft table ${roles.director.nftTable}, which marks probes, is in place: nft fails, or does not answer within two seconds; see nft list table inet ${roles.director.nftTable}`;

export function createWatchman({ host, ipvs, kernel, health, clock }: WatchmanOptions): Watchman {
  let slots: ReadonlyMap<string, number> = new Map();
  let services: ReadonlyMap<string, ReturnType<typeof probeServices>[number]> = new Map();
  let mending: Promise<void> | undefined;
  let looking: Promise<unknown> | undefined;
  let isClosed = false;

  const self = createSelfCheck({
    host,
    ipvs,
    marks: () => kernel.wantedHost()?.nft[0],
    probeService(realServer, family) {
      const slot = slots.get(realServer);
      if (slot === undefined) return undefined;
      return services.get(serviceId({ kind: 'mark', mark: probeMark(slot), family }));
    },
    clock,
    onFault(what) {
      if (what !== 'service') mendFor(what === 'marks' ? marksLost : marksUnread);
      else looking ??= kernel.checkTable().finally(() => (looking = undefined));
    },
  });

  function mendFor(reason: string): void {
    if (kernel.wantedHost()?.nft[0] === undefined) return;
    mending ??= mend(reason).finally(() => (mending = undefined));
  }

  async function mend(reason: string): Promise<void> {
    health.hold(reason, clock.monotonicMs());
    // Others, or the host's own look, may put them back as well: whoever does, what is held is let go.
    while (!isClosed && kernel.wantedHost()?.nft[0] !== undefined) {
      await kernel.checkHost();
      if ((await self.marksState().catch(() => 'unread')) === 'in-place') break;
      await new Promise<void>((resolve) => clock.after(mendEveryMs, resolve));
    }
    health.hold('', clock.monotonicMs());
  }

  const watch = watchNft({
    generation: host.nftGeneration,
    clock,
    onChange() {
      if (kernel.wantedHost()?.nft[0] === undefined || mending !== undefined) return;
      self.marksState().then(
        (state) => {
          if (state === 'missing') mendFor(marksLost);
        },
        () => {},
      );
    },
  });

  return {
    self,
    watch(snapshot) {
      slots = new Map(snapshot.realServers.map(({ name, probeSlot }) => [name, probeSlot]));
      services = new Map(probeServices(snapshot).map((entry) => [serviceId(entry.service.key), entry]));
    },
    close() {
      isClosed = true;
      watch.close();
    },
  };
}
