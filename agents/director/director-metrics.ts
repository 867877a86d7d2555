/** What a director shows to Prometheus. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DriftName } from '../../src/domain/drift.ts';
import { type AppVerdict, appVerdicts } from '../../src/domain/probe.ts';
import type { PathReport, PathState } from '../../src/domain/report.ts';
import { roles } from '../../src/domain/role.ts';
import type { Steps } from '../../src/domain/steps.ts';
import type { KnockOutcome } from '../../src/plan/path-health.ts';
import { showCertificate } from '../../src/runtime/certificate-gauge.ts';
import { type Exposition, expositionOf, gaugeText, type Sample } from '../../src/runtime/exposition.ts';
import { driftCounter, showObserved } from '../shared/drift-metrics.ts';
import type { ConnectionRoom } from './connection-room.ts';

export interface DirectorMetricsSource {
  readonly paths: () => Steps<readonly PathReport[]>;
  readonly verdicts: () => readonly { realServer: string; service: string; verdict: AppVerdict }[];
  /** This director suspects itself, and condemns nobody. */
  readonly held: () => boolean;
  /** VIPs that attract clients. */
  readonly claimed: () => number;
  /** Virtual services whose new weights wait. */
  readonly delayed: () => number;
  /** Changes that are due and not made, as the agent only observes; absent: none. */
  readonly observed?: () => number;
  /** As last reported; absent: none is known. */
  readonly room?: () => ConnectionRoom;
  readonly snapshotVersion: () => number;
  readonly connected: () => boolean;
  /** Datagrams of return paths; absent: none is known. */
  readonly proofs?: () => { readonly heard: number; readonly ignored: number };
  /** Of its certificate, since the epoch; undefined, or absent: it has none. */
  readonly certificateEndsMs?: () => number | undefined;
}

export interface DirectorMetrics {
  readonly exposition: Exposition;
  probe(outcome: 'answered' | 'lost' | 'unsent' | 'farewell'): void;
  knock(outcome: KnockOutcome | 'untried'): void;
  operations(kind: string, count: number, failed: boolean): void;
  drift(name: DriftName, count: number): void;
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

  /** A gauge that is taken anew at each scrape. */
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

  /** Of each real server by itself, and of each service there: real servers that left leave no line behind. */
  function* ofRealServers(): Steps<string> {
    const paths = yield* source.paths();
    const verdicts = source.verdicts();
    yield;
    let text = '';
    for (const { name, help, labels, samples } of families(paths, verdicts))
      text += yield* gaugeText(`${prefix}_${name}`, help, labels, samples);
    return text;
  }

  sampled('held', '1 while this director suspects itself: it lowers no weight and deletes nothing.', () =>
    source.held() ? 1 : 0,
  );
  sampled('vips_claimed', 'VIPs that attract clients, as something of them can be served.', source.claimed);
  sampled(
    'services_waiting',
    'Virtual services whose new weights wait for their next burst.',
    source.delayed,
  );
  sampled(
    'connections',
    'Connections, flows and templates of persistence that IPVS remembers.',
    () => source.room?.().connections ?? 0,
  );
  sampled(
    'connections_limit',
    'Connections that IPVS takes at most; beyond it new ones fail. 0: this kernel has no limit.',
    () => source.room?.().limit ?? 0,
  );
  sampled('snapshot_version', 'Version of the snapshot that is applied; 0: none.', source.snapshotVersion);
  showCertificate(registry, prefix, () => source.certificateEndsMs?.());
  sampled('coordinator_connected', '1 while a coordinator is connected.', () => (source.connected() ? 1 : 0));

  new Counter({
    name: `${prefix}_return_path_datagrams_total`,
    help: 'Datagrams of real servers of other sites about their return paths; ignored: forged, old or heard before.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      const { heard = 0, ignored = 0 } = source.proofs?.() ?? {};
      this.inc({ outcome: 'heard' }, heard);
      this.inc({ outcome: 'ignored' }, ignored);
    },
  });
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
  const drift = driftCounter(prefix, registers);
  showObserved(registry, prefix, () => source.observed?.() ?? 0);
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
    exposition: expositionOf(registry, ofRealServers),
    probe: (outcome) => probes.inc({ outcome }),
    knock: (outcome) => knocks.inc({ outcome }),
    operations: (kind, count, failed) => operations.inc({ kind, outcome: failed ? 'failed' : 'done' }, count),
    drift,
    programmed: (seconds) => programmed.observe(seconds),
    lastErrorAt: (ms) => lastError.set(ms / 1_000),
  };
}

interface Family {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly samples: Iterable<Sample>;
}

type Paths = readonly PathReport[];
type Verdicts = ReturnType<DirectorMetricsSource['verdicts']>;

function families(paths: Paths, verdicts: Verdicts): readonly Family[] {
  return [
    {
      name: 'path_state',
      help: 'State of the way to a real server: 1 for the one that holds.',
      labels: ['real_server', 'state'],
      samples: stateSamples(paths),
    },
    {
      name: 'path_rtt_seconds',
      help: 'Round trip through the tunnel, over the last window.',
      labels: ['real_server', 'quantile'],
      samples: rttSamples(paths),
    },
    {
      name: 'path_loss_ratio',
      help: 'Lost probes, over the last window.',
      labels: ['real_server'],
      samples: pathSamples(paths, ({ loss }) => loss),
    },
    {
      name: 'path_mtu_bytes',
      help: 'Largest packet that gets through the tunnel to a real server whole, as measured; absent: not known.',
      labels: ['real_server'],
      samples: pathSamples(paths, ({ mtuBytes }) => mtuBytes),
    },
    {
      name: 'agent_present',
      help: "1 where a real server's agent answers, 0 where it is absent; its path says whether the host lives.",
      labels: ['real_server'],
      samples: pathSamples(paths, ({ agent }) =>
        agent === 'unknown' ? undefined : agent === 'present' ? 1 : 0,
      ),
    },
    {
      name: 'knock_proves',
      help: 'Where agents are absent: 1 where a TCP handshake through the tunnel proves life, 0 where it proves nothing.',
      labels: ['real_server'],
      samples: pathSamples(paths, ({ knock }) =>
        knock === 'unknown' ? undefined : knock === 'works' ? 1 : 0,
      ),
    },
    {
      name: 'application_verdict',
      help: "A real server's verdict on a service, on any port of it at any VIP: 1 for the one that holds.",
      labels: ['real_server', 'service', 'verdict'],
      samples: verdictSamples(verdicts),
    },
  ];
}

function* stateSamples(paths: Paths): Iterable<Sample> {
  for (const { realServer, state } of paths)
    for (const name of states) yield [[realServer, name], name === state ? 1 : 0];
}

function* rttSamples(paths: Paths): Iterable<Sample> {
  for (const { realServer, rttP50Us, rttP90Us, answered } of paths) {
    if (answered === 0) continue;
    yield [[realServer, '0.5'], rttP50Us / 1e6];
    yield [[realServer, '0.9'], rttP90Us / 1e6];
  }
}

/** Undefined: nothing is known. */
function* pathSamples(paths: Paths, figure: (path: PathReport) => number | undefined): Iterable<Sample> {
  for (const path of paths) {
    const value = figure(path);
    if (value !== undefined) yield [[path.realServer], value];
  }
}

function* verdictSamples(verdicts: Verdicts): Iterable<Sample> {
  for (const { realServer, service, verdict } of verdicts)
    for (const name of appVerdicts) yield [[realServer, service, name], name === verdict ? 1 : 0];
}
