/** How a director's kernel is kept as it was decided: its host and its IPVS table, each reconciled by itself. */
import type { Clock } from '../../src/domain/clock.ts';
import { hostDrift } from '../../src/domain/drift.ts';
import { messageOf } from '../../src/domain/error.ts';
import { describeHostOperation, type HostOperation, type HostState } from '../../src/domain/host-state.ts';
import type { IpvsOperation, IpvsTable, ServiceState } from '../../src/domain/ipvs-table.ts';
import type { Steps } from '../../src/domain/steps.ts';
import type { Host } from '../../src/kernel/host.ts';
import { type HostLook, hostTarget, type LookWindow } from '../../src/kernel/host-target.ts';
import type { Ipvs } from '../../src/kernel/ipvs/ipvs.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { describeIpvsOperation } from '../../src/plan/ipvs-text.ts';
import {
  createReconciler,
  type ReconcileResult,
  type ReconcileState,
} from '../../src/reconcile/reconciler.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { createDriftLog } from '../shared/drift-log.ts';
import { createObservation } from '../shared/observation.ts';
import { createTug } from '../shared/tug.ts';
import type { DirectorMetrics } from './director-metrics.ts';
import { ipvsTarget } from './ipvs-target.ts';
import { createPace } from './weight-pace.ts';

export interface KernelOptions {
  readonly ipvs: Ipvs;
  readonly host: Host;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: DirectorMetrics;
  /** Nothing is changed: what is due is told. */
  readonly observes?: boolean;
  /** A reading has shown the IPVS table as it is wanted. */
  readonly onTable: () => void;
}

/** `part`: ids of virtual services that it is about alone; undefined: everything. */
export type WantedTable = (
  actual: readonly ServiceState[],
  part: ReadonlySet<string> | undefined,
) => Steps<IpvsTable>;

export interface DirectorKernel {
  /**
   * Wants this from now on and makes it so; resolves with why it could not, or undefined once a reading has shown it. VIPs
   * stand in the ledger before anything of them stands in the kernel, and leave it when nothing of them is left. Weights that
   * only steer may follow in their service's next burst: the snapshot counts as applied without them, for its coordinator must
   * not take an agent that waits on purpose for one that is behind. Should they fail then, that is a trouble like any later one.
   * `force`: nothing waits. Where it only observes, what is due is why it could not.
   */
  bring(
    host: HostState,
    table: WantedTable,
    vips: readonly string[],
    force: boolean,
  ): Promise<string | undefined>;
  /** Health decides otherwise now, of these virtual services (by id) alone, or of any: the table follows at once. */
  healthChanged(touched?: Iterable<string>): Promise<ReconcileState>;
  /** Wants this of the host from now on, the table as before. */
  hostChanged(host: HostState): Promise<ReconcileState>;
  /** Somebody may have changed something: looks at once, and mends it. */
  checkHost(): Promise<ReconcileState>;
  checkTable(): Promise<ReconcileState>;
  /** Undefined: nothing yet. */
  wantedHost(): HostState | undefined;
  /** As last read. */
  table(): readonly ServiceState[];
  /** Virtual services whose new weights wait for their next burst. */
  delayed(): number;
  /** Whether that one (by id) is among them. */
  waits(id: string): boolean;
  /** Why something is not as it should be, or undefined. */
  trouble(): string | undefined;
  /** What others on the host have changed or keep undoing, and, where it only observes, what is due. */
  amiss(): string[];
  /** So many changes are due and not made, as it only observes. */
  observed(): number;
  stop(): Promise<void>;
}

/** A device that flaps brings a VIP's local route back; foreign hands delete entries: put right within 2 s, what it takes to read and write included. */
const hostVerifyMs = 1_500;
/** Also how old the reported counters may be. */
const tableVerifyMs = 1_500;
const backoff = { initialMs: 100, maxMs: 2_000 };
/** A log line names so many operations at most. */
const namedOperations = 20;

