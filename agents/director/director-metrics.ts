/** What a director shows to Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { type AppVerdict, appVerdicts } from '../../src/domain/probe.ts';
import type { PathReport, PathState } from '../../src/domain/report.ts';
import { roles } from '../../src/domain/role.ts';
import type { KnockOutcome } from '../../src/plan/path-health.ts';

export interface DirectorMetricsSource {
  readonly paths: () => readonly PathReport[];
  readonly verdicts: () => readonly { realServer: string; service: string; verdict: AppVerdict }[];
  /** This director suspects itself, and condemns nobody. */
  readonly held: () => boolean;
  /** VIPs that attract clients. */
  readonly claimed: () => number;
  /** Virtual services whose new weights wait. */
  readonly delayed: () => number;
  readonly snapshotVersion: () => number;
  readonly connected: () => boolean;
}

export interface DirectorMetrics {
  readonly registry: Registry;
  probe(outcome: 'answered' | 'lost' | 'unsent' | 'farewell'): void;
  knock(outcome: KnockOutcome | 'untried'): void;
  operation(kind: string, failed: boolean): void;
  /** From the decision to the kernel's answer. */
  programmed(seconds: number): void;
  /** At this time something could not be brought to its desired state; 0 clears it. */
  lastErrorAt(ms: number): void;
}

const states: readonly PathState[] = ['up', 'down', 'gone', 'unknown'];

export function createDirectorMetrics(source: DirectorMetricsSource): DirectorMetrics {
  const registry = new Registry();
  const registers = [registry];
  const prefix = roles.director.metrics;

  /** A gauge whose whole content is taken anew at each scrape: real servers that left leave no line behind. */
  function sampled(name: string, help: string, labelNames: string[], fill: (gauge: Gauge) => void): void {
    new Gauge({
      name: `${prefix}_${name}`,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        fill(this);
      },
    });
  }

  sampled(
    'path_state',
    'State of the way to a real server: 1 for the one that holds.',
    ['real_server', 'state'],
    (gauge) => {
      for (const { realServer, state } of source.paths()) {
        for (const name of states)
          gauge.set({ real_server: realServer, state: name }, name === state ? 1 : 0);
      }
    },
  );
  sampled(
    'path_rtt_seconds',
    'Round trip through the tunnel, over the last window.',
    ['real_server', 'quantile'],
    (gauge) => {
      for (const { realServer, rttP50Us, rttP90Us, answered } of source.paths()) {
        if (answered === 0) continue;
        gauge.set({ real_server: realServer, quantile: '0.5' }, rttP50Us / 1e6);
        gauge.set({ real_server: realServer, quantile: '0.9' }, rttP90Us / 1e6);
      }
    },
  );
  sampled('path_loss_ratio', 'Lost probes, over the last window.', ['real_server'], (gauge) => {
    for (const { realServer, loss } of source.paths()) gauge.set({ real_server: realServer }, loss);
  });
  sampled(
    'agent_present',
    "1 where a real server's agent answers, 0 where it is absent; its path says whether the host lives.",
    ['real_server'],
    (gauge) => {
      for (const { realServer, agent } of source.paths()) {
        if (agent !== 'unknown') gauge.set({ real_server: realServer }, agent === 'present' ? 1 : 0);
      }
    },
  );
  sampled(
    'knock_proves',
    'Where agents are absent: 1 where a TCP handshake through the tunnel proves life, 0 where it proves nothing.',
    ['real_server'],
    (gauge) => {
      for (const { realServer, knock } of source.paths()) {
        if (knock !== 'unknown') gauge.set({ real_server: realServer }, knock === 'works' ? 1 : 0);
      }
    },
  );
  sampled(
    'held',
    '1 while this director suspects itself: it lowers no weight and deletes nothing.',
    [],
    (gauge) => gauge.set(source.held() ? 1 : 0),
  );
  sampled('vips_claimed', 'VIPs that attract clients, as something of them can be served.', [], (gauge) =>
    gauge.set(source.claimed()),
  );
  const labels = ['real_server', 'service', 'verdict'];
  sampled(
    'application_verdict',
    "A real server's verdict on a service, on any port of it at any VIP: 1 for the one that holds.",
    labels,
    (gauge) => {
      for (const { realServer, service, verdict } of source.verdicts()) {
        for (const name of appVerdicts) {
          gauge.set({ real_server: realServer, service, verdict: name }, name === verdict ? 1 : 0);
        }
      }
    },
  );
  sampled('services_waiting', 'Virtual services whose new weights wait for their next burst.', [], (gauge) =>
    gauge.set(source.delayed()),
  );
  sampled('snapshot_version', 'Version of the snapshot that is applied; 0: none.', [], (gauge) =>
    gauge.set(source.snapshotVersion()),
  );
  sampled('coordinator_connected', '1 while a coordinator is connected.', [], (gauge) =>
    gauge.set(source.connected() ? 1 : 0),
  );

  const probes = new Counter({
    name: `${prefix}_probes_total`,
    help: 'Probes by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const knocks = new Counter({
    name: `${prefix}_knocks_total`,
    help: 'TCP handshakes tried through tunnels, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const operations = new Counter({
    name: `${prefix}_reconcile_operations_total`,
    help: 'Changes made to the kernel, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const programmed = new Histogram({
    name: `${prefix}_programming_seconds`,
    help: "From a decision to the kernel's answer.",
    // Around the aim of 20 ms.
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const lastError = new Gauge({
    name: `${prefix}_last_error_timestamp_seconds`,
    help: 'When reconciling last failed; 0: it succeeds.',
    registers,
  });

  return {
    registry,
    probe: (outcome) => probes.inc({ outcome }),
    knock: (outcome) => knocks.inc({ outcome }),
    operation: (kind, failed) => operations.inc({ kind, outcome: failed ? 'failed' : 'done' }),
    programmed: (seconds) => programmed.observe(seconds),
    lastErrorAt: (ms) => lastError.set(ms / 1_000),
  };
}
