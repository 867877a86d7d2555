// The real kernel as a place where agents live and die: each operation is a step, and the dead write no ledger either.
import { join } from 'node:path';
import { describeHostOperation } from '../../../src/domain/host-state.ts';
import { createHost, type Host } from '../../../src/kernel/host.ts';
import type { FailedOperation, Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { createIpvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { openLedger } from '../../../src/kernel/ledger.ts';
import { describeIpvsOperation } from '../../../src/plan/ipvs-text.ts';
import { type Disk, realDisk } from '../../../src/runtime/durable-file.ts';
import { directorSnapshot, realServerSnapshot } from '../../agents/snapshots.ts';
import { plainFacts } from '../../agents/writes.ts';
import type { Life } from '../../host/crash/life.ts';
import { director, type Place, realServer } from '../../host/crash/world.ts';

export interface RealPlace extends Place {
  close(): void;
}

/** This process's network namespace, with a state directory. */
export async function realPlace(folder: string): Promise<RealPlace> {
  const host = await createHost();
  const ipvs = await createIpvs();
  return {
    open: async (life) => ({
      host: mortalHost(host, life),
      ipvs: mortalIpvs(ipvs, life),
      ledger: await openLedger(join(folder, 'ledger.json'), mortalDisk(life)),
    }),
    removeSnapshot: (life) => life.check(),
    close() {
      host.close();
      ipvs.close();
    },
  };
}

function mortalHost(host: Host, life: Life): Host {
  return {
    ...host,
    apply: (operation) => life.stepAsync(describeHostOperation(operation), () => host.apply(operation)),
    close: () => {},
  };
}

function mortalIpvs(ipvs: Ipvs, life: Life): Ipvs {
  return {
    ...ipvs,
    async apply(operations) {
      const failures: FailedOperation[] = [];
      for (const operation of operations) {
        const one = () => ipvs.apply([operation]);
        failures.push(...(await life.stepAsync(describeIpvsOperation(operation), one)));
      }
      return failures;
    },
    close: () => {},
  };
}

function mortalDisk(life: Life): Disk {
  return {
    ...realDisk,
    open(...of) {
      life.check();
      return realDisk.open(...of);
    },
    rename(...of) {
      life.check();
      return realDisk.rename(...of);
    },
  };
}

const [service] = directorSnapshot().services;
const dual = { ...service, vips: ['192.0.2.10', '2001:db8:a::10'] } as NonNullable<typeof service>;
const served = realServerSnapshot().services.map((one) => ({ ...one, vips: dual.vips }));

/** The host's own address is on eth0 for both; a director finds one VIP on that card already. */
export const programs = {
  director: {
    program: director({
      ...{ address: '10.1.0.2', prefixLength: 24, link: 'eth0' },
      ...{ isStrict: true, vipsElsewhere: true, ipv6: 'on' },
    }),
    wanted: [
      directorSnapshot({ services: [{ ...dual, vips: [...dual.vips, '192.0.2.30'] }] }),
      directorSnapshot({ services: [dual], ipvs: { connReuseMode: 0, udpTimeoutSeconds: 77 } }),
    ],
  },
  realserver: {
    program: realServer(() => plainFacts('10.1.0.11')),
    wanted: [
      realServerSnapshot({ services: served }),
      realServerSnapshot({ services: served, tunnel: 'gue', guePorts: [6_080] }),
      realServerSnapshot({ services: served.slice(0, 1), tunnel: 'gre' }),
    ],
  },
} as const;
