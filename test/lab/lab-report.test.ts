import { describe, expect, it } from 'vitest';
import type { FaultOutcome } from '../../src/lab/fault-phase.ts';
import { type Findings, faultFigures, makeReport } from '../../src/lab/lab-report.ts';
import type { LoadRecord } from '../../src/lab/load-record.ts';
import type { Fault } from '../../src/lab/scenario-schema.ts';
import { judge } from '../../src/lab/scenario-verdict.ts';
import { textDifference } from '../../src/lab/text-difference.ts';
import { failure, request, smallScenario } from './story.ts';

const scenario = smallScenario();
const expected = scenario.expect;
const stop: Fault = {
  kind: 'stop-application',
  name: 'app',
  host: 'ams-r1',
  seconds: 8,
  expect: {},
  during: [],
};
const restart: Fault = {
  kind: 'kill',
  name: 'agent',
  programs: ['ams-d1'],
  downSeconds: 5,
  seconds: 8,
  expect: {},
  during: [],
};

function outcome(more: Partial<FaultOutcome> = {}): FaultOutcome {
  return {
    fault: stop,
    gone: ['ams-r1'],
    unnoticed: false,
    tablesKept: 'nothing',
    declared: undefined,
    during: undefined,
    sightings: [],
    keepsConnections: false,
    injectedAtMs: 10_000,
    restoredAtMs: 18_000,
    endedAtMs: 20_000,
    detectedMs: 400,
    settledMs: 420,
    recoveredMs: 900,
    tablesChanged: '',
    unlike: '',
    pace: 1,
    ...more,
  };
}

/** A request each 100 ms by either client, from 0 to 20 s, all served at home, the long-lived ones by connection 1. */
function calm(): LoadRecord[] {
  return Array.from({ length: 200 }, (_, index) => request(index * 100, 'ams-r2', { connection: index % 2 }));
}

function findings(ams: LoadRecord[], outcomes: FaultOutcome[], more: Partial<Findings> = {}): Findings {
  return {
    scenario,
    backend: 'vm',
    steady: { name: 'steady', fromMs: 0, untilMs: 10_000 },
    pace: { before: 2, steady: 1 },
    outcomes,
    stages: [],
    requests: new Map([
      ['ams', ams],
      ['par', calm().map((record) => ({ ...record, host: 'par-r1', site: 'par' }))],
    ]),
    tunnels: [{ host: 'ams-r1', device: 'cw-ipip', type: 'ipip', rxPackets: 9 }],
    problems: [],
    durationMs: 60_000,
    ...more,
  };
}

describe('figures of a fault', () => {
  it('the clients converge when their last trouble begins, at the latest when the tables had changed', () => {
    const requests = new Map([['ams', [failure(10_100), request(10_700, 'ams-r1')]]]);
    expect(faultFigures(outcome(), requests, expected)).toEqual({
      name: 'app',
      detectedMs: 400,
      convergedMs: 700,
      errorsAfterConvergence: 0,
      recoveredMs: 900,
      pace: 1,
      sightings: [],
      detectionLimitMs: 1_000,
      convergenceLimitMs: 5_000,
    });
    expect(faultFigures(outcome(), new Map(), expected).convergedMs).toBe(420);
  });

  it('a restored host may serve again', () => {
    const requests = new Map([['ams', [failure(10_100), request(19_000, 'ams-r1')]]]);
    expect(faultFigures(outcome(), requests, expected)).toMatchObject({
      convergedMs: 420,
      errorsAfterConvergence: 0,
    });
  });

  it('where nobody may notice, every error counts', () => {
    const requests = new Map([['ams', [failure(10_100)]]]);
    const quiet = outcome({
      fault: restart,
      gone: [],
      unnoticed: true,
      keepsConnections: true,
      settledMs: 7_000,
    });
    expect(faultFigures(quiet, requests, expected)).toMatchObject({
      convergedMs: 7_000,
      errorsAfterConvergence: 1,
    });
  });
});

