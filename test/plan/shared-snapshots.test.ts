/** Snapshots that share what is the same of sites, agents and worlds, against each agent's made by itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeHostOperation, emptyHostState } from '../../src/domain/host-state.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { planOperations } from '../../src/plan/agent-plan.ts';
import { directorHost } from '../../src/plan/director-host.ts';
import { directorTable, type HealthView } from '../../src/plan/director-table.ts';
import { diffHost } from '../../src/plan/host-diff.ts';
import { describeIpvsOperation, diffIpvs } from '../../src/plan/ipvs-diff.ts';
import { createSnapshots } from '../../src/plan/snapshots.ts';
import { drawnWorld } from './drawn-worlds.ts';
import { director, realServer, service, world } from './fixtures.ts';
import { plainDirector, plainRealServer } from './plain-snapshots.ts';

const allHealthy: HealthView = { path: () => 'up', application: () => 'healthy' };

test('they are what each agent gets by itself, whatever world came before', () => {
  fc.assert(
    fc.property(fc.array(drawnWorld, { minLength: 1, maxLength: 3 }), (worlds) => {
      const make = createSnapshots();
      const opened = worlds.map((one) => [one, atOnce(make(one))] as const);
      // Also of the worlds before the last: a plan has two open at a time.
      for (const [given, snapshots] of opened) {
        for (const one of given.directors)
          expect(atOnce(snapshots.director(one))).toEqual(plainDirector(given, one));
        for (const one of given.realServers)
          expect(snapshots.realServer(one)).toEqual(plainRealServer(given, one));
      }
    }),
    { seed: 42, numRuns: 400 },
  );
});

test('what is the same for the directors of a site, and from world to world, is made once', () => {
  const directors = ['fra-d', 'fra-e'].map((name) => director(name));
  const services = [service({ name: 'a' }), service({ name: 'b', vips: ['192.0.2.11'] })];
  const given = world({ directors, services });
  const make = createSnapshots();
  const before = atOnce(make(given));
  const [first, second] = directors.map((one) => atOnce(before.director(one)));
  expect(second?.services[0]).toBe(first?.services[0]);
  expect(second?.realServers[2]).toBe(first?.realServers[2]);
  const [a, b] = services;
  const changed = { ...service({ name: 'b', vips: ['192.0.2.12'] }) };
  const after = atOnce(make({ ...given, services: a && b ? [a, changed] : [], latency: [...given.latency] }));
  const [next] = directors.map((one) => atOnce(after.director(one)));
  expect(next?.services[0]).toBe(first?.services[0]);
  expect(next?.services[1]).not.toBe(first?.services[1]);
  expect(next?.realServers[0]).toBe(first?.realServers[0]);
  const [member] = given.realServers;
  if (member === undefined) throw new Error('a world without real servers');
  expect(after.realServer(member).services[0]).toBe(before.realServer(member).services[0]);
  expect(after.realServer(member).directors[0]).toBe(before.realServer(member).directors[0]);
});

/** What of a world is another one. */
const changes = [
  ['sites', 'services', 'directors', 'realServers', 'realServerPolicies', 'overrides', 'latency'],
  ['sites'],
  ['services'],
  ['directors'],
  ['realServers'],
  ['realServerPolicies', 'overrides'],
] as const;

test('a plan tells the operations between whole tables and hosts, whatever it leaves out', () => {
  fc.assert(
    fc.property(
      drawnWorld,
      drawnWorld,
      fc.constantFrom(...changes),
      fc.boolean(),
      (before, drawn, changing, isGre) => {
        const sites = isGre ? before.sites.map((one) => ({ ...one, tunnel: 'gre' as const })) : drawn.sites;
        const other = { ...drawn, sites };
        // What does not change is the same value in both, as in the store.
        const after = { ...before, ...Object.fromEntries(changing.map((part) => [part, other[part]])) };
        const plans = new Map(
          atOnce(planOperations(before, after)).map(({ name, operations }) => [name, operations]),
        );
        for (const one of after.directors) {
          const was = before.directors.find(({ name }) => name === one.name);
          const old = was && plainDirector(before, was);
          const next = plainDirector(after, one);
          const table = old === undefined ? [] : directorTable(old, allHealthy, []);
          const host = old === undefined ? emptyHostState : directorHost(old);
          const operations = [
            ...diffHost(directorHost(next), host, host).map(describeHostOperation),
            ...diffIpvs(directorTable(next, allHealthy, table), table, () => true).map(describeIpvsOperation),
          ];
          // What is unknown of the host is told in other words.
          const known = (text: string): boolean => !text.includes('sysctl');
          expect((plans.get(one.name) ?? []).filter(known)).toEqual(operations.filter(known));
        }
      },
    ),
    { seed: 42, numRuns: 400 },
  );
});

test('a service that changes among many concerns its own real servers, and others get turns meanwhile', () => {
  const services = Array.from({ length: 40 }, (_, index) =>
    service({ name: `s${index}`, vips: [`192.0.2.${index}`], selector: { app: `a${index}` } }),
  );
  const realServers = services.flatMap((_, index) =>
    Array.from({ length: 5 }, (_, each) =>
      realServer(`r${index}-${each}`, {
        site: 'fra',
        labels: { app: `a${index}` },
        probeSlot: 5 * index + each + 1,
      }),
    ),
  );
  const given = world({ services, realServers });
  const [first, ...others] = services;
  if (first === undefined) throw new Error('no services');
  const steps = planOperations(given, {
    ...given,
    services: [{ ...first, vips: ['198.51.100.1'] }, ...others],
  });
  let turns = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) turns += 1;
  expect(step.value.map(({ name }) => name)).toEqual([
    ...given.directors.map(({ name }) => name),
    ...realServers.slice(0, 5).map(({ name }) => name),
  ]);
  expect(turns).toBeGreaterThan(realServers.length);
});
