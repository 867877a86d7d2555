/** The status as a large fleet is told of it, against the plain way of finding the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drainsOf } from '../../../src/coordinator/serve/drain-status.ts';
import { statusOf } from '../../../src/coordinator/serve/fleet-status.ts';
import { serviceStatuses } from '../../../src/coordinator/serve/service-status.ts';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import type { PathReport } from '../../../src/domain/report.ts';
import type { DrainStatus, Status } from '../../../src/domain/status.ts';
import { atOnce, type Steps } from '../../../src/domain/steps.ts';
import type { World } from '../../../src/domain/world.ts';
import { compareText } from '../../../src/plan/order.ts';
import { isEligible } from '../../../src/plan/placement-policy.ts';
import { plannedRealServers, selects, underOrders } from '../../../src/plan/selection.ts';
import { director, override, realServer, service, site, world } from '../../plan/fixtures.ts';

const labels = ['web', 'api', 'mail'];
const drawn = fc
  .record({
    servers: fc.array(
      fc.record({ app: fc.constantFrom(...labels), site: fc.constantFrom('fra', 'lon', 'xxx') }),
      {
        maxLength: 12,
      },
    ),
    services: fc.array(fc.constantFrom(...labels, undefined), { minLength: 1, maxLength: 6 }),
    drains: fc.array(fc.record({ server: fc.nat(11), service: fc.option(fc.nat(5)), site: fc.boolean() }), {
      maxLength: 3,
    }),
    heard: fc.array(
      fc.record({
        director: fc.nat(2),
        service: fc.nat(5),
        server: fc.nat(11),
        weight: fc.integer({ min: -1, max: 2 }),
      }),
      { maxLength: 40 },
    ),
  })
  .map(({ servers, services, drains, heard }) => {
    const given: World = world({
      sites: [site('fra'), site('lon')],
      directors: ['fra-d', 'lon-d', 'lon-e'].map((name) => director(name)),
      services: services.map((app, index) =>
        service({ name: `s${index}`, selector: app === undefined ? {} : { app } }),
      ),
      realServers: servers.map(({ app, site: where }, index) =>
        realServer(`r${index}`, { site: where, labels: { app } }),
      ),
      overrides: drains.map(({ server, service: which, site: isSite }, index) =>
        override({
          name: `o${index}`,
          subject: isSite ? { kind: 'site', name: 'lon' } : { kind: 'realServer', name: `r${server}` },
          services: which === null ? [] : [`s${which}`],
        }),
      ),
    });
    const agents = createAgentRecords();
    for (const [index, { name }] of given.directors.entries()) {
      const record = agents.get('director', name);
      record.stream = { peer: name, send: () => {}, holds: () => {}, close: () => {} };
      const own = heard.filter((one) => one.director === index);
      const unique = new Map(own.map((one) => [`${one.service} ${one.server}`, one]));
      const destinations = [...unique.values()].map((one) => ({
        service: `s${one.service}`,
        realServer: `r${one.server}`,
        weight: one.weight,
        activeConnections: one.server + 1,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 0,
      }));
      record.report = { ...record.report, destinations };
    }
    return { given, agents };
  });

/** Each real server of each service, each report of each director. */
function plainDrains(given: World, agents: ReturnType<typeof createAgentRecords>): DrainStatus[] {
  return given.services
    .toSorted((a, b) => compareText(a.name, b.name))
    .flatMap((one) =>
      plannedRealServers(given)
        .filter((server) => selects(one, server) && !isEligible(underOrders(given, one, server)))
        .map(({ name }): DrainStatus => {
          const told = given.directors
            .flatMap((who) => agents.find('director', who.name)?.report.destinations ?? [])
            .filter((to) => to.service === one.name && to.realServer === name);
          const present = told.filter(({ weight }) => weight >= 0);
          const state = present.length > 0 ? 'draining' : told.length > 0 ? 'drained' : 'unknown';
          const connections = present.reduce((sum, { activeConnections }) => sum + activeConnections, 0);
          return { service: one.name, realServer: name, state, connections };
        })
        .toSorted((a, b) => compareText(a.realServer, b.realServer)),
    );
}

