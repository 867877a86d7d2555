/** Another leads on, or the coordinator begins anew: what one has learnt of real servers is the next one's. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLeading, type Leading } from '../../../src/coordinator/lead/leading.ts';
import { type AgentRecords, createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { createSerial, type Serial } from '../../../src/coordinator/view/serial.ts';
import { openStoreView, type StoreView } from '../../../src/coordinator/view/store-view.ts';
import { type AgentReport, emptyReport } from '../../../src/domain/agent-message.ts';
import type { Member } from '../../../src/domain/member.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
import { inOneStep } from '../../../src/domain/steps.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey, resourceKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Fence, Store } from '../../../src/store/store.ts';
import { createManualClock, type ManualClock } from '../../agents/manual-clock.ts';
import { director, realServer, service, site } from '../../plan/fixtures.ts';

const sites = ['fra', 'lon'] as const;
const agents: readonly Member[] = [
  ...['fra-d1', 'fra-d2', 'lon-d1'].map((name, at) => director(name, { address: `10.1.0.${1 + at}` })),
  ...['fra-1', 'fra-2', 'lon-1', 'lon-2'].map((name, at) => server(name, at + 1)),
];
const third = server('fra-3', 9);

function server(name: string, probeSlot: number) {
  return realServer(name, { capacity: 100, address: `10.1.1.${probeSlot}`, probeSlot });
}

const reportEverySeconds = 5;
const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };

let store: Store;
let view: StoreView;
let tenure: Tenure | undefined;
/** Of the whole story, whoever leads. */
let second: number;
/** What each agent says; absent: nothing. */
let says: Map<string, AgentReport>;

interface Tenure {
  readonly leading: Leading;
  readonly records: AgentRecords;
  readonly clock: ManualClock;
  readonly serial: Serial;
  readonly errors: unknown[];
}

beforeEach(async () => {
  second = 0;
  store = openEmbeddedStore({ file: ':memory:', clock: realClock });
  view = await openStoreView(store, { onSetAside() {}, onTrouble() {}, clock: realClock });
  await put('fence', '{}');
  for (const value of [
    ...sites.map((name) => site(name)),
    service({ placement: 'optimal', sites: [...sites] }),
  ])
    await put(resourceKey(value), encodeRecord({ kind: 'resource', value }));
  says = new Map();
  for (const agent of agents) await register(agent);
});
afterEach(async () => {
  tenure?.leading.close();
  tenure = undefined;
  await view.close();
  await store.close();
});

async function put(key: string, value: string): Promise<void> {
  const commit = await store.commit({ conditions: [], writes: [{ kind: 'put', key, value }] });
  if (commit.outcome !== 'committed') throw new Error(`${key} is not written`);
  await view.reached(commit.revision);
}

async function register(value: Member): Promise<void> {
  await put(memberKey(value.role, value.name), encodeRecord({ kind: 'member', value }));
  if (value.role === 'realserver') isWell(value.name, 'healthy');
  else carries(value.name, {});
}

function isWell(name: string, verdict: AppVerdict, cpuUtil?: number): void {
  const load = { connections: undefined, connectionsUtil: undefined, cpuUtil, backlogUtil: undefined };
  says.set(name, {
    ...emptyReport,
    applications: [{ service: 'web', verdict, sinceMs: 1, reason: '' }],
    load,
  });
}

function carries(name: string, active: Readonly<Record<string, number>>): void {
  const realServers = view.members().filter(({ role }) => role === 'realserver');
  says.set(name, {
    ...emptyReport,
    paths: realServers.map((one) => ({
      ...{ realServer: one.name, state: 'up', sinceMs: 1, rttP50Us: 300, rttP90Us: 300, loss: 0 },
      ...{ answered: 60, agent: 'present', knock: 'works' },
    })) as AgentReport['paths'],
    destinations: realServers.map((one) => ({
      ...{ service: 'web', realServer: one.name, weight: 1, activeConnections: active[one.name] ?? 0 },
      ...{ connections: 0, bytesIn: 0, countedSinceMs: 1 },
    })),
  });
}

/** Another, on another clock that counts from its own beginning; `aheadMs`: its time of day is off by so much. */
async function anotherLeads(aheadMs = 0): Promise<void> {
  tenure?.leading.close();
  const { entries } = await store.read({ keys: ['fence'] });
  const fence: Fence = {
    ...{ name: 'leader', epoch: 1 + second, key: 'fence' },
    modRevision: entries[0]?.modRevision ?? 0,
  };
  const clock = createManualClock(1_700_000_000_000 + second * 1_000 + aheadMs);
  const records = createAgentRecords();
  const serial = createSerial();
  const errors: unknown[] = [];
  const leading = createLeading({
    ...{ store, view, agents: records, serial, clock, fence },
    samplesSince: () => inOneStep(() => []),
    randomBytes: (size) => new Uint8Array(size),
    onWeights() {},
    onPlanned() {},
    onLatency() {},
    onHandedOver() {},
    onReturnPaths() {},
    onSwept() {},
    onProbeKeysRenewed() {},
    onRejected() {},
    onError: (error) => void errors.push(error),
  });
  tenure = { leading, records, clock, serial, errors };
}

/** Agents report meanwhile: with the first of these seconds all that say something. */
async function pass(seconds: number, each: () => void = () => {}): Promise<void> {
  if (tenure === undefined) throw new Error('nobody leads');
  const { leading, records, clock, serial, errors } = tenure;
  for (let passed = 0; passed < seconds; passed += 1) {
    if (passed % reportEverySeconds === 0) {
      for (const { role, name, site: its } of view.members()) {
        const report = says.get(name);
        if (report === undefined) continue;
        const record = records.get(role, name);
        const previous = record.report;
        Object.assign(record, { stream, report, reportedAtMs: clock.monotonicMs() });
        leading.heard(record, its, previous);
      }
    }
    await clock.advance(1_000);
    // A plan that has begun ends within the second, however busy the machine is.
    await serial(async () => {});
    second += 1;
    each();
  }
  expect(errors).toEqual([]);
}

