/** All that one coordinator of all does, from when it leads until it leads no more. */
import type { AgentReport } from '../../domain/agent-message.ts';
import type { Clock } from '../../domain/clock.ts';
import type { LatencyEntry } from '../../domain/report.ts';
import type { Rejection } from '../../plan/estimate/sample.ts';
import { plannedWeights } from '../../plan/leader/memory.ts';
import type { AgentWord, AgentWords } from '../../plan/observe/agent-word.ts';
import type { Fence, Store } from '../../store/store.ts';
import type { Serial } from '../view/serial.ts';
import type { StoreView, ViewChange } from '../view/store-view.ts';
import { createEstimateRecords } from './estimate-records.ts';
import { createFlowLeader, type FlowLeader, type PlanTold } from './flow-leader.ts';
import { createHandovers } from './handovers.ts';
import { type LatencyTrackerOptions, trackLatency } from './latency-matrix.ts';
import { planCause } from './plan-told.ts';
import { renewProbeKeys } from './renew-probe-keys.ts';
import { type ReturnPathTrackerOptions, trackReturnPaths } from './return-paths.ts';
import { sweepExpired } from './sweep-expired.ts';
import { createTelemetry } from './telemetry.ts';

export interface LeadingOptions extends Pick<LatencyTrackerOptions, 'samplesSince' | 'windowMs'> {
  readonly store: Store;
  readonly view: StoreView;
  /** Of the whole fleet. */
  readonly agents: AgentWords;
  readonly serial: Serial;
  readonly clock: Clock;
  /** Absent where nobody else can lead. */
  readonly fence?: Fence | undefined;
  readonly planTickMs?: number | undefined;
  onWeights(): void;
  onPlanned(told: PlanTold): void;
  onLatency(entries: readonly LatencyEntry[]): void;
  onReturnPaths: ReturnPathTrackerOptions['onChanged'];
  onHandedOver(resources: readonly string[]): void;
  onSwept(overrides: readonly string[]): void;
  /** From a cryptographic source. */
  readonly randomBytes: (size: number) => Uint8Array;
  onProbeKeysRenewed(): void;
  onRejected(agent: string, rejection: Rejection): void;
  onError(error: unknown): void;
}

export interface Leading {
  readonly leader: FlowLeader;
  /** Absent where nobody else can lead. */
  readonly fence: Fence | undefined;
  /** An agent of that site has reported. */
  heard(word: AgentWord, site: string, previous: AgentReport): void;
  /** An agent has applied something, or been told something. */
  answered(): void;
  /** The store is not what it was. */
  changed(records: readonly ViewChange[]): void;
  close(): void;
}

export function createLeading(options: LeadingOptions): Leading {
  const { store, view, agents, serial, clock, fence, onError } = options;
  const shared = { store, view, agents, serial, clock, onError, ...(fence === undefined ? {} : { fence }) };
  const startedMs = clock.monotonicMs();
  const epochMs = Math.round(clock.nowMs() - startedMs);
  const estimates = createEstimateRecords({ store, view, fence, epochMs, onError });
  const planned = plannedWeights(view.weights());
  const telemetry = createTelemetry({
    agents,
    startedMs,
    before: estimates.before(startedMs),
    wasThere: (service, realServer) => planned.get(service)?.values().next().value?.has(realServer),
    onRejected: options.onRejected,
  });
  const leader = createFlowLeader({
    ...shared,
    telemetry,
    estimates,
    ...(options.planTickMs === undefined ? {} : { tickMs: options.planTickMs }),
    onWeights: options.onWeights,
    onPlanned: options.onPlanned,
  });
  const latency = trackLatency({
    ...shared,
    samplesSince: options.samplesSince,
    ...(options.windowMs === undefined ? {} : { windowMs: options.windowMs }),
    onAccepted: options.onLatency,
  });
  const returnPaths = trackReturnPaths({
    ...shared,
    ...(options.windowMs === undefined ? {} : { periodMs: options.windowMs }),
    onChanged: options.onReturnPaths,
  });
  const handovers = createHandovers({ ...shared, onOver: options.onHandedOver });
  const sweeper = sweepExpired({ ...shared, onSwept: options.onSwept });
  const probeKeys = renewProbeKeys({
    ...shared,
    randomBytes: options.randomBytes,
    onRenewed: options.onProbeKeysRenewed,
  });
  return {
    leader,
    fence,
    heard(word, site, previous) {
      handovers.heard();
      const changed = telemetry.heard(word, site, previous, clock.monotonicMs());
      if (changed.length > 0) leader.hurry(`health as ${word.name} sees it`, true, changed);
    },
    answered: handovers.heard,
    changed(records) {
      const cause = planCause(records);
      if (cause !== undefined) leader.hurry(cause, false);
    },
    close() {
      latency.close();
      returnPaths.close();
      sweeper.close();
      probeKeys.close();
      leader.close();
      handovers.close();
    },
  };
}
