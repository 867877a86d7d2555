/** What a real server shows to Prometheus. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { DriftName } from '../../src/domain/drift.ts';
import { appVerdicts } from '../../src/domain/probe.ts';
import type { ApplicationReport, LoadReport } from '../../src/domain/report.ts';
import { roles } from '../../src/domain/role.ts';
import { showCertificate } from '../../src/runtime/certificate-gauge.ts';
import { driftCounter, showObserved } from '../shared/drift-metrics.ts';

export interface RealServerMetricsSource {
  readonly reports: () => readonly ApplicationReport[];
  readonly load: () => LoadReport;
  readonly answered: () => number;
  readonly ignored: () => number;
  /** Datagrams sent from VIPs to collectors. */
  readonly proofs: () => number;
  /** VIPs on which no probe can be answered yet. */
  readonly missing: () => readonly unknown[];
  readonly troubles: () => readonly string[];
  /** Changes that are due and not made, as the agent only observes; absent: none. */
  readonly observed?: () => number;
  readonly snapshotVersion: () => number;
  readonly connected: () => boolean;
  /** Of its certificate, since the epoch; undefined, or absent: it has none. */
  readonly certificateEndsMs?: () => number | undefined;
}

export interface RealServerMetrics {
  readonly registry: Registry;
  operation(kind: string, failed: boolean): void;
  drift(name: DriftName, count: number): void;
  /** At this time something could not be brought to its desired state; 0 clears it. */
  lastErrorAt(ms: number): void;
}

export function createRealServerMetrics(source: RealServerMetricsSource): RealServerMetrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = roles.realserver.metrics;
  new Gauge({
    name: `${prefix}_verdict`,
    help: 'Verdict of the local checks of a service, of any of its ports at any of its VIPs: 1 for the one that holds.',
    labelNames: ['service', 'verdict'],
    registers,
    collect() {
      this.reset();
      for (const { service, verdict } of source.reports()) {
        for (const name of appVerdicts) this.set({ service, verdict: name }, name === verdict ? 1 : 0);
      }
    },
  });
  new Gauge({
    name: `${prefix}_failing_ends`,
    help: 'Ports of a service, at each of its VIPs, that fail their checks.',
    labelNames: ['service'],
    registers,
    collect() {
      this.reset();
      for (const { service, failing } of source.reports()) this.set({ service }, failing?.count ?? 0);
    },
  });
  new Gauge({
    name: `${prefix}_utilisation`,
    help: 'Share of a resource in use, 1 is full; absent where it is not known.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.reset();
      const { connectionsUtil, cpuUtil, backlogUtil } = source.load();
      const shares = { connections: connectionsUtil, cpu: cpuUtil, backlog: backlogUtil };
      for (const [resource, share] of Object.entries(shares)) {
        if (share !== undefined) this.set({ resource }, share);
      }
    },
  });
  new Gauge({
    name: `${prefix}_connections`,
    help: 'Established TCP connections to the services; absent where they are not known.',
    registers,
    collect() {
      const { connections } = source.load();
      if (connections === undefined) this.remove();
      else this.set(connections);
    },
  });
  sampled('snapshot_version', 'Version of the snapshot that is applied; 0: none.', source.snapshotVersion);
  showCertificate(registry, prefix, () => source.certificateEndsMs?.());
  sampled('coordinator_connected', '1 while a coordinator is connected.', () => (source.connected() ? 1 : 0));
  counted('probes_answered_total', 'Probes answered.', source.answered);
  counted('probes_ignored_total', 'Datagrams to the probe port that were no probe for us.', source.ignored);
  counted('return_path_proofs_total', 'Datagrams sent from VIPs to directors of other sites.', source.proofs);
  sampled(
    'vips_without_responder',
    'VIPs on which no probe can be answered yet.',
    () => source.missing().length,
  );
  sampled(
    'troubles',
    'What on this host keeps the agent from its work; status says what.',
    () => source.troubles().length,
  );
  const operations = new Counter({
    name: `${prefix}_reconcile_operations_total`,
    help: 'Changes made to this host, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  showObserved(registry, prefix, () => source.observed?.() ?? 0);
  const lastError = new Gauge({
    name: `${prefix}_last_error_timestamp_seconds`,
    help: 'When reconciling last failed; 0: it succeeds.',
    registers,
  });

  function sampled(name: string, help: string, value: () => number): void {
    new Gauge({
      name: `${prefix}_${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }

  /** A count that is kept elsewhere. */
  function counted(name: string, help: string, value: () => number): void {
    new Counter({
      name: `${prefix}_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  }

  return {
    registry,
    drift: driftCounter(prefix, registers),
    operation: (kind, failed) => operations.inc({ kind, outcome: failed ? 'failed' : 'done' }),
    lastErrorAt: (ms) => lastError.set(ms / 1_000),
  };
}