describe('the report', () => {
  it('is ok where everything held', () => {
    const report = makeReport(findings([...calm(), failure(10_100)], [outcome()]), judge);
    expect(report.reasons).toEqual([]);
    expect(report).toMatchObject({ ok: true, backend: 'vm' });
    expect(report.sites).toEqual([
      { name: 'ams', tunnel: 'ipip', directors: 1, realServers: 2 },
      { name: 'par', tunnel: 'gre', directors: 1, realServers: 1 },
    ]);
    expect(report.phases.map(({ name }) => name)).toEqual(['steady', 'app']);
    expect(report.phases[1]?.clients.ams).toMatchObject({ requests: 101, errors: 1, servedBy: { ams: 100 } });
  });

  it.each<[string, LoadRecord[], Partial<FaultOutcome>, Partial<Findings>, string]>([
    [
      'an error in the steady phase',
      [...calm(), failure(5_000)],
      {},
      {},
      'steady, client ams: at most 0 errors: 1 of 101 requests failed (1 timeout)',
    ],
    ['no requests at all', [], {}, {}, 'steady, client ams: at most 0 errors: 0 of 0'],
    [
      'another site serving',
      calm().map((record) => ({ ...record, site: 'par' })),
      {},
      {},
      'its own site serves at least 95 %: 0 %',
    ],
    ['late detection', calm(), { detectedMs: 1_001 }, {}, 'app: detected within 1000 ms: 1001 ms'],
    [
      'no detection',
      calm(),
      { detectedMs: undefined, settledMs: undefined },
      {},
      'app: detected within 1000 ms: never',
    ],
    [
      'errors after convergence',
      [...calm(), failure(10_100), failure(15_000)],
      {},
      {},
      'app: no errors after convergence: 1 failed',
    ],
    ['no recovery', calm(), { recoveredMs: undefined }, {}, 'app: recovered: never'],
    ['a process that ended', calm(), {}, { problems: ['fra-d1 ended'] }, 'fra-d1 ended'],
  ])('is not ok with %s', (_, ams, more, extra, reason) => {
    const report = makeReport(findings(ams, [outcome(more)], extra), judge);
    expect(report.ok).toBe(false);
    expect(report.reasons.join('\n')).toContain(reason);
  });

  it('gives a slow machine longer, and says so', () => {
    const slow = outcome({ detectedMs: 1_900, pace: 2 });
    const report = makeReport(findings(calm(), [slow]), judge);
    expect(report.reasons).toEqual([]);
    expect(report.pace).toEqual({ stepMs: 100, most: 4, before: 2, steady: 1 });
    expect(report.faults[0]).toMatchObject({ pace: 2, detectionLimitMs: 2_000, convergenceLimitMs: 10_000 });
    expect(report.expectations.map(({ name }) => name)).toContain(
      'app: detected within 2000 ms (1000 ms at this pace)',
    );
  });

  it.each([
    [
      'what came late',
      { detectedMs: 4_100 },
      calm(),
      'app: detected within 4000 ms (1000 ms at this pace): 4100 ms; here everything takes 4.1 times as long',
    ],
    [
      'errors',
      { detectedMs: 900 },
      [...calm(), failure(10_100), failure(15_000)],
      'app: no errors after convergence: 1 failed (2 timeout); here everything takes 4.1 times as long',
    ],
  ])('has no verdict on a machine that is too slow: %s', (_, more, ams, reason) => {
    const report = makeReport(findings(ams, [outcome({ ...more, pace: 4.1 })]), judge);
    expect(report).toMatchObject({ ok: false, tooSlow: true });
    expect(report.reasons[0]).toBe(reason);
  });

  it('holds what came in time however slow the machine is', () => {
    const report = makeReport(findings(calm(), [outcome({ detectedMs: 900, pace: 4.1 })]), judge);
    expect(report).toMatchObject({ ok: true, tooSlow: false });
  });

  it('tells what was refuted from what was too slow', () => {
    const steadyError = [...calm(), failure(5_000)];
    const report = makeReport(findings(steadyError, [outcome({ pace: 4.1 })]), judge);
    expect(report).toMatchObject({ ok: false, tooSlow: false });
  });

  it('tells whether each type of tunnel carried traffic', () => {
    const wanted = {
      ...scenario,
      expect: { ...scenario.expect, tunnels: ['ipip' as const, 'gre' as const] },
    };
    const { reasons } = makeReport(findings(calm(), [], { scenario: wanted }), judge);
    expect(reasons).toEqual(['gre carried traffic (par): 0 packets']);
  });

  it('tells who served the clients of a lost site', () => {
    const fault: Fault = {
      kind: 'kill-site-servers',
      name: 'site',
      site: 'ams',
      seconds: 8,
      expect: { servedBy: { ams: 'par' } },
      during: [],
    };
    const lost = outcome({ fault, gone: ['ams-r1', 'ams-r2'] });
    const served = (host: string) => [
      ...calm().slice(0, 100),
      ...Array.from({ length: 80 }, (_, n) => request(10_500 + n * 90, host)),
    ];
    expect(makeReport(findings(served('par-r1'), [lost]), judge).reasons).toEqual([]);
    expect(makeReport(findings(served('rom-r1'), [lost]), judge).reasons.join()).toContain(
      'clients of ams served by par: rom',
    );
    // Of whom nobody could be sure while it lasted, that is unknown.
    const slow = makeReport(findings(served('rom-r1'), [{ ...lost, pace: 4.1 }]), judge);
    expect(slow).toMatchObject({ ok: false, tooSlow: true });
  });
});

