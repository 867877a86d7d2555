// Did everything hold that the scenario expects? One verdict for each expectation, with the numbers.
import type { FaultOutcome } from './fault-phase.ts';
import type { FaultFigures, Findings, Phase, Requests, Verdict } from './lab-report.ts';
import { errorKinds, percent, tunnelOf, within } from './lab-report.ts';
import { paceText, tooSlow } from './pace.ts';
import { stageVerdicts } from './stage-verdict.ts';
import { clientFigures } from './statistics.ts';

export function judge(findings: Findings, faults: readonly FaultFigures[]): Verdict[] {
  return [
    ...steadyVerdicts(findings),
    ...findings.outcomes.flatMap((outcome, index) => {
      const figures = faults[index];
      return figures === undefined ? [] : faultVerdicts(outcome, figures, findings);
    }),
    ...findings.stages.flatMap((outcome) => stageVerdicts(outcome, findings.requests)),
    ...tunnelVerdicts(findings),
  ];
}

/** What takes its time, and took too much of it: on a machine too slow for a verdict that is none. What came in time came in time. */
function atPace(verdict: Verdict, pace: number): Verdict {
  if (verdict.ok || !tooSlow(pace)) return verdict;
  const detail = `${verdict.detail}; here everything takes ${paceText(pace)} as long`;
  return { ...verdict, ok: false, tooSlow: true, detail };
}

function steadyVerdicts({ scenario: { expect }, requests, steady, pace }: Findings): Verdict[] {
  return [...within(requests, steady.fromMs, steady.untilMs)].flatMap(([site, records]) => {
    const { requests: total, errors, servedBy } = clientFigures(records);
    const share = total === 0 ? 0 : (servedBy[site] ?? 0) / total;
    return [
      atPace(
        {
          name: `steady, client ${site}: at most ${expect.errorsInSteadyPhase} errors`,
          ok: total > 0 && errors <= expect.errorsInSteadyPhase,
          detail: `${errors} of ${total} requests failed${errorKinds(records)}`,
        },
        pace.steady,
      ),
      {
        name: `steady, client ${site}: its own site serves at least ${percent(expect.localShareAtLeast)}`,
        ok: share >= expect.localShareAtLeast,
        detail: percent(share),
      },
    ];
  });
}

function faultVerdicts(outcome: FaultOutcome, figures: FaultFigures, findings: Findings): Verdict[] {
  const { expect } = findings.scenario;
  const { fault } = outcome;
  const kills = outcome.gone.length > 0;
  const span = within(findings.requests, outcome.injectedAtMs, outcome.endedAtMs);
  const detail = (ms: number | null): string => (ms === null ? 'never' : `${ms} ms`);
  const after = `${figures.errorsAfterConvergence} failed${errorKinds([...span.values()].flat())}`;
  const { pace, detectedMs, convergedMs, recoveredMs, detectionLimitMs, convergenceLimitMs } = figures;
  const soon = (what: string, ms: number | null, statedMs: number, limitMs: number): Verdict =>
    atPace(
      {
        name: `${fault.name}: ${what}${kills ? ` within ${withinText(statedMs, limitMs)}` : ''}`,
        ok: ms !== null && (!kills || ms <= limitMs),
        detail: detail(ms),
      },
      pace,
    );
  return [
    soon('detected', detectedMs, expect.detectedWithinMs, detectionLimitMs),
    soon('converged', convergedMs, expect.convergedWithinMs, convergenceLimitMs),
    atPace(
      {
        name: `${fault.name}: ${kills ? 'no errors after convergence' : 'no errors at all'}`,
        ok: figures.errorsAfterConvergence <= expect.errorsAfterConvergence,
        detail: after,
      },
      pace,
    ),
    atPace(
      {
        name: `${fault.name}: recovered`,
        ok: recoveredMs !== null,
        detail: `${detail(recoveredMs)}${outcome.unlike === '' ? '' : ` (${outcome.unlike})`}`,
      },
      pace,
    ),
    ...(outcome.tablesKept === 'nothing' ? [] : [tablesVerdict(outcome)]),
    ...(outcome.keepsConnections ? [connectionsVerdict(outcome, findings)] : []),
    ...declaredVerdicts(outcome).map((verdict) => atPace(verdict, pace)),
    ...duringVerdicts(outcome, findings).map((verdict) => atPace(verdict, pace)),
    ...newConnectionsVerdicts(outcome, findings.requests),
    ...servedByVerdicts(outcome, figures, findings.requests).map((verdict) => atPace(verdict, pace)),
  ];
}

/** `1000 ms`, and where the pace made it longer, what it became. */
function withinText(statedMs: number, limitMs: number): string {
  return limitMs === statedMs ? `${statedMs} ms` : `${limitMs} ms (${statedMs} ms at this pace)`;
}

function tablesVerdict({ fault, tablesKept, tablesChanged }: FaultOutcome): Verdict {
  return {
    name: `${fault.name}: directors' IPVS tables unchanged${tablesKept === 'whole' ? '' : ' in what carries'}`,
    ok: tablesChanged === '',
    detail: tablesChanged === '' ? 'unchanged' : tablesChanged,
  };
}

