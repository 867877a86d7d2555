/** A host with a disk on which agents live and die: how they begin, what they are to want, how they clean up. */
import { createDirectorMetrics } from '../../../agents/director/director-metrics.ts';
import { createKernel } from '../../../agents/director/kernel.ts';
import { removeServices } from '../../../agents/director/remove-services.ts';
import { ownMarks } from '../../../agents/realserver/own-names.ts';
import { cleanUp } from '../../../agents/shared/cleanup.ts';
import { adoptOwn } from '../../../agents/shared/life.ts';
import type { HostOperation, HostState } from '../../../src/domain/host-state.ts';
import { describeHostOperation } from '../../../src/domain/host-state.ts';
import type { DirectorSnapshot, RealServerSnapshot, Snapshot } from '../../../src/domain/snapshot.ts';
import { inOneStep } from '../../../src/domain/steps.ts';
import { routedDevice } from '../../../src/domain/tunnel.ts';
import { type Host, hostOf } from '../../../src/kernel/host.ts';
import { type HostLook, hostTarget } from '../../../src/kernel/host-target.ts';
import type { Ipvs } from '../../../src/kernel/ipvs/ipvs.ts';
import { type Ledger, openLedger } from '../../../src/kernel/ledger.ts';
import { claimTable, type DirectorFacts, directorHost, nearTable } from '../../../src/plan/director-host.ts';
import { directorTable, type HealthView } from '../../../src/plan/director-table.ts';
import { diffHost } from '../../../src/plan/host-diff.ts';
import { type RealServerFacts, realServerHost } from '../../../src/plan/real-server-host.ts';
import { vipsOf } from '../../../src/plan/vips.ts';
import { createReconciler } from '../../../src/reconcile/reconciler.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { createManualClock } from '../../reconcile/manual-clock.ts';
import type { Life } from './life.ts';
import { createModelDisk, type ModelDisk } from './model-disk.ts';
import { createModelIpvs, type ModelIpvs } from './model-ipvs.ts';
import type { ModelKernel } from './model-kernel.ts';

const stateDir = '/state';
export const ledgerFile = `${stateDir}/ledger.json`;
const log = createLog('director', 'silent');
const health: HealthView = { path: () => 'up', application: () => 'healthy' };

export interface World {
  readonly kernel: ModelKernel;
  readonly ipvs: ModelIpvs;
  readonly disk: ModelDisk;
}

export function copyOf({ kernel, ipvs, disk }: World): World {
  return { kernel: kernel.copy(), ipvs: ipvs.copy(), disk: disk.copy() };
}

/** All that there is on the host, but for the disk. */
export function textOf({ kernel, ipvs }: World): string {
  return `${kernel.text()}\n${ipvs.text()}`;
}

/** The power fails; the host comes up as it was before anybody wrote to it. */
export function rebooted(world: World, before: World): World {
  const { disk } = copyOf(world);
  disk.powerFails();
  return { ...copyOf(before), disk };
}

export function worldWith(kernel: ModelKernel, ipvs: ModelIpvs = createModelIpvs()): World {
  return { kernel, ipvs, disk: createModelDisk() };
}

/** What a process finds on a host as it starts. */
export interface Found {
  readonly host: Host;
  readonly ledger: Ledger;
  readonly ipvs: Ipvs;
}

/** A host with a state directory, as the programs come upon it. */
export interface Place {
  open(life: Life): Promise<Found>;
  removeSnapshot(life: Life): void;
}

export function placeOf({ kernel, ipvs, disk }: World): Place {
  return {
    open: async (life) => ({
      host: hostOf(kernel.of(life)),
      ledger: await openLedger(ledgerFile, disk.of(life)),
      ipvs: ipvs.of(life),
    }),
    removeSnapshot: (life) => disk.remove(life, `${stateDir}/snapshot.json`),
  };
}

export interface Program<S extends Snapshot> {
  /** It starts, and wants one after the other. */
  run(place: Place, life: Life, ...wanted: readonly S[]): Promise<void>;
  /** `--cleanup`. */
  cleanUp(place: Place, life: Life): Promise<void>;
}

export function director(facts: DirectorFacts, claims = true): Program<DirectorSnapshot> {
  const marks = {
    links: [routedDevice],
    nft: [{ kind: 'probe-marks', name: 'causeway_director', vips: [], probePort: 0, marks: [] } as const],
    tables: [claimTable, nearTable],
  };
  return {
    async run(place, life, ...wanted) {
      const parts = await place.open(life);
      await adoptOwn({ ...parts, log }, marks);
      const kernel = createKernel({
        ...parts,
        ...{ clock: createManualClock(), random: () => 0.5, log, onTable: () => {} },
        metrics: createDirectorMetrics({
          paths: () => inOneStep(() => []),
          verdicts: () => [],
          held: () => false,
          claimed: () => 0,
          delayed: () => 0,
          snapshotVersion: () => 0,
          connected: () => false,
        }),
      });
      for (const snapshot of wanted) {
        const state = directorHost(snapshot, claims ? undefined : new Set(), facts);
        const table = (actual: Parameters<typeof directorTable>[2]) =>
          inOneStep(() => directorTable(snapshot, health, actual));
        const trouble = await kernel.bring(state, table, vipsOf(snapshot), true);
        if (trouble !== undefined) throw new Error(trouble);
      }
      await kernel.stop();
    },
    async cleanUp(place, life) {
      const parts = await place.open(life);
      await adoptOwn({ ...parts, log }, marks);
      await finish(place, life, parts, await removeServices(parts.ipvs, parts.ledger));
    },
  };
}

export function realServer(
  factsOf: (snapshot: RealServerSnapshot) => RealServerFacts,
): Program<RealServerSnapshot> {
  return {
    async run(place, life, ...wanted) {
      const { host, ledger } = await place.open(life);
      await adoptOwn({ host, ledger, log }, marksOf(wanted[0]));
      let state: HostState | undefined;
      const clock = createManualClock();
      const target = hostTarget({ host, ledger, wanted: () => state, diff: diffHost, clock });
      const reconciler = createReconciler<HostLook, HostState, HostOperation>({
        name: 'host',
        ...target,
        describe: describeHostOperation,
        ...{ clock, random: () => 0.5, verifyIntervalMs: 5_000, backoff: { initialMs: 250, maxMs: 5_000 } },
      });
      for (const snapshot of wanted) {
        state = realServerHost(snapshot, factsOf(snapshot));
        target.whole();
        const { status, error } = await reconciler.trigger();
        if (status === 'error') throw error;
      }
      await reconciler.stop();
    },
    async cleanUp(place, life) {
      const parts = await place.open(life);
      await adoptOwn({ ...parts, log }, marksOf(undefined));
      await finish(place, life, parts);
    },
  };

  function marksOf(snapshot: RealServerSnapshot | undefined) {
    return snapshot === undefined ? ownMarks : { ...ownMarks, address: factsOf(snapshot).address };
  }
}

async function finish(
  place: Place,
  life: Life,
  { host, ledger }: Found,
  removed?: Parameters<typeof cleanUp>[1],
): Promise<void> {
  const file = {
    load: async () => undefined,
    save: async () => {},
    remove: async () => place.removeSnapshot(life),
  };
  await cleanUp({ config: { stateDir }, host, ledger, file, log }, removed);
}

/** What the ledger says of the host, as the next process reads it; in no order. */
export async function ledgerText(place: Place, life: Life): Promise<string> {
  const { ledger } = await place.open(life);
  return [...ledger.undoOperations().map(describeHostOperation), ...ledger.ownedVips()].toSorted().join('\n');
}
