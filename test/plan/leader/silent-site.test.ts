import { expect, test } from 'vitest';
import { atOnce } from '../../../src/domain/steps.ts';
import { unmeasuredCapacity } from '../../../src/plan/estimate/capacity.ts';
import { standingAt } from '../../../src/plan/estimate/staleness.ts';
import { type LeaderMemory, nothingYet, scopeOf, step } from '../../../src/plan/leader/step.ts';
import type { Observation } from '../../../src/plan/optimal/observation.ts';
import { director, latency, realServer, service, site, world } from '../fixtures.ts';

const sites = ['fra', 'lon'] as const;
const fleet = world({
  sites: sites.map((name) => site(name)),
  services: [service({ name: 'web', placement: 'optimal', sites: [...sites] })],
  directors: sites.map((name) => director(`${name}-d`)),
  realServers: sites.map((name) => realServer(`${name}-1`, { capacity: 100 })),
  latency: [latency('fra', 'lon', 14), latency('lon', 'fra', 14)],
});

/** A hundred connections in sight, half of them at each site; `failed`: whom nobody reaches. */
function observed(failed: readonly string[], silent: readonly string[]): Observation {
  const demand = { milliConnections: 50_000, bound: 'none', heldPeakMilli: 50_000 } as const;
  return {
    demands: sites.map((name) => ({
      ...{ service: 'web', site: name, newPerSecond: 5, activeConnections: 50, ageMs: 0 },
      demand: { ...demand, lifetimeSeconds: 10 },
    })),
    servers: sites.map((name) => ({
      name: `${name}-1`,
      capacity: unmeasuredCapacity,
      services: [
        {
          ...{ service: 'web', isPanic: false, slowStartPerMille: 1_000, holdDownPerMille: 1_000 },
          isHealthy: !failed.includes(`${name}-1`),
          isConfirmedDown: failed.includes(`${name}-1`),
        },
      ],
    })),
    sites: sites.map((name) => ({
      site: name,
      standing: standingAt({ newestAtMs: 0, heard: true, returnedAtMs: undefined }, 0),
    })),
    active: [],
    silentSites: new Set(silent),
  };
}

function next(memory: LeaderMemory, observation: Observation, monotonicMs: number): LeaderMemory {
  const scope = scopeOf(memory, fleet, undefined, true, undefined);
  const input = { scope, observation, words: [], isTick: true, safety: true, cause: 'tick' };
  return atOnce(step(memory, { ...input, monotonicMs, atMs: monotonicMs })).memory;
}

const of = ({ flows, weights, withdrawals }: LeaderMemory, from: string) => ({
  flows: flows[0]?.flows.filter((flow) => flow.from === from),
  weights: weights?.get('web')?.get(from),
  claim: withdrawals.claims.web?.find((claim) => claim.site === from),
});

test('what a site carries of whose directors none is heard stays as it was, whatever is seen from outside, and when it is heard again', () => {
  const before = next(nothingYet, observed([], []), 0);
  expect([...(of(before, 'lon').weights ?? [])]).toEqual([
    ['fra-1', 0],
    ['lon-1', 100],
  ]);
  let memory = before;
  for (let tick = 1; tick <= 20; tick++) memory = next(memory, observed(['lon-1'], ['lon']), tick * 5_000);
  expect(of(memory, 'lon')).toEqual(of(before, 'lon'));
  expect(of(next(memory, observed([], []), 105_000), 'lon')).toEqual(of(before, 'lon'));
});

test('of one that is heard what has failed is left', () => {
  let memory = next(nothingYet, observed([], []), 0);
  for (let tick = 1; tick <= 20; tick++) memory = next(memory, observed(['lon-1'], []), tick * 5_000);
  expect([...(of(memory, 'lon').weights ?? [])]).toEqual([
    ['fra-1', 100],
    ['lon-1', 0],
  ]);
});