describe('what nobody may notice', () => {
  const quiet = outcome({
    fault: restart,
    gone: [],
    unnoticed: true,
    tablesKept: 'whole',
    keepsConnections: true,
    settledMs: 7_000,
  });

  it('is not noticed', () => {
    expect(makeReport(findings(calm(), [quiet]), judge).reasons).toEqual([]);
  });

  it('is noticed by a changed table', () => {
    const tablesChanged = textDifference('a 1\nb 1', 'a 1\nb 0');
    const { reasons } = makeReport(findings(calm(), [{ ...quiet, tablesChanged }]), judge);
    expect(reasons).toEqual(["agent: directors' IPVS tables unchanged: − b 1, + b 0"]);
  });

  it('is noticed by a connection that had to be made anew', () => {
    const again = calm().map((record) =>
      record.atMs > 15_000 && record.connection > 0 ? { ...record, connection: 2 } : record,
    );
    const { reasons } = makeReport(findings(again, [quiet]), judge);
    expect(reasons).toEqual(['agent: long-lived connections all alive: clients of ams had to connect again']);
  });

  it('is noticed by a UDP flow that another real server answers', () => {
    const flow = calm().map(
      (record): LoadRecord => ({ ...record, protocol: 'udp', connection: record.atMs > 15_000 ? 3 : 2 }),
    );
    const { reasons } = makeReport(findings([...calm(), ...flow], [quiet]), judge);
    expect(reasons).toEqual(['agent: long-lived connections all alive: clients of ams had to connect again']);
  });

  it('is not blamed for a flow that hung already when it came', () => {
    const since = quiet.injectedAtMs - 5_000;
    const flow = calm().flatMap((record): LoadRecord[] => {
      if (record.atMs > since && record.atMs <= quiet.injectedAtMs) return [];
      return [{ ...record, protocol: 'udp', connection: record.atMs > since ? 3 : 2 }];
    });
    const hung: LoadRecord = { ...failure(since), ms: 5_000, protocol: 'udp', connection: 2 };
    const steady = { name: 'steady', fromMs: 0, untilMs: since };
    expect(makeReport(findings([...calm(), hung, ...flow], [quiet], { steady }), judge).reasons).toEqual([]);
    const { reasons } = makeReport(findings([...calm(), ...flow], [quiet]), judge);
    expect(reasons).toEqual(['agent: long-lived connections all alive: clients of ams had to connect again']);
  });

  const control = { isDue: true, takenMs: 900, refusal: '', lost: '' };
  it.each([
    [
      'nobody takes a change though somebody could',
      { takenMs: undefined, refusal: 'no leader' },
      'none: no leader',
    ],
    ['a change is said to be taken where nobody can', { isDue: false }, 'not said to be taken: after 900 ms'],
    ['something that was applied is gone', { lost: 'c1: Site/ams is gone' }, 'c1: Site/ams is gone'],
  ])('is not ok where %s', (_, more, reason) => {
    const declared = { ...control, ...more };
    const { reasons } = makeReport(findings(calm(), [{ ...quiet, declared }]), judge);
    expect(reasons).toEqual([expect.stringContaining(reason)]);
    expect(makeReport(findings(calm(), [{ ...quiet, declared: control }]), judge).reasons).toEqual([]);
  });

  it('holds before another fault as well', () => {
    const during = {
      beganAtMs: 2_000,
      isNoticed: true,
      tablesChanged: '',
      restoredAtMs: 19_000,
      recoveredMs: 500,
      unlike: '',
    };
    const before = (ams: LoadRecord[], more: Partial<typeof during> = {}) =>
      makeReport(
        findings(ams, [outcome({ during: { ...during, ...more } })], {
          steady: { name: '', fromMs: 0, untilMs: 2_000 },
        }),
        judge,
      ).reasons;
    expect(before(calm())).toEqual([]);
    expect(before([...calm(), failure(9_000)])).toEqual([
      'app: before it, nobody notices what else is wrong: 1 of 161 requests failed (1 timeout)',
    ]);
    expect(before(calm(), { isNoticed: false })).toEqual([
      'app: before it, nobody notices what else is wrong: it never was in force',
    ]);
  });

  it('may take its time on a slow machine', () => {
    const slow = { ...quiet, pace: 9 };
    expect(makeReport(findings(calm(), [slow]), judge).reasons).toEqual([]);
    const late = makeReport(findings(calm(), [{ ...slow, recoveredMs: undefined }]), judge);
    expect(late).toMatchObject({ ok: false, tooSlow: true });
  });
});
