// What a run of the lab amounts to, as `--report FILE` writes it.
import type { FaultOutcome } from './fault-phase.ts';
import type { LoadRecord } from './load-record.ts';
import { sightingLines } from './narrate.ts';
import { limitAt, mostPace, stepMs } from './pace.ts';
import type { Scenario } from './scenario.ts';
import type { Expectations } from './scenario-schema.ts';
import type { Shares } from './sent-shares.ts';
import type { StageOutcome } from './stage.ts';
import { type ClientFigures, clientFigures, convergence } from './statistics.ts';

/** So long without trouble and a fault counts as over; whatever comes later counts against it. */
const quietMs = 2_000;

export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface TunnelDevice {
  readonly host: string;
  readonly device: string;
  readonly type: string;
  readonly rxPackets: number;
}

export interface FaultFigures {
  readonly name: string;
  /** null: never. */
  readonly detectedMs: number | null;
  readonly convergedMs: number | null;
  readonly errorsAfterConvergence: number;
  /** From the restoration until all was as before; null: never. */
  readonly recoveredMs: number | null;
  /** How slow the machine was meanwhile (pace.ts), and the limits that came of it. */
  readonly pace: number;
  /** What was seen of the control plane, a line each. */
  readonly sightings: readonly string[];
  readonly detectionLimitMs: number;
  readonly convergenceLimitMs: number;
}

/** Shares of a site's new connections, by site of the real servers. */
export interface StageFigures {
  readonly name: string;
  readonly sent: Shares;
  readonly planned: Shares;
  readonly wandering: number;
}

export interface Verdict {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  /** Nobody can tell: its limit would have to be longer than may be. Then it is not `ok`. */
  readonly tooSlow?: true;
}

/** How the lab's kernel kept time (pace.ts): how many times as long as they need steps of `stepMs` took there. */
export interface PaceFigures {
  readonly stepMs: number;
  /** Limits grow so many times at most. */
  readonly most: number;
  /** From the start of the first program to that of the load. */
  readonly before: number;
  readonly steady: number;
}

export interface Report {
  readonly ok: boolean;
  /** What did not hold did not for want of speed alone: of what was to be shown, nothing was refuted. */
  readonly tooSlow: boolean;
  readonly backend: string;
  readonly scenario: string;
  readonly pace: PaceFigures;
  readonly sites: readonly {
    readonly name: string;
    readonly tunnel: string;
    readonly directors: number;
    readonly realServers: number;
  }[];
  readonly phases: readonly {
    readonly name: string;
    readonly clients: Readonly<Record<string, ClientFigures>>;
  }[];
  readonly faults: readonly FaultFigures[];
  readonly stages: readonly StageFigures[];
  readonly tunnels: readonly TunnelDevice[];
  readonly expectations: readonly Verdict[];
  /** What did not hold, one line each; empty when `ok`. */
  readonly reasons: readonly string[];
  readonly durationMs: number;
}

/** Requests by the site of their client. */
export type Requests = ReadonlyMap<string, readonly LoadRecord[]>;

export function within(requests: Requests, fromMs: number, untilMs: number): Requests {
  return new Map(
    [...requests].map(([site, records]) => [
      site,
      records.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs),
    ]),
  );
}

export function phaseFigures(requests: Requests, phase: Phase): Record<string, ClientFigures> {
  const span = within(requests, phase.fromMs, phase.untilMs);
  return Object.fromEntries([...span].map(([site, records]) => [site, clientFigures(records)]));
}

export function faultPhase({ fault, injectedAtMs, endedAtMs }: FaultOutcome): Phase {
  return { name: fault.name, fromMs: injectedAtMs, untilMs: endedAtMs };
}

export function stagePhase({ stage, settledAtMs, endedAtMs }: StageOutcome): Phase {
  return { name: stage.name, fromMs: settledAtMs, untilMs: endedAtMs };
}