/** What operators were told, and what is there of it. */
function declaredVerdicts({ fault, declared }: FaultOutcome): Verdict[] {
  if (declared === undefined) return [];
  const { isDue, takenMs, refusal, lost } = declared;
  const taken = takenMs === undefined ? `none: ${refusal}` : `after ${takenMs} ms`;
  return [
    {
      name: `${fault.name}: a change meanwhile is ${isDue ? 'taken' : 'not said to be taken'}`,
      ok: isDue === (takenMs !== undefined),
      detail: taken,
    },
    {
      name: `${fault.name}: all that was applied is there, by every coordinator`,
      ok: lost === '',
      detail: lost === '' ? 'all' : lost,
    },
  ];
}

/** Of what was in force from before the fault until it was over, on which nothing of all this depends. */
function duringVerdicts({ fault, during, ...outcome }: FaultOutcome, { requests }: Findings): Verdict[] {
  if (during === undefined) return [];
  const before = [...within(requests, during.beganAtMs, outcome.injectedAtMs).values()].flat();
  const failed = before.filter(({ error }) => error !== '').length;
  const { isNoticed, tablesChanged, recoveredMs, unlike } = during;
  return [
    {
      name: `${fault.name}: before it, nobody notices what else is wrong`,
      ok: isNoticed && failed === 0 && tablesChanged === '',
      detail: isNoticed
        ? `${failed} of ${before.length} requests failed${errorKinds(before)}${tablesChanged}`
        : 'it never was in force',
    },
    {
      name: `${fault.name}: after it, the control plane is whole again`,
      ok: recoveredMs !== undefined,
      detail: recoveredMs === undefined ? unlike : `${recoveredMs} ms`,
    },
  ];
}

/** What a client kept alive until so long before a fault was alive when it came. */
const lastSeenMs = 2_000;

/** Long-lived connections are the same ones throughout; but for those that hung already when the fault came, whose end is another's doing. */
function connectionsVerdict(outcome: FaultOutcome, { requests }: Findings): Verdict {
  const { injectedAtMs, endedAtMs } = outcome;
  const beforeMs = injectedAtMs - lastSeenMs;
  const lost = [...requests].flatMap(([site, records]) => {
    const during = longLived(records, { name: '', fromMs: injectedAtMs, untilMs: endedAtMs });
    const before = longLived(records, { name: '', fromMs: beforeMs, untilMs: injectedAtMs });
    const hung = records.filter(
      ({ atMs, ms, connection, error }) =>
        connection > 0 && error !== '' && atMs < beforeMs && atMs + ms >= beforeMs,
    );
    const isSame =
      [...before].every((connection) => during.has(connection)) &&
      during.size >= before.size &&
      during.size <= before.size + hung.length;
    return isSame ? [] : [site];
  });
  return {
    name: `${outcome.fault.name}: long-lived connections all alive`,
    ok: lost.length === 0,
    detail: lost.length === 0 ? 'all' : `clients of ${lost.join(', ')} had to connect again`,
  };
}

/** Once a change is over with, whom new connections end at. */
function newConnectionsVerdicts(outcome: FaultOutcome, requests: Requests): Verdict[] {
  const { fault, injectedAtMs, settledMs, endedAtMs } = outcome;
  const wanted = fault.expect.newConnectionsTo;
  if (wanted === undefined) return [];
  const fromMs = settledMs === undefined ? endedAtMs : injectedAtMs + settledMs + 1;
  const records = [...within(requests, fromMs, endedAtMs).values()].flat();
  const hosts = new Set(
    records.filter(({ connection, error }) => connection === 0 && error === '').map(({ host }) => host),
  );
  return [
    {
      name: `${fault.name}: new connections to ${wanted.join(', ')} alone`,
      ok: hosts.size > 0 && [...hosts].every((host) => wanted.includes(host)),
      detail: [...hosts].toSorted().join(', ') || 'to nobody',
    },
  ];
}

function longLived(
  records: Requests extends ReadonlyMap<string, infer R> ? R : never,
  { fromMs, untilMs }: Phase,
): ReadonlySet<string> {
  return new Set(
    records
      .filter(({ atMs, connection }) => connection > 0 && atMs >= fromMs && atMs < untilMs)
      .map(({ protocol, connection }) => `${protocol} ${connection}`),
  );
}

function servedByVerdicts(
  { fault, ...outcome }: FaultOutcome,
  figures: FaultFigures,
  requests: Requests,
): Verdict[] {
  const fromMs = outcome.injectedAtMs + (figures.convergedMs ?? 0) + 1;
  return Object.entries(fault.expect.servedBy ?? {}).map(([client, server]) => {
    const { servedBy } = clientFigures(within(requests, fromMs, outcome.restoredAtMs).get(client) ?? []);
    const others = Object.keys(servedBy).filter((site) => site !== server);
    return {
      name: `${fault.name}: clients of ${client} served by ${server}`,
      ok: (servedBy[server] ?? 0) > 0 && others.length === 0,
      detail:
        Object.entries(servedBy)
          .map(([site, count]) => `${site} ${count}`)
          .join(', ') || 'nobody served them',
    };
  });
}

function tunnelVerdicts({ scenario, tunnels }: Findings): Verdict[] {
  return scenario.expect.tunnels.map((type) => {
    const sites = scenario.sites.map(({ name }) => name).filter((name) => tunnelOf(scenario, name) === type);
    const packets = tunnels
      .filter((device) => device.type === type)
      .reduce((sum, { rxPackets }) => sum + rxPackets, 0);
    return {
      name: `${type} carried traffic${sites.length === 0 ? '' : ` (${sites.join(', ')})`}`,
      ok: packets > 0,
      detail: `${packets} packets`,
    };
  });
}