test('drains are those that going through everything finds', () => {
  fc.assert(
    fc.property(drawn, ({ given, agents }) => {
      expect(atOnce(drainsOf(given, agents))).toEqual(plainDrains(given, agents));
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('services have the real servers that going through everything finds', () => {
  fc.assert(
    fc.property(drawn, ({ given, agents }) => {
      const input = { world: given, agents, unsupervised: [], monotonicMs: 0 };
      const found = atOnce(serviceStatuses(input)).map(({ name, realServers }) => [name, realServers]);
      expect(found).toEqual(
        given.services.map((one) => [
          one.name,
          given.realServers.filter((server) => selects(one, server)).length,
        ]),
      );
    }),
    { seed: 42, numRuns: 300 },
  );
});

function path(name: string, changes: Partial<PathReport> = {}): PathReport {
  const rtt = { rttP50Us: 1, rttP90Us: 1, loss: 0, answered: 1 };
  return { realServer: name, state: 'up', sinceMs: 0, ...rtt, agent: 'present', knock: 'works', ...changes };
}

function statusWith(paths: readonly PathReport[], isSummary: boolean, given = world()): Steps<Status> {
  const agents = createAgentRecords();
  const record = agents.get('director', 'fra-d');
  const destinations = [
    {
      service: 'web',
      realServer: 'fra-1',
      weight: 1,
      activeConnections: 1,
      connections: 1,
      bytesIn: 1,
      countedSinceMs: 1,
    },
  ];
  record.report = { ...record.report, paths, destinations };
  return statusOf({
    world: given,
    agents,
    unsupervised: [{ realServer: 'told', reason: 'absent', sinceMs: 0 }],
    monotonicMs: 0,
    revision: 1,
    coordinator: 'c',
    startedMs: 0,
    troubles: [],
    isSummary,
  });
}

function fraOf(paths: readonly PathReport[], isSummary: boolean) {
  const status = atOnce(statusWith(paths, isSummary));
  return { status, fra: status.agents.find(({ name }) => name === 'fra-d') };
}

test('a summary tells of paths what needs attention, and nothing of destinations', () => {
  const { status, fra } = fraOf(
    [
      path('well'),
      path('down', { state: 'down' }),
      path('gone', { state: 'gone' }),
      path('new', { state: 'unknown' }),
      path('silent', { agent: 'absent' }),
      path('told', { agent: 'absent' }),
      path('filtered', { knock: 'unanswered' }),
    ],
    true,
  );
  expect(fra?.paths.map(({ realServer }) => realServer)).toEqual(['down', 'gone', 'silent', 'filtered']);
  expect(fra?.destinations).toEqual([]);
  expect(status.isSummary).toBe(true);
});

test('who asks for everything gets everything, as long as it can be told', () => {
  const whole = fraOf([path('well')], false);
  expect([whole.status.isSummary, whole.fra?.paths.length, whole.fra?.destinations.length]).toEqual([
    false,
    1,
    1,
  ]);
  const many = Array.from({ length: 200_000 }, (_, index) => path(`r${index}`, { state: 'down' }));
  const cut = fraOf(many, false);
  expect([cut.status.isSummary, cut.fra?.paths.length, cut.fra?.pathsLeftOut]).toEqual([
    true,
    1_000,
    199_000,
  ]);
});

test('others get turns between services and agents', () => {
  const services = Array.from({ length: 50 }, (_, index) => service({ name: `s${index}` }));
  const steps = statusWith([], true, world({ services }));
  let turns = 0;
  while (steps.next().done !== true) turns += 1;
  expect(turns).toBeGreaterThan(2 * services.length);
});

test('what is told later changes no status that is being made', () => {
  const agents = createAgentRecords();
  const record = agents.get('director', 'fra-d');
  const copy = agents.copy();
  record.refusal = 'later';
  agents.keepMembers(() => false);
  expect(copy.find('director', 'fra-d')?.refusal).toBe('');
  expect(copy.connected()).toEqual([]);
});

test('what agents found on their hosts is told as far as an answer goes, commands and all', () => {
  const agents = createAgentRecords();
  const record = agents.get('director', 'fra-d');
  const finding = { id: 'arp', level: 'fails', what: 'w', why: '', mend: 'm'.repeat(1_000_000) } as const;
  record.report = {
    ...record.report,
    examination: { findings: Array.from({ length: 32 }, () => finding), well: 1, sinceMs: 1 },
  };
  const input = { world: world(), agents, unsupervised: [], monotonicMs: 0, revision: 1, coordinator: 'c' };
  const status = atOnce(
    statusOf({ ...input, startedMs: 0, troubles: [], isSummary: true, withExaminations: true }),
  );
  expect(JSON.stringify(status).length).toBeLessThan(5_000_000);
  const { findings = [] } = status.agents.find(({ name }) => name === 'fra-d')?.examination ?? {};
  expect(findings.map(({ id }) => id)).toEqual(['arp', 'arp', 'arp', 'left-out']);
});