/** Convergence is when both the clients' trouble and the deciders' work were over. */
export function faultFigures(
  outcome: FaultOutcome,
  requests: Requests,
  expect: Pick<Expectations, 'detectedWithinMs' | 'convergedWithinMs'>,
): FaultFigures {
  const { injectedAtMs, restoredAtMs, endedAtMs, gone } = outcome;
  const records = [...within(requests, injectedAtMs, endedAtMs).values()].flat();
  // Once restored, a host may serve again.
  const judged = records.map((record) => (record.atMs >= restoredAtMs ? { ...record, host: '' } : record));
  const { convergedMs, errorsAfter } = convergence(judged, injectedAtMs, gone, quietMs);
  const errors = records.filter(({ error }) => error !== '').length;
  return {
    name: outcome.fault.name,
    detectedMs: outcome.detectedMs ?? null,
    convergedMs: outcome.settledMs === undefined ? null : Math.max(convergedMs, outcome.settledMs),
    // Where nobody may notice anything there is no time before convergence.
    errorsAfterConvergence: gone.length === 0 ? errors : errorsAfter,
    recoveredMs: outcome.recoveredMs ?? null,
    pace: outcome.pace,
    sightings: sightingLines(outcome),
    detectionLimitMs: limitAt(expect.detectedWithinMs, outcome.pace),
    convergenceLimitMs: limitAt(expect.convergedWithinMs, outcome.pace),
  };
}

export interface Findings {
  readonly scenario: Scenario;
  readonly backend: string;
  readonly steady: Phase;
  readonly pace: Pick<PaceFigures, 'before' | 'steady'>;
  readonly outcomes: readonly FaultOutcome[];
  readonly stages: readonly StageOutcome[];
  readonly requests: Requests;
  readonly tunnels: readonly TunnelDevice[];
  /** Beyond the scenario's expectations: processes that ended unasked, … */
  readonly problems: readonly string[];
  readonly durationMs: number;
}

/** Puts the report together; `judge` gives the verdict on each expectation. */
export function makeReport(
  findings: Findings,
  judge: (findings: Findings, faults: readonly FaultFigures[]) => Verdict[],
): Report {
  const { scenario, requests, outcomes, problems } = findings;
  const faults = outcomes.map((outcome) => faultFigures(outcome, requests, scenario.expect));
  const expectations = judge(findings, faults);
  const broken = expectations.filter(({ ok }) => !ok);
  const reasons = [...broken.map(({ name, detail }) => `${name}: ${detail}`), ...problems];
  return {
    ok: reasons.length === 0,
    tooSlow: broken.length > 0 && problems.length === 0 && broken.every(({ tooSlow }) => tooSlow === true),
    backend: findings.backend,
    scenario: scenario.name,
    pace: { stepMs, most: mostPace, ...findings.pace },
    sites: scenario.sites.map(({ name, directors, realServers }) => ({
      name,
      tunnel: tunnelOf(scenario, name),
      directors,
      realServers,
    })),
    phases: [findings.steady, ...outcomes.map(faultPhase), ...findings.stages.map(stagePhase)].map(
      (phase) => ({
        name: phase.name,
        clients: phaseFigures(requests, phase),
      }),
    ),
    faults,
    stages: findings.stages.map(({ stage: { name }, sent, planned, wandering }) => ({
      name,
      sent,
      planned,
      wandering,
    })),
    tunnels: findings.tunnels,
    expectations,
    reasons,
    durationMs: findings.durationMs,
  };
}

export function tunnelOf(scenario: Scenario, site: string): string {
  for (const resource of scenario.resources) {
    if (resource.kind === 'Site' && resource.name === site) return resource.tunnel;
  }
  return '';
}

/** ` (3 timeout, 1 ECONNREFUSED)`. */
export function errorKinds(records: readonly { readonly error: string }[]): string {
  const kinds = Map.groupBy(
    records.filter(({ error }) => error !== ''),
    ({ error }) => error,
  );
  if (kinds.size === 0) return '';
  return ` (${[...kinds].map(([kind, items]) => `${items.length} ${kind}`).join(', ')})`;
}

export function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}
