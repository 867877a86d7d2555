import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { atOnce } from '../../../src/domain/steps.ts';
import { concernedGroups, restricted } from '../../../src/plan/optimal/concerned.ts';
import { flowSituation, type OptimalInput } from '../../../src/plan/optimal/flow-input.ts';
import type { ServiceGroup } from '../../../src/plan/optimal/groups.ts';
import { mergedPlan, mergedWeights } from '../../../src/plan/optimal/merged.ts';
import { plannedWeightsOf } from '../../../src/plan/optimal/server-weights.ts';
import { service, world } from '../fixtures.ts';
import { demand, everywhere, latestPlan, optimalInput } from './situations.ts';
import { anyWorld } from './worlds.ts';

/** As a coordinator observes it when these groups alone are concerned. */
function partOf(input: OptimalInput, groups: readonly ServiceGroup[]): OptimalInput {
  const world = restricted(input.world, groups);
  const services = new Set(world.services.map(({ name }) => name));
  const servers = new Set(world.realServers.map(({ name }) => name));
  const { demands, servers: all, sites, active } = input.observation;
  const observation = {
    demands: demands.filter(({ service }) => services.has(service)),
    servers: all.filter(({ name }) => servers.has(name)),
    sites,
    active: active.filter(({ service }) => services.has(service)),
  };
  return { ...input, world, observation };
}

describe('a plan of some groups', () => {
  it('is that of everything, as far as they go', () => {
    fc.assert(
      fc.property(anyWorld, ({ input, previous, isFirst, safety }) => {
        const before = { previous: isFirst ? new Map() : everywhere(input.world, previous), safety };
        const all = latestPlan(input, before);
        for (const { group } of all.situation.groups) {
          const part = latestPlan(partOf(input, [group]), before);
          expect(part.plan.services.map(({ name }) => name)).toEqual(group.services.map(({ name }) => name));
          expect(mergedPlan(all, { ...part, world: input.world })).toEqual(all);
        }
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  it('replaces what was planned of them, and nothing else', () => {
    const input = twoGroups();
    const all = latestPlan(input);
    const groups = all.situation.groups.map(({ group }) => group);
    const busier = { ...input.observation, demands: [demand('fra', 1_900), demand('lon', 600)] };
    const again = latestPlan(partOf({ ...input, observation: busier }, groups.slice(1)));
    const merged = mergedPlan(all, again);
    expect(groups.map((group) => group.services.map(({ name }) => name))).toEqual([['shop'], ['web']]);
    expect(merged.plan.services).toEqual([all.plan.services[0], again.plan.services[0]]);
    expect(merged.plan.pools).toEqual([all.plan.pools[0], again.plan.pools[0]]);
    expect(merged.placed.map(({ service }) => service)).toEqual(all.placed.map(({ service }) => service));
    expect(merged.placed[0]).toBe(all.placed[0]);
  });

  it('tells directors the same value of whatever stays as it is', () => {
    const input = twoGroups();
    const all = latestPlan(input);
    const planned = plannedWeightsOf(all.placed);
    expect(mergedWeights(planned, all)).toBe(planned);
    const gone = { ...all, placed: all.placed.map(({ service }) => ({ service, sites: [] })) };
    expect([planned.has('web'), mergedWeights(planned, gone).has('web')]).toEqual([true, false]);
  });

  it('counts what services of other policies have on the same real servers', () => {
    const { world: everything, ...rest } = optimalInput();
    const other = service({ name: 'batch', placement: 'latency' });
    const active = [{ service: 'batch', from: 'lon', to: 'fra', connections: 300 }];
    const observation = { ...rest.observation, active };
    const input = {
      ...rest,
      world: { ...everything, services: [...everything.services, other] },
      observation,
    };
    const all = atOnce(flowSituation(input));
    const groups = all.groups.map(({ group }) => group);
    const part = atOnce(flowSituation(partOf(input, groups)));
    expect(part).toEqual(all);
    expect(part.groups[0]?.chains.find(({ site }) => site === 'fra')?.carryOverMilli).toBe(300_000);
  });
});

it('finds the groups by the real servers that carry them', () => {
  const { world: given } = twoGroups();
  const named = (...names: string[]) =>
    concernedGroups(given, new Set(names)).flatMap((group) => group.services.map(({ name }) => name));
  expect(named('fra-1')).toEqual(['web']);
  expect(named('stranger')).toEqual([]);
});

/** `web` as ever, and `shop`, which nobody carries. */
function twoGroups() {
  return optimalInput({
    world: world({
      services: [
        service({ placement: 'optimal' }),
        service({ name: 'shop', placement: 'optimal', selector: { app: 'shop' } }),
      ],
    }),
  });
}
