import { beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CausewayError } from '../../src/domain/error.ts';
import type { WhatIfAnswer } from '../../src/domain/question.ts';
import { type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { nowMs, run } from './fake-io.ts';
import { status } from './status.fixture.ts';

let admin: FakeCoordinator;
beforeEach(() => {
  admin = fakeCoordinator(status);
});

const unknown = new CausewayError({
  code: 'not-found',
  operation: 'explain',
  message: 'found the site "ams", expected one with a director that claims web: fra, lon',
});

describe('explain', () => {
  it('a service from a site, in sentences', async () => {
    admin.why = { json: '{}', sentences: ['fra-r1 has weight 37 from lon.', 'No override.'] };
    const { status, out, err } = await run('explain web --from lon fra-r1', { admin });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe('fra-r1 has weight 37 from lon.\nNo override.\n');
    expect(admin.asked).toEqual([
      { service: 'web', from: 'lon', realServer: 'fra-r1', changedSinceMs: undefined },
    ]);
  });

  it('as JSON and as YAML, what the coordinator gave', async () => {
    admin.why = { json: '{"policy":"local","tiers":[]}', sentences: ['web …'] };
    const json = await run('explain web --from lon --output json', { admin });
    const yaml = await run('explain web --from lon --output yaml', { admin });
    expect([JSON.parse(json.out), parse(yaml.out)]).toEqual([
      { policy: 'local', tiers: [] },
      { policy: 'local', tiers: [] },
    ]);
  });

  it.each([
    ['explain --changed-since 10m', {}],
    ['explain --changed-since 10m web', { service: 'web' }],
    ['explain --changed-since 10m --from lon', { from: 'lon' }],
  ])('%s: of what changed since then', async (line, restriction) => {
    admin.why = { json: '[]', sentences: ['No weight has changed since.'] };
    const { out } = await run(line, { admin });
    expect(out).toBe('No weight has changed since.\n');
    expect(admin.asked).toEqual([
      {
        service: undefined,
        from: undefined,
        realServer: undefined,
        changedSinceMs: nowMs - 600_000,
        ...restriction,
      },
    ]);
  });

  it('what is not there: status 1, with what there is', async () => {
    admin.explain = async () => {
      throw unknown;
    };
    expect(await run('explain web --from ams', { admin })).toMatchObject({
      status: 1,
      out: '',
      err: 'causeway: explain: found the site "ams", expected one with a director that claims web: fra, lon\n',
    });
  });

  it('cannot be made to move the cursor', async () => {
    admin.why = { json: '{}', sentences: ['by \u001b[31mann\nagain'] };
    expect((await run('explain web --from lon', { admin })).out).toBe('by  [31mann again\n');
  });
});

const lonDown: WhatIfAnswer = {
  flows: [
    { service: 'web', from: 'fra', to: 'fra', beforeMilli: 1_000_000, afterMilli: 1_000_000 },
    { service: 'web', from: 'lon', to: 'fra', beforeMilli: 0, afterMilli: 500_400 },
    { service: 'web', from: 'lon', to: 'lon', beforeMilli: 600_400, afterMilli: 0 },
    { service: 'web', from: 'lon', to: 'nyc', beforeMilli: 0, afterMilli: 100_000 },
  ],
  sites: [
    {
      site: 'fra',
      services: ['web'],
      before: { loadMilli: 1_000_000, capacityMilli: 2_000_000 },
      after: { loadMilli: 1_500_400, capacityMilli: 2_000_000 },
    },
    {
      site: 'lon',
      services: ['web'],
      before: { loadMilli: 600_400, capacityMilli: 2_000_000 },
      after: { loadMilli: 0, capacityMilli: 0 },
    },
  ],
  movedMilli: 600_400,
  demandMilli: 1_600_400,
  ticks: 1,
  waitTicks: 0,
  seconds: 5,
  settled: true,
  sentences: ['600 of 1,600 connections (37.5 %) would go another way.', 'It would take 5 s (1 plan).'],
};

describe('whatif', () => {
  it('prints flows and sites before and after', async () => {
    admin.supposed = lonDown;
    const { status, out, err } = await run('whatif --site lon=down', { admin });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(`\n${out}`).toMatchInlineSnapshot(`
      "
      SERVICE  FLOW       BEFORE       AFTER        CHANGE
      web      fra → fra  1000 (100%)  1000 (100%)  -
      web      lon → fra  -            500 (83%)    +500
      web      lon → lon  600 (100%)   -            -600
      web      lon → nyc  -            100 (17%)    +100

      SITE  USED BEFORE  USED AFTER
      fra   50% of 2000  75% of 2000
      lon   30% of 2000  no capacity

      600 of 1,600 connections (37.5 %) would go another way.
      It would take 5 s (1 plan).
      "
    `);
  });

  it('names the services where sites are pools of several', async () => {
    const [fra] = lonDown.sites;
    if (fra === undefined) throw new Error('the fixture has no site');
    admin.supposed = { ...lonDown, sites: [fra, { ...fra, services: ['dns', 'mail'] }] };
    const { out } = await run('whatif --site lon=down', { admin });
    expect(out).toContain('fra   web       50% of 2000');
    expect(out).toContain('fra   dns,mail  50% of 2000');
  });

  it('asks for all that was supposed, of one service', async () => {
    await run(
      'whatif --site lon=down --rtt fra:nyc=120ms --capacity nyc=-50% --demand fra=+20% --drain fra-r1 --drain ams --service web',
      { admin },
    );
    expect(admin.asked).toEqual([
      {
        service: 'web',
        changes: [
          { kind: 'site-down', site: 'lon' },
          { kind: 'rtt', from: 'fra', to: 'nyc', us: 120_000 },
          { kind: 'capacity', site: 'nyc', permille: 500 },
          { kind: 'demand', site: 'fra', permille: 1_200 },
          { kind: 'drain', name: 'fra-r1' },
          { kind: 'drain', name: 'ams' },
        ],
      },
    ]);
  });

  it('as JSON, everything', async () => {
    admin.supposed = lonDown;
    const { out } = await run('whatif --drain lon --output json', { admin });
    expect(JSON.parse(out)).toEqual(lonDown);
  });

  it('what is malformed: status 2, with what was found and expected, nobody asked', async () => {
    const { status, err, connections } = await run('whatif --rtt fra:lon=abc', { admin });
    expect({ status, connections }).toEqual({ status: 2, connections: [] });
    expect(err).toBe(
      'causeway: --rtt: found "fra:lon=abc", expected two sites and a round trip of at most 10 s, such as fra:lon=120ms\n',
    );
  });

  it('before the first plan: status 1', async () => {
    admin.whatIf = async () => {
      throw new CausewayError({ code: 'unavailable', operation: 'read the plan', message: 'no plan yet' });
    };
    const { status, out, err } = await run('whatif --drain lon', { admin });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain('causeway: read the plan: no plan yet\n');
  });
});

it.each([
  ['explain', 'causeway explain web --from lon fra-r1'],
  ['whatif', 'causeway whatif --site lon=down --demand fra=+20%'],
])('%s --help shows an example; status 0', async (command, example) => {
  const { status, out } = await run(`${command} --help`, { admin });
  expect(status).toBe(0);
  expect(out).toContain(`Example:\n  ${example}`);
});

it('completion knows their options', async () => {
  const { out } = await run('completion bash', { admin });
  expect(out).toMatch(/explain\) words='--from --changed-since /);
  expect(out).toMatch(/whatif\) words='--site --rtt --capacity --demand --drain --service /);
});
