/** What the coordinator counts. Names and labels are a promise to dashboards: add, never rename. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { LatencyEntry } from '../domain/report.ts';
import { agentRoles } from '../domain/role.ts';
import type { Store } from '../store/store.ts';
import { withCommit } from '../store/with-commit.ts';

export interface CoordinatorMetrics {
  readonly registry: Registry;
  readonly connected: Gauge<'role'>;
  readonly snapshots: Counter<'role'>;
  readonly refusals: Counter<'role'>;
  readonly publishSeconds: Histogram;
  readonly storeWrites: Counter;
  readonly storeConflicts: Counter;
  readonly storeUnknown: Counter;
  readonly storeSeconds: Histogram;
  readonly rttSeconds: Gauge<'from' | 'to' | 'quantile'>;
  readonly planSeconds: Histogram;
  readonly flowsPublished: Counter;
  readonly weightsChanged: Counter;
  readonly plansRefused: Counter;
  readonly siteUtilisation: Gauge<'site'>;
  readonly vipsWithdrawn: Gauge<'service' | 'site'>;
  readonly telemetryRejected: Counter<'sample'>;
  readonly reportsCut: Counter<'role'>;
  readonly figuresRefused: Counter<'role'>;
  readonly recordsSetAside: Counter;
  readonly callersRefused: Counter;
  readonly certificatesRenewed: Counter<'outcome'>;
  readonly auditUnwritten: Counter;
  readonly internalErrors: Counter;
}

export const metricPrefix = 'causeway_coordinator_';

export function createMetrics(): CoordinatorMetrics {
  const registry = new Registry();
  const registers = [registry];
  // Roles are known: a series that stands at 0 is easier to alert on than one that is not there yet.
  const atZero = <M extends { inc(labels: { role: string }, value: number): void }>(metric: M): M => {
    for (const role of agentRoles) metric.inc({ role }, 0);
    return metric;
  };
  const counter = (name: string, help: string) =>
    new Counter({ name: `${metricPrefix}${name}`, help, registers });
  return {
    registry,
    connected: atZero(
      new Gauge({
        name: `${metricPrefix}agents_connected`,
        help: 'Agents connected now',
        labelNames: ['role'],
        registers,
      }),
    ),
    snapshots: atZero(
      new Counter({
        name: `${metricPrefix}snapshots_sent_total`,
        help: 'Snapshots sent to agents',
        labelNames: ['role'],
        registers,
      }),
    ),
    refusals: atZero(
      new Counter({
        name: `${metricPrefix}snapshots_refused_total`,
        help: 'Snapshots that agents refused',
        labelNames: ['role'],
        registers,
      }),
    ),
    publishSeconds: new Histogram({
      name: `${metricPrefix}publish_seconds`,
      help: 'From a change to the last snapshot that it caused',
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    storeWrites: counter('store_writes_total', 'Transactions that wrote to the store'),
    storeConflicts: counter('store_conflicts_total', 'Transactions that lost against another writer'),
    storeUnknown: counter(
      'store_unknown_total',
      'Transactions of which the store did not say whether they were written',
    ),
    storeSeconds: new Histogram({
      name: `${metricPrefix}store_commit_seconds`,
      help: 'Duration of transactions',
      buckets: [0.0005, 0.001, 0.005, 0.02, 0.1, 0.5, 2],
      registers,
    }),
    rttSeconds: new Gauge({
      name: `${metricPrefix}site_rtt_seconds`,
      help: 'Round trip between sites as accepted, through the tunnels',
      labelNames: ['from', 'to', 'quantile'],
      registers,
    }),
    planSeconds: new Histogram({
      name: `${metricPrefix}plan_seconds`,
      help: 'Duration of one plan of all flows and weights',
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5],
      registers,
    }),
    flowsPublished: counter('flows_published_total', 'Services whose flows were written'),
    weightsChanged: counter('weights_changed_total', 'Weights of real servers that a plan changed'),
    plansRefused: counter('plans_refused_total', 'Plans of a service that were held back as a leap'),
    siteUtilisation: new Gauge({
      name: `${metricPrefix}site_utilisation`,
      help: 'Planned load of a site by its capacity, of its fullest group of services',
      labelNames: ['site'],
      registers,
    }),
    vipsWithdrawn: new Gauge({
      name: `${metricPrefix}vips_withdrawn`,
      help: 'Sites at which the VIPs of a service are withdrawn: 1; others are absent',
      labelNames: ['service', 'site'],
      registers,
    }),
    telemetryRejected: new Counter({
      name: `${metricPrefix}telemetry_rejected_total`,
      help: 'Samples that were not believed',
      labelNames: ['sample'],
      registers,
    }),
    reportsCut: atZero(
      new Counter({
        name: `${metricPrefix}report_sentences_cut_total`,
        help: 'Sentences of reports (troubles, reasons) that were left out or shortened: too many or too long',
        labelNames: ['role'],
        registers,
      }),
    ),
    figuresRefused: atZero(
      new Counter({
        name: `${metricPrefix}report_figures_refused_total`,
        help: 'Figures and entries of reports that cannot be true and were left out',
        labelNames: ['role'],
        registers,
      }),
    ),
    recordsSetAside: counter(
      'store_records_set_aside_total',
      'Records of the store that could not be used: damaged, or of what could not be declared like this',
    ),
    callersRefused: counter(
      'callers_refused_total',
      'Connections and calls refused for who has made them, or before they were read',
    ),
    auditUnwritten: counter('audit_unwritten_total', 'Lines that were not in the audit file within a second'),
    certificatesRenewed: new Counter({
      name: `${metricPrefix}certificates_renewed_total`,
      help: 'Certificates that others asked for here, with an issuer',
      labelNames: ['outcome'],
      registers,
    }),
    internalErrors: counter('internal_errors_total', 'Failures that are bugs of Causeway'),
  };
}

/** The store, with its transactions counted. */
export function countedStore(store: Store, metrics: CoordinatorMetrics): Store {
  const counters = {
    committed: metrics.storeWrites,
    conflict: metrics.storeConflicts,
    unknown: metrics.storeUnknown,
  };
  return withCommit(store, async (transaction) => {
    const end = metrics.storeSeconds.startTimer();
    const result = await store.commit(transaction);
    end();
    counters[result.outcome].inc();
    return result;
  });
}

export function showLatency(metrics: CoordinatorMetrics, entries: readonly LatencyEntry[]): void {
  for (const { from, to, p50Us, p90Us } of entries) {
    metrics.rttSeconds.set({ from, to, quantile: '0.5' }, p50Us / 1e6);
    metrics.rttSeconds.set({ from, to, quantile: '0.9' }, p90Us / 1e6);
  }
}