export function createKernel(options: KernelOptions): DirectorKernel {
  const { ipvs, host, ledger, clock, random, log, metrics, observes = false } = options;
  let wantedHost: HostState | undefined;
  let onTrial = false;
  let isForced = false;
  let wantedTable: WantedTable | undefined;
  /** When all of the table was looked at last. */
  let wholeMs = clock.monotonicMs();

  const observation = createObservation(log);
  const drifts = createDriftLog({ clock, log, count: metrics.drift, observes });

  function told<O extends { readonly kind: string }>(describe: (operation: O) => string) {
    return ({ name, operations, state, durationMs, failures }: ReconcileResult<O>) => {
      const failed = state.status === 'error';
      if (observes && !failed) return observation.due(name, operations.map(describe));
      for (const [kind, alike] of Map.groupBy(operations, (one) => one.kind))
        metrics.operations(kind, alike.length, failed);
      metrics.lastErrorAt(trouble() === undefined ? 0 : clock.nowMs());
      const fields = {
        operations: operations.slice(0, namedOperations).map(describe),
        count: operations.length,
        durationMs: Math.round(durationMs),
      };
      if (failed) log.error({ ...fields, err: state.error, failures }, `${name} is not as it should be`);
      else if (operations.length > 0) log.info(fields, `${name} changed`);
    };
  }

  const tellHost = told(describeHostOperation);
  const tug = createTug(clock);
  const hostSide = hostTarget({
    host,
    ledger,
    wanted: () => wantedHost,
    diff: diffHost,
    clock,
    onDrift: hostDrifted,
    observes,
  });
  const hostReconciler = createReconciler<HostLook, HostState, HostOperation>({
    name: 'host',
    ...hostSide,
    describe: describeHostOperation,
    onResult(result) {
      tellHost(result);
      if (result.state.status === 'done' && !observes) tug.done(result.operations);
    },
    observes,
    verifyIntervalMs: hostVerifyMs,
    clock,
    random,
    backoff,
  });
  const tableSide = ipvsTarget({
    ipvs,
    *wanted(actual, part) {
      if (wantedTable === undefined) return undefined;
      const desired = yield* wantedTable(actual, part);
      return yield* pace.hold(desired, actual, isForced, part);
    },
    ownedVips: ledger.ownedVips,
    careful: () => onTrial,
    monotonicMs: clock.monotonicMs,
    onDrift: (drifted, window) =>
      drifts.saw(
        drifted.map(({ name, operation }) => ({ name, text: describeIpvsOperation(operation) })),
        window,
      ),
  });
  const tellTable = told(describeIpvsOperation);
  const pace = createPace({ clock, wake: () => void tableReconciler.trigger() });
  const tableReconciler = createReconciler<readonly ServiceState[], IpvsTable, IpvsOperation>({
    name: 'ipvs',
    ...tableSide,
    describe: describeIpvsOperation,
    onResult(result) {
      tellTable(result);
      if (tableSide.parts() === 0) wholeMs = clock.monotonicMs();
      if (result.state.status === 'done') options.onTable();
    },
    observes,
    verifyIntervalMs: tableVerifyMs,
    clock,
    random,
    backoff,
  });

  function hostDrifted(operations: readonly HostOperation[], window: LookWindow): void {
    const drifted = hostDrift(operations, ledger.made().absentRoutes);
    drifts.saw(
      drifted.map(({ name, operation }) => ({ name, text: describeHostOperation(operation) })),
      window,
    );
  }

  function trouble(): string | undefined {
    const bad = [hostReconciler, tableReconciler]
      .map((one) => one.state())
      .find(({ status }) => status === 'error');
    return bad === undefined ? undefined : messageOf(bad.error);
  }

  return {
    async bring(newHost, newTable, vips, force) {
      const before = ledger.ownedVips();
      // At once: what somebody wants of the host after this is wanted later.
      wantedHost = newHost;
      await ledger.ownVips(vips);
      wantedTable = newTable;
      hostSide.whole();
      tableSide.whole();
      onTrial = true;
      isForced = force;
      const states = [await hostReconciler.trigger(), await tableReconciler.trigger()];
      onTrial = false;
      isForced = false;
      const bad = states.find(({ status }) => status === 'error');
      if (bad !== undefined) return messageOf(bad.error);
      const objection = observes ? observation.objection() : undefined;
      if (objection !== undefined) return objection;
      await ledger.disownVips(before.filter((vip) => !vips.includes(vip)));
      return undefined;
    },
    async healthChanged(touched) {
      tableSide.hurry(touched);
      const state = await tableReconciler.trigger();
      // Decisions that come again and again must not keep it from seeing what others did.
      if (clock.monotonicMs() - wholeMs > 2 * tableVerifyMs) void tableReconciler.trigger();
      return state;
    },
    hostChanged(newHost) {
      wantedHost = newHost;
      return hostReconciler.trigger();
    },
    checkHost() {
      hostSide.whole();
      return hostReconciler.trigger();
    },
    checkTable() {
      tableSide.whole();
      return tableReconciler.trigger();
    },
    wantedHost: () => wantedHost,
    table: tableSide.latest,
    delayed: pace.delayed,
    waits: pace.waits,
    trouble,
    amiss: () =>
      [tug.trouble(), ...drifts.troubles(), observes ? observation.trouble() : undefined].filter(
        (one) => one !== undefined,
      ),
    observed: observation.count,
    stop: async () => {
      await Promise.all([hostReconciler.stop(), tableReconciler.stop()]);
      pace.stop();
    },
  };
}
