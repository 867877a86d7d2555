import { expect, test } from 'vitest';
import { createTelemetry } from '../../../src/coordinator/lead/telemetry.ts';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';
import type { DestinationReport, PathReport, PathState } from '../../../src/domain/report.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { service, world } from '../../plan/fixtures.ts';

const everything = world({
  services: [
    service({ placement: 'optimal' }),
    service({ name: 'api', placement: 'optimal', selector: { app: 'api' } }),
  ],
});
const web = { ...everything, services: everything.services.slice(0, 1) };
const api = { ...everything, services: everything.services.slice(1) };

test('what concerns a part of the services leaves what is known of the others', () => {
  const { telemetry, hear } = telemetryOf();
  hear('fra-d', carrying({ web: 100, api: 40 }));
  atOnce(telemetry.observe(everything, 1_000, 'all'));
  hear('fra-d', carrying({}));
  atOnce(telemetry.observe(web, 2_000, 'part'));
  const { demands } = atOnce(telemetry.observe(everything, 3_000, 'all'));
  expect(demands.map((one) => [one.service, one.site, one.activeConnections])).toEqual([
    ['web', 'fra', 100],
    ['api', 'fra', 40],
  ]);
});

test('whatever is no longer there is forgotten when everything is observed', () => {
  const { telemetry, hear } = telemetryOf();
  hear('fra-d', carrying({ web: 100, api: 40 }));
  atOnce(telemetry.observe(everything, 1_000, 'all'));
  hear('fra-d', carrying({}));
  atOnce(telemetry.observe(web, 2_000, 'all'));
  expect(atOnce(telemetry.observe(api, 3_000, 'all')).demands).toEqual([]);
});

test('only ways that carry something are told, and of those that are no members nothing', () => {
  const { telemetry, hear } = telemetryOf();
  const { destinations } = carrying({ web: 100 });
  const others = [destination('web', 'lon-1', 0), destination('web', 'stranger', 7)];
  hear('fra-d', { ...carrying({}), destinations: [...destinations, ...others] });
  const { active } = atOnce(telemetry.observe(everything, 1_000, 'all'));
  expect(active).toEqual([{ service: 'web', from: 'fra', to: 'fra', connections: 100 }]);
});

const well = { service: 'web', sinceMs: 1, reason: '' };

function says(verdict: 'healthy' | 'unhealthy'): AgentReport {
  return { ...emptyReport, applications: [{ ...well, verdict }] };
}

test.each<[string, Partial<AgentReport>, Partial<AgentReport>, readonly string[]]>([
  ['the same', { paths: [path('fra-1', 'up')] }, { paths: [path('fra-1', 'up')] }, []],
  ['a path is lost', { paths: [path('fra-1', 'up')] }, { paths: [path('fra-1', 'down')] }, ['fra-1']],
  ['and found again', { paths: [path('fra-1', 'gone')] }, { paths: [path('fra-1', 'up')] }, ['fra-1']],
  ['given up', { paths: [path('fra-1', 'down')] }, { paths: [path('fra-1', 'gone')] }, []],
  ['a director begins anew', { paths: [path('fra-1', 'up')] }, { paths: [path('fra-1', 'unknown')] }, []],
  ['and knows again', { paths: [path('fra-1', 'unknown')] }, { paths: [path('fra-1', 'up')] }, []],
  [
    'it suspects itself',
    { paths: [path('fra-1', 'up')] },
    { paths: [path('fra-1', 'down')], held: 'all is silent' },
    [],
  ],
  [
    'a real server begins anew',
    { applications: [{ ...well, verdict: 'healthy' }] },
    { applications: [{ ...well, verdict: 'unknown' }] },
    [],
  ],
  [
    'and is well',
    { applications: [{ ...well, verdict: 'unknown' }] },
    { applications: [{ ...well, verdict: 'healthy' }] },
    [],
  ],
  [
    'it fails',
    { applications: [{ ...well, verdict: 'healthy' }] },
    { applications: [{ ...well, verdict: 'unhealthy' }] },
    ['itself'],
  ],
])('what a plan hurries for: %s', (_, before, after, expected) => {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({ agents, startedMs: 0, onRejected: () => {} });
  const agent = { ...agents.get('director', 'itself'), report: { ...emptyReport, ...after } };
  expect(telemetry.heard(agent, 'fra', { ...emptyReport, ...before }, 1_000)).toEqual(expected);
});

