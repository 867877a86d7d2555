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

export function createWatchman({ host, ipvs, kernel, health, clock }: WatchmanOptions): Watchman {
  let slots: ReadonlyMap<string, number> = new Map();
  let services: ReadonlyMap<string, ReturnType<typeof probeServices>[number]> = new Map();
  let mending: Promise<void> | undefined;
  let looking: Promise<unknown> | undefined;

  const self = createSelfCheck({
    host,
    ipvs,
    marks: () => kernel.wantedHost()?.nft[0],
    probeService(realServer, family) {
      const slot = slots.get(realServer);
      if (slot === undefined) return undefined;
      return services.get(serviceId({ kind: 'mark', mark: probeMark(slot), family }));
    },
    onFault(what) {
      if (what === 'marks') mending ??= mend().finally(() => (mending = undefined));
      else looking ??= kernel.checkTable().finally(() => (looking = undefined));
    },
  });

  async function mend(): Promise<void> {
    if (kernel.wantedHost()?.nft[0] === undefined) return;
    health.hold(marksLost, clock.monotonicMs());
    await kernel.checkHost();
    // Where they can't be put back the next round of knocks, or the next change of nft, tries again.
    if (await self.marksInPlace().catch(() => false)) health.hold('', clock.monotonicMs());
  }

  const watch = watchNft({
    generation: host.nftGeneration,
    clock,
    onChange() {
      if (kernel.wantedHost()?.nft[0] === undefined || mending !== undefined) return;
      self.marksInPlace().then(
        (isWell) => {
          if (!isWell) mending ??= mend().finally(() => (mending = undefined));
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
    close: watch.close,
  };
}