const weightsAt = (from: string): Readonly<Record<string, number>> =>
  Object.fromEntries(tenure?.leading.leader.weights()?.get('web')?.get(from) ?? []);

const flowsFrom = (from: string) => {
  const flows = view.flows()[0]?.flows.filter((flow) => flow.from === from) ?? [];
  return Object.fromEntries(flows.map(({ to, milli }) => [to, milli]));
};

describe('at a change of leader', () => {
  test('who is held down stays held down, for as long as he would have been', async () => {
    await anotherLeads();
    await pass(30);
    expect(weightsAt('fra')).toMatchObject({ 'fra-1': 100, 'fra-2': 100 });
    isWell('fra-2', 'unhealthy');
    await pass(5);
    isWell('fra-2', 'healthy');
    await pass(3);
    expect(weightsAt('fra')).toMatchObject({ 'fra-1': 100, 'fra-2': 0 });
    await anotherLeads();
    await pass(5, () => expect(weightsAt('fra')).toMatchObject({ 'fra-1': 100, 'fra-2': 0 }));
    await pass(120);
    expect(weightsAt('fra')['fra-2']).toBeGreaterThan(90);
  });

  test('who has failed before it is held down when he is well again after it', async () => {
    await anotherLeads();
    await pass(30);
    isWell('fra-2', 'unhealthy');
    await pass(5);
    await anotherLeads();
    await pass(2);
    isWell('fra-2', 'healthy');
    await pass(6, () => expect(weightsAt('fra')).toMatchObject({ 'fra-1': 100, 'fra-2': 0 }));
  });

  test('who warms up goes on warming up, and begins not anew', async () => {
    await anotherLeads();
    await pass(30);
    await register(third);
    for (const { name, role } of agents) if (role === 'director') carries(name, {});
    await pass(25);
    const warm = weightsAt('fra')['fra-3'] ?? 0;
    expect(warm).toBeGreaterThan(20);
    expect(warm).toBeLessThan(60);
    await anotherLeads();
    await pass(5, () => {
      const now = weightsAt('fra')['fra-3'] ?? 0;
      expect(now).toBeGreaterThanOrEqual(warm);
      expect(now).toBeLessThan(60);
    });
    await pass(60);
    expect(weightsAt('fra')['fra-3']).toBe(100);
  });

  test('who came in between warms up, and nobody else', async () => {
    await anotherLeads();
    await pass(30);
    await register(third);
    for (const { name, role } of agents) if (role === 'director') carries(name, {});
    await anotherLeads();
    await pass(5);
    expect(weightsAt('fra')).toMatchObject({ 'fra-1': 100, 'fra-2': 100 });
    expect(weightsAt('fra')['fra-3']).toBeLessThan(30);
  });

  test('what real servers were found to carry is known: flows and weights stay', async () => {
    await anotherLeads();
    await pass(10);
    carries('fra-d1', { 'fra-1': 60, 'fra-2': 60 });
    for (const name of ['fra-1', 'fra-2']) isWell(name, 'healthy', 1.5);
    await pass(130);
    const before = flowsFrom('fra');
    expect(before.lon).toBeGreaterThan(0);
    const weights = weightsAt('fra');
    await anotherLeads();
    await pass(60, () => {
      expect(Math.abs((flowsFrom('fra').lon ?? 0) - (before.lon ?? 0))).toBeLessThan(6_000);
      for (const [name, weight] of Object.entries(weightsAt('fra')))
        expect(Math.abs(weight - (weights[name] ?? 0))).toBeLessThan(6);
    });
  });

  test('a site of whose directors not all are heard yet wants no less, nor are real servers weaker', async () => {
    await anotherLeads();
    await pass(10);
    for (const name of ['fra-d1', 'fra-d2'])
      carries(name, { 'fra-1': 45, 'fra-2': 45, 'lon-1': 20, 'lon-2': 20 });
    for (const name of ['fra-1', 'fra-2']) isWell(name, 'healthy', 0.9);
    await pass(200);
    const before = [flowsFrom('fra'), weightsAt('fra')];
    expect(flowsFrom('fra').lon).toBeGreaterThan(0);
    says.delete('fra-d2');
    await anotherLeads();
    await pass(29, () => {
      if (tenure?.leading.leader.latest() !== undefined)
        expect([flowsFrom('fra'), weightsAt('fra')]).toEqual(before);
    });
  });

  test('a clock that is behind holds nobody for longer than from now', async () => {
    await anotherLeads();
    await pass(30);
    isWell('fra-2', 'unhealthy');
    await pass(5);
    isWell('fra-2', 'healthy');
    await pass(3);
    await anotherLeads(-3_600_000);
    await pass(5, () => expect(weightsAt('fra')).toMatchObject({ 'fra-2': 0 }));
    await pass(120);
    expect(weightsAt('fra')['fra-2']).toBeGreaterThan(90);
  });
});

test('of what is learnt is written what begins and ends, and nothing while nothing changes', async () => {
  const written = async () => (await store.read({ prefix: 'estimates/' })).entries;
  await anotherLeads();
  await pass(70);
  expect(await written()).toEqual([]);
  isWell('fra-2', 'unhealthy');
  await pass(5);
  isWell('fra-2', 'healthy');
  await pass(20);
  const first = await written();
  expect(first).toHaveLength(1);
  await pass(300);
  expect(await written()).toEqual(first);
  // Half an hour after the failure it counts no more.
  await pass(1_560);
  expect(await written()).toEqual([]);
});