test.each<[string, Partial<AgentReport>, number, boolean]>([
  ['two directors that have lost it', {}, 1_000, true],
  ['one of them suspects itself', { held: 'all is silent' }, 1_000, false],
  ['one of them has long said nothing', {}, -14_001, false],
  ['another reaches it', { paths: [path('fra-1', 'up')] }, 1_000, false],
])('a real server has failed: %s', (_, change, reportedAtMs, expected) => {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({ agents, startedMs: 0, onRejected: () => {} });
  const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
  const lost = { ...emptyReport, paths: [path('fra-1', 'down')] };
  Object.assign(agents.get('director', 'fra-d'), { stream, report: lost, reportedAtMs: 1_000 });
  Object.assign(agents.get('director', 'lon-d'), { stream, report: { ...lost, ...change }, reportedAtMs });
  const { servers } = atOnce(telemetry.observe(everything, 1_000, 'all'));
  const found = servers.find(({ name }) => name === 'fra-1')?.services[0]?.isConfirmedDown;
  expect(found).toBe(expected);
});

test.each<[string, readonly AgentReport[]]>([
  ['nobody there spoke', []],
  ['he alone spoke, as he does first when the way there is back', [says('healthy')]],
])('who was out of reach from outside alone is not held down when his site speaks again: %s', (_, said) => {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({ agents, startedMs: 0, onRejected: () => {} });
  const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
  const two = world({
    services: [service({ placement: 'optimal' })],
    directors: [...everything.directors, { ...everything.directors[0], name: 'nyc-d', site: 'nyc' } as never],
  });
  const sees = (name: string, state: PathState, reportedAtMs: number) =>
    Object.assign(agents.get('director', name), {
      ...{ stream, report: { ...emptyReport, paths: [path('fra-1', state)] }, reportedAtMs },
    });
  const found = (nowMs: number) => {
    const { servers } = atOnce(telemetry.observe(two, nowMs, 'all'));
    return servers.find(({ name }) => name === 'fra-1')?.services[0];
  };
  for (const name of ['fra-d', 'lon-d', 'nyc-d']) sees(name, 'up', 30_000);
  expect(found(30_000)).toMatchObject({ isConfirmedDown: false });
  for (const name of ['lon-d', 'nyc-d']) sees(name, 'down', 60_000);
  for (const report of said)
    Object.assign(agents.get('realserver', 'fra-1'), { stream, report, reportedAtMs: 60_000 });
  expect(found(60_000)).toMatchObject({ isConfirmedDown: true });
  sees('fra-d', 'up', 90_000);
  expect(found(90_000)).toMatchObject({
    isConfirmedDown: false,
    holdDownPerMille: 1_000,
    slowStartPerMille: 1_000,
  });
});

test.each<[string, ('healthy' | 'unhealthy' | undefined)[], boolean]>([
  ['no director tells: as before', [undefined, undefined], false],
  ['one has found it failing', ['unhealthy', undefined], true],
  ['others have found it well', ['unhealthy', 'healthy'], false],
])('an application without its agent: %s', (_, verdicts, expected) => {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({ agents, startedMs: 0, onRejected: () => {} });
  for (const [index, verdict] of verdicts.entries()) {
    const seen = { ...destination('web', 'fra-1', 0), ...(verdict === undefined ? {} : { verdict }) };
    const report = { ...emptyReport, paths: [path('fra-1', 'up')], destinations: [seen] };
    const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
    Object.assign(agents.get('director', `d${index}`), { stream, report, reportedAtMs: 1_000 });
  }
  const { servers } = atOnce(telemetry.observe(everything, 1_000, 'all'));
  expect(servers.find(({ name }) => name === 'fra-1')?.services[0]?.isConfirmedDown).toBe(expected);
});

function path(realServer: string, state: PathState): PathReport {
  const figures = { sinceMs: 1, rttP50Us: 300, rttP90Us: 300, loss: 0, answered: 30 };
  return { realServer, state, agent: 'absent', knock: 'works', ...figures };
}

function telemetryOf() {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({
    agents,
    startedMs: 0,
    onRejected(agent, rejection) {
      throw new Error(`${agent}: ${rejection.name} ${rejection.why}`);
    },
  });
  return {
    telemetry,
    hear(director: string, report: AgentReport) {
      const agent = agents.get('director', director);
      const previous = agent.report;
      agent.report = report;
      telemetry.heard(agent, 'fra', previous, 1_000);
    },
  };
}

/** By service, on fra-1. */
function carrying(connections: Readonly<Record<string, number>>): AgentReport {
  const destinations = Object.entries(connections).map(([name, count]) => destination(name, 'fra-1', count));
  return { paths: [], destinations, applications: [], load: undefined, troubles: [], held: '' };
}

function destination(name: string, realServer: string, activeConnections: number): DestinationReport {
  const counters = { connections: 0, bytesIn: 0, countedSinceMs: 1 };
  return { service: name, realServer, weight: 1, activeConnections, ...counters };
}
