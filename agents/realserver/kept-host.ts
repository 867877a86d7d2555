/** How a real server's host is kept as it was planned, and what is told of it: what failed, what others changed, what is due and held back. */
import type { Clock } from '../../src/domain/clock.ts';
import { hostDrift } from '../../src/domain/drift.ts';
import { messageOf } from '../../src/domain/error.ts';
import { describeHostOperation, type HostOperation, type HostState } from '../../src/domain/host-state.ts';
import type { Host } from '../../src/kernel/host.ts';
import { type HostLook, hostTarget } from '../../src/kernel/host-target.ts';
import type { Ledger } from '../../src/kernel/ledger.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { createReconciler } from '../../src/reconcile/reconciler.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { createDriftLog } from '../shared/drift-log.ts';
import { createObservation } from '../shared/observation.ts';
import { createTug } from '../shared/tug.ts';
import type { RealServerMetrics } from './real-server-metrics.ts';

export interface KeptHostOptions {
  readonly host: Host;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: RealServerMetrics;
  /** Nothing is changed: what is due is told. */
  readonly observes: boolean;
  /** Undefined while nothing is known. */
  readonly wanted: () => HostState | undefined;
  /** It fails now, or does no longer. */
  readonly onFault: () => void;
}

export interface KeptHost {
  /** What is wanted is another: resolves with why it could not be made so, or why it was not, or undefined. */
  bring(): Promise<string | undefined>;
  /** Looks at once, and mends. */
  check(): void;
  /** Why it is not as it should be, or undefined. */
  trouble(): string | undefined;
  /** What others have changed or keep undoing, and, where it only observes, what is due. */
  amiss(): string[];
  /** So many changes are due and not made. */
  observed(): number;
  stop(): Promise<void>;
}

/** What others changed is put right within 2 s, what it takes to read and write included. */
const verifyIntervalMs = 1_500;
const backoff = { initialMs: 250, maxMs: 5_000 };

export function createKeptHost(options: KeptHostOptions): KeptHost {
  const { host, ledger, clock, random, log, metrics, observes, wanted } = options;
  let failing = false;
  const tug = createTug(clock);
  const observation = createObservation(log);
  const drifts = createDriftLog({ clock, log, count: metrics.drift, observes });
  const target = hostTarget({
    ...{ host, ledger, wanted, diff: diffHost, clock, observes },
    onDrift(operations, window) {
      const drifted = hostDrift(operations);
      drifts.saw(
        drifted.map(({ name, operation }) => ({ name, text: describeHostOperation(operation) })),
        window,
      );
    },
  });
  const reconciler = createReconciler<HostLook, HostState, HostOperation>({
    name: 'host',
    ...target,
    describe: describeHostOperation,
    ...{ clock, random, verifyIntervalMs, observes, backoff },
    onResult({ operations, state, durationMs, failures }) {
      const failed = state.status === 'error';
      metrics.lastErrorAt(failed ? clock.nowMs() : 0);
      const texts = operations.map(describeHostOperation);
      const fields = { operations: texts, durationMs };
      if (failed) log.error({ ...fields, err: state.error, failures }, 'host is not as it should be');
      else if (observes) observation.due('host', texts);
      else if (operations.length > 0) log.info(fields, 'host changed');
      if (!observes) for (const { kind } of operations) metrics.operation(kind, failed);
      if (!failed && !observes) tug.done(operations);
      if (failed !== failing) options.onFault();
      failing = failed;
    },
  });

  function trouble(): string | undefined {
    const { status, error } = reconciler.state();
    return status === 'error' ? messageOf(error) : undefined;
  }

  return {
    async bring() {
      target.whole();
      const { status, error } = await reconciler.trigger();
      if (status === 'error') return messageOf(error);
      return observes ? observation.objection() : undefined;
    },
    check: () => void reconciler.trigger(),
    trouble,
    amiss() {
      const undone = tug.trouble();
      return [
        ...(undone === undefined ? [] : [undone]),
        ...drifts.troubles(),
        ...(observes ? [observation.trouble()] : []),
      ];
    },
    observed: observation.count,
    stop: () => reconciler.stop(),
  };
}
