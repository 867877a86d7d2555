import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdminClient, connectAdmin } from '../../src/api/admin-client.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { createAdminHandlers } from '../../src/coordinator/serve/admin.ts';
import type { PlanSource } from '../../src/coordinator/serve/plan-source.ts';
import { createAgentRecords } from '../../src/coordinator/site/agent-record.ts';
import { createSupervision } from '../../src/coordinator/site/supervision.ts';
import { createSerial } from '../../src/coordinator/view/serial.ts';
import { openStoreView, type StoreView } from '../../src/coordinator/view/store-view.ts';
import type { WhyQuestion } from '../../src/domain/question.ts';
import type { LatestPlan, WeightChange } from '../../src/plan/optimal/latest-plans.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import type { Store } from '../../src/store/store.ts';
import { flowsOf, latestPlan, nowMs, optimalInput } from '../plan/optimal/situations.ts';
import { openLab, service, site, weightsOf } from './harness.ts';

const why = (changes: Partial<WhyQuestion> = {}): WhyQuestion => ({
  service: 'web',
  from: 'lon',
  realServer: undefined,
  changedSinceMs: undefined,
  ...changes,
});

const change: WeightChange = {
  atMs: nowMs - 20_000,
  service: 'web',
  site: 'lon',
  realServer: 'lon-1',
  from: 90,
  to: 100,
  decision: { kind: 'write-all', cause: { kind: 'site', site: 'lon' } },
  cause: 'lon-2 is back',
};

describe('a coordinator that plans', () => {
  let latest: LatestPlan | undefined;
  let store: Store;
  let view: StoreView;
  let server: ApiServer;
  let admin: AdminClient;

  const planSource: PlanSource = {
    // biome-ignore lint/correctness/useYield: it has it at once
    *input() {
      return { ...optimalInput(), flows: flowsOf(latestPlan(optimalInput()).plan) };
    },
    latest: () => latest,
    changesSince: (atMs) => [change].filter((one) => one.atMs >= atMs),
  };

  beforeEach(async () => {
    latest = latestPlan(optimalInput());
    store = openEmbeddedStore({ file: ':memory:', clock: realClock });
    view = await openStoreView(store, { onSetAside() {}, onTrouble() {}, clock: realClock });
    const agents = createAgentRecords();
    const handlers = createAdminHandlers({
      store,
      view,
      agents,
      supervision: createSupervision({ agents, startedMs: 0 }),
      serial: createSerial(),
      clock: realClock,
      log: createLog('test', 'silent'),
      randomBytes,
      name: 'test',
      startedMs: realClock.nowMs() - 3_500,
      troubles: () => [],
      weights: () => undefined,
      planSource: () => planSource,
    });
    const nobody = { connect: () => Promise.reject(new Error('no agent comes')) };
    server = await serveApi({ listen: '127.0.0.1:0', handlers: { admin: handlers, agents: nobody } });
    admin = connectAdmin({ address: `127.0.0.1:${server.port}`, timeoutMs: 5_000 });
  });
  afterEach(async () => {
    admin.close();
    await server.close(0);
    await view.close();
    await store.close();
  });

  it('explains, as a value and in sentences', async () => {
    const { json, sentences } = await admin.explain(why({ realServer: 'lon-1' }));
    expect(JSON.parse(json)).toMatchObject({
      policy: 'optimal',
      service: 'web',
      from: 'lon',
      realServers: [{ name: 'lon-1', weight: 100, weightFromTerms: 100, since: { was: 90 } }],
    });
    expect(sentences).toContain(
      'lon-1 has weight 100 from lon: lon gets 100 %, of that 50 % by its capacity of 1,000. Was 90 until 12:03:05 UTC: lon-2 is back.',
    );
  });

  it('tells what changed', async () => {
    const asked = why({ service: undefined, from: undefined, changedSinceMs: nowMs - 60_000 });
    expect(await admin.explain(asked)).toEqual({
      json: JSON.stringify([change]),
      sentences: ['12:03:05 UTC web from lon: lon-1 90 → 100 (the share of lon was off; lon-2 is back).'],
    });
    const { sentences } = await admin.explain({ ...asked, changedSinceMs: nowMs });
    expect(sentences).toEqual(['No weight has changed since.']);
    expect((await admin.explain({ ...asked, from: 'fra' })).json).toBe('[]');
  });

  it('supposes', async () => {
    const answer = await admin.whatIf([
      { kind: 'site-down', site: 'lon' },
      { kind: 'demand', site: 'fra', permille: 900 },
    ]);
    expect(answer.flows).toContainEqual({
      service: 'web',
      from: 'lon',
      to: 'fra',
      beforeMilli: 0,
      afterMilli: 600_000,
    });
    expect(answer.sites.map(({ site, after }) => [site, after.loadMilli])).toEqual([
      ['fra', 1_500_000],
      ['lon', 0],
      ['nyc', 400_000],
    ]);
    expect(answer.sentences[0]).toBe('600 of 1,900 connections (31.6 %) would go another way.');
  });

  it('answers what is not there with what there is', async () => {
    await expect(admin.explain(why({ from: 'ams' }))).rejects.toMatchObject({
      code: 'not-found',
      message: 'explain: found the site "ams", expected one with a director that claims web: fra, lon, nyc',
    });
    await expect(admin.explain(why({ service: 'shop', changedSinceMs: 0 }))).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(admin.explain(why({ from: undefined }))).rejects.toMatchObject({ code: 'invalid' });
    await expect(admin.whatIf([{ kind: 'drain', name: 'ams' }])).rejects.toMatchObject({ code: 'not-found' });
    await expect(admin.whatIf([], 'shop')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('says so before the first plan', async () => {
    latest = undefined;
    const refusal = {
      code: 'unavailable',
      message: expect.stringMatching(
        /^read the plan: no plan yet: the coordinator has been up \d+ s; a plan is made every 5 s$/,
      ),
    };
    await expect(admin.explain(why())).rejects.toMatchObject(refusal);
    await expect(admin.explain(why({ changedSinceMs: 0 }))).rejects.toMatchObject(refusal);
    await expect(admin.whatIf([{ kind: 'drain', name: 'lon' }])).rejects.toMatchObject(refusal);
  });
});

it('a coordinator explains the plan that its directors go by', async () => {
  const lab = await openLab({ planTickMs: 50 });
  const director = await lab.director('fra-d1');
  const server = await lab.realServer('fra-r1');
  await lab.admin.apply([site('fra'), service('web', { placement: 'optimal' })]);
  server.link.report({
    paths: [],
    destinations: [],
    applications: [{ service: 'web', verdict: 'healthy', sinceMs: 1, reason: '' }],
    load: undefined,
    troubles: [],
    held: '',
  });
  await expect.poll(() => weightsOf(director, 'web')).toEqual({ 'fra-r1': 100 });
  const ask = why({ from: 'fra' });
  await expect
    .poll(async () => (await lab.admin.explain(ask)).sentences)
    .toContainEqual(expect.stringContaining('fra-r1 has weight 100 from fra'));
  const { flows } = await lab.admin.whatIf([{ kind: 'drain', name: 'fra-r1' }]);
  expect(flows.map(({ from, to }) => `${from} ${to}`)).toEqual(['fra fra']);
  await lab.dispose();
});
