import { describe, expect, it, test } from 'vitest';
import type { Scheduler } from '../../../src/domain/ipvs-table.ts';
import type { Override } from '../../../src/domain/resource.ts';
import { type ExplainQuestion, explainService } from '../../../src/plan/optimal/explain.ts';
import { explanationText } from '../../../src/plan/optimal/explanation-text.ts';
import type { OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import type { WeightChange } from '../../../src/plan/optimal/latest-plans.ts';
import { override, service, world } from '../fixtures.ts';
import { demand, fresh, latestPlan, nowMs, observed, optimalInput } from './situations.ts';

function text(
  input: OptimalInput,
  question: Partial<ExplainQuestion> = {},
  changes: readonly WeightChange[] = [],
): string {
  const latest = latestPlan(input);
  const explanation = explainService(latest, changes, { service: 'web', from: 'lon', ...question });
  return `\n${explanationText(explanation).join('\n')}\n`;
}

/** 1,900 wanted at lon, which has 2,000 and is to stay below 85 %. */
function crowded(changes: Partial<OptimalInput> = {}): OptimalInput {
  const input = optimalInput(changes);
  const servers = input.observation.servers.map((server) =>
    server.name === 'fra-1' ? { ...observed('fra-1', { slowStartPerMille: 920 }) } : server,
  );
  return {
    ...input,
    observation: { ...input.observation, servers, demands: [demand('fra', 1_000), demand('lon', 1_900)] },
  };
}

test.each(['optimal', 'local'] as const)('a site at which the VIPs are withdrawn: %s', (placement) => {
  const reason = { sinceMs: nowMs - 40_000, reachableConnections: 6_000, usableConnections: 1_500 };
  const withdrawals = new Map([['web', new Map([['lon', reason]])]]);
  const given = world({ services: [service({ placement })], withdrawals });
  const sentence =
    'Its VIPs have been withdrawn at lon since 12:02:45 UTC: 1,500 of the 6,000 connections that it may use are usable. ' +
    'Who comes all the same is served; above 80 % they return.';
  expect(text(optimalInput({ world: given })).split('\n')).toContain(sentence);
  expect(text(optimalInput({ world: given }), { from: 'fra' })).not.toContain('withdrawn');
});

test.each(['optimal', 'local'] as const)('what weights mean to the scheduler: %s', (placement) => {
  const told = (scheduler: Scheduler): string =>
    text(optimalInput({ world: world({ services: [service({ placement, scheduler })] }) }));
  for (const scheduler of ['wrr', 'mh', 'sh'] as const) expect(told(scheduler)).not.toContain('scheduler');
  expect(told('fo')).toContain('Its scheduler, fo, sends all to the real server with the largest weight.');
  expect(told('rr')).toContain('Its scheduler, rr, takes real servers in turn: of weights it heeds 0 alone.');
});

const until = (hours: number, changes: Partial<Override>) =>
  override({ ...changes, expiresAtMs: nowMs + hours * 3_600_000 });

test('a real server that serves another site’s overflow', () => {
  const change: WeightChange = {
    atMs: nowMs - 20_000,
    service: 'web',
    site: 'lon',
    realServer: 'fra-1',
    from: 14,
    to: 12,
    decision: { kind: 'write-all', cause: { kind: 'site', site: 'fra' } },
    cause: 'tick',
  };
  expect(text(crowded(), { realServer: 'fra-1' }, [change])).toMatchInlineSnapshot(`
    "
    web at the directors of lon, as planned at 12:03:25 UTC.
    lon wants 1,900 connections: 38 new a second that last 50 s.
    lon is at its 85 % step, so 300 of 1,900 go elsewhere.
    lon gets 1,600 (84.2 %): 0.5 ms, a guess: nobody has measured it, 80 % of 2,000 used; one more would cost 15 ms besides.
    fra gets 300 (15.8 %): 14 ms, measured the other way round, 65 % of 2,000 used; the cheapest.
    nyc unused: 56 ms too expensive (70 ms, 0 % of 2,000 used).
    fra-1 has weight 18 from lon: fra gets 15.8 %, of that 47.9 % by its capacity of 1,000, slow start 92 %. Was 14 until 12:03:05 UTC: tick.
    Inputs 4 s old at most. Demand of lon 3 s old.
    No override.
    "
  `);
});

test('all real servers, some of which get nothing', () => {
  const input = optimalInput();
  const servers = [observed('lon-2', { isHealthy: false, isConfirmedDown: true })];
  const others = input.observation.servers.filter(({ name }) => name !== 'lon-2');
  const observation = { ...input.observation, servers: [...others, ...servers] };
  expect(text({ ...input, observation })).toMatchInlineSnapshot(`
    "
    web at the directors of lon, as planned at 12:03:25 UTC.
    lon wants 600 connections: 12 new a second that last 50 s.
    lon gets 600 (100 %): 0.5 ms, a guess: nobody has measured it, 60 % of 1,000 used (2,000 declared, 1,000 healthy); the cheapest.
    fra unused: 13.5 ms too expensive (14 ms, measured the other way round, 50 % of 2,000 used).
    nyc unused: 69.5 ms too expensive (70 ms, 20 % of 2,000 used).
    fra-1 has weight 0 from lon: nothing is sent to its site.
    fra-2 has weight 0 from lon: nothing is sent to its site.
    lon-1 has weight 100 from lon: lon gets 100 %, of that 100 % by its capacity of 1,000.
    lon-2 has weight 0 from lon: it has failed.
    nyc-1 has weight 0 from lon: nothing is sent to its site.
    nyc-2 has weight 0 from lon: nothing is sent to its site.
    Inputs 4 s old at most. Demand of lon 3 s old.
    No override.
    "
  `);
});

test('orders, with those that they hide', () => {
  const overrides = [
    until(1, { name: 'drain-lon', subject: { kind: 'site', name: 'lon' } }),
    until(2, {
      name: 'lon-half',
      subject: { kind: 'site', name: 'lon' },
      order: { kind: 'pin', sharePermille: 500 },
    }),
    until(30, { name: 'away', owner: 'bob', order: { kind: 'bias', biasMs: 20 } }),
    until(1, {
      name: 'cap',
      subject: { kind: 'realServer', name: 'nyc-1' },
      order: { kind: 'cap', connections: 90 },
    }),
  ];
  const input = optimalInput({
    world: world({ services: [service({ placement: 'optimal' })], overrides }),
  });
  expect(text(input)).toMatchInlineSnapshot(`
    "
    web at the directors of lon, as planned at 12:03:25 UTC.
    lon wants 600 connections: 12 new a second that last 50 s.
    600 of 600 go elsewhere.
    fra gets 600 (100 %): 34 ms (14 p50 + 20 by order), measured the other way round, 80 % of 2,000 used; one more would cost 15 ms besides.
    lon unused: an operator ordered it.
    nyc unused: 21 ms too expensive (70 ms, 37 % of 1,090 used).
    fra-1 has weight 100 from lon: fra gets 100 %, of that 50 % by its capacity of 1,000.
    fra-2 has weight 100 from lon: fra gets 100 %, of that 50 % by its capacity of 1,000.
    lon-1 has weight 0 from lon: it is drained.
    lon-2 has weight 0 from lon: it is drained.
    nyc-1 has weight 0 from lon: nothing is sent to its site.
    nyc-2 has weight 0 from lon: nothing is sent to its site.
    Inputs 4 s old at most. Demand of lon 3 s old.
    Override away: bias of 20 ms on fra, by bob (works on the line) until 2026-05-02 18:03:25 UTC.
    Override drain-lon: drain of lon, by ann (works on the line) until 13:03:25 UTC; it hides lon-half (pin).
    Override cap: cap of 90 connections on real server nyc-1, by ann (works on the line) until 13:03:25 UTC.
    "
  `);
});

test('what is stale, estimated, and on its way', () => {
  const base = optimalInput({
    flows: [{ service: 'web', flows: [{ from: 'lon', to: 'fra', milli: 1_000_000 }] }],
  });
  const [lon, nyc] = [
    { ...fresh, freshness: 'frozen', ageMs: 90_000, inflowMayGrow: false } as const,
    { ...fresh, freshness: 'lost', ageMs: 300_000, inflowMayGrow: false, flagged: true } as const,
  ];
  const observation = {
    ...base.observation,
    demands: [
      demand('lon', 1_000, {
        demand: { milliConnections: 850_000, bound: 'low', lifetimeSeconds: 50, heldPeakMilli: 1_000_000 },
      }),
    ],
    sites: [
      { site: 'lon', standing: lon },
      { site: 'nyc', standing: nyc },
    ],
    active: [{ service: 'web', from: 'lon', to: 'lon', connections: 70 }],
  };
  expect(text({ ...base, observation }, { realServer: 'fra-2' })).toMatchInlineSnapshot(`
    "
    web at the directors of lon, as planned at 12:03:25 UTC.
    lon wants 850 connections: 20 new a second that last 50 s, but no less than 0.85 of the peak of 1,000.
    850 of 850 go elsewhere.
    fra gets 850 (100 %): 14 ms, measured the other way round, 43 % of 2,000 used; the cheapest.
    lon unused: no more may go there (0.5 ms, a guess: nobody has measured it, 0 % of 1,737 used (2,000 declared, 70 carried over, 0.9 trusted)).
    nyc unused: no more may go there (70 ms, 0 % of 2,000 used).
    fra-2 has weight 100 from lon: fra gets 100 %, of that 50 % by its capacity of 1,000.
    Inputs 5 min old at most. Demand of lon 3 s old.
    lon was last heard 90 s ago: 0.9 of its capacity counts, and no more may go there.
    nyc was last heard 5 min ago: its declared capacity counts, and no more may go there.
    No override.
    "
  `);
});

test('a service of another policy', () => {
  const input = optimalInput({ world: world({ services: [service({ placement: 'local' })] }) });
  expect(text(input)).toMatchInlineSnapshot(`
    "
    web at the directors of lon is placed by policy local: its own site first, then the nearest, each by declared capacity; demand plays no part.
    First: lon-1 (lon) 100, lon-2 (lon) 100.
    Where tier 1 fails: nyc-1 (nyc) 100, nyc-2 (nyc) 100.
    Where tier 2 fails: fra-1 (fra) 100, fra-2 (fra) 100.
    "
  `);
});

describe('what is not there is answered with what there is', () => {
  it.each([
    [{ service: 'shop' }, 'explain: found the service "shop", expected one: web'],
    [
      { from: 'ams' },
      'explain: found the site "ams", expected one with a director that claims web: fra, lon, nyc',
    ],
    [
      { realServer: 'lon-9' },
      'explain: found the real server "lon-9", expected one that web selects: fra-1, fra-2, lon-1, lon-2, nyc-1, nyc-2',
    ],
  ])('%j', (question, message) => {
    const ask = () => text(optimalInput(), question);
    expect(ask).toThrow(expect.objectContaining({ code: 'not-found', message }));
  });
});

test('weights that are not worth a write stay, and it says which would be right', () => {
  const input = crowded();
  const first = latestPlan(input);
  const weights =
    first.placed.flatMap(({ sites }) => sites).find(({ site }) => site === 'lon')?.weights.servers ?? [];
  const previous = new Map([
    [
      'web',
      new Map([
        ['lon', new Map(weights.map(({ name, weight }) => [name, name === 'lon-1' ? weight - 1 : weight]))],
      ]),
    ],
  ]);
  const question = { service: 'web', from: 'lon', realServer: 'lon-1' };
  const sentences = explanationText(explainService(latestPlan(input, { previous }), [], question));
  expect(sentences).toContainEqual(expect.stringContaining('lon-1 has weight 99 from lon'));
  expect(sentences).toContainEqual(expect.stringContaining('100 would be right, but is not worth a write'));
});
