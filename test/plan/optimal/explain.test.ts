import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainService } from '../../../src/plan/optimal/explain.ts';
import type { Explanation } from '../../../src/plan/optimal/explanation.ts';
import { explanationText } from '../../../src/plan/optimal/explanation-text.ts';
import type { LatestPlan } from '../../../src/plan/optimal/latest-plans.ts';
import { weightFromTerms } from '../../../src/plan/weights/explain-terms.ts';
import { everywhere, latestPlan } from './situations.ts';
import { type AnyWorld, anyWorld } from './worlds.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;

function latestOf({ input, previous, isFirst, safety }: AnyWorld): LatestPlan {
  return latestPlan(input, { previous: isFirst ? new Map() : everywhere(input.world, previous), safety });
}

function explanations(latest: LatestPlan): Explanation[] {
  return latest.placed
    .flatMap(({ sites }) => sites)
    .map(({ service, site }) => explainService(latest, [], { service, from: site }));
}

test('the terms of an explanation give every weight exactly, also after they have been JSON', () => {
  fc.assert(
    fc.property(anyWorld, (given) => {
      const latest = latestOf(given);
      for (const { service, site, weights } of latest.placed.flatMap(({ sites }) => sites)) {
        const explanation: Explanation = JSON.parse(
          JSON.stringify(explainService(latest, [], { service, from: site })),
        );
        const servers = explanation.policy === 'optimal' ? explanation.realServers : [];
        const planned = weights.servers.map(({ name, weight }) => [name, weight]);
        expect(servers.map(({ name, weight }) => [name, weight])).toEqual(planned);
        expect(servers.map(({ name, terms }) => [name, weightFromTerms(terms)])).toEqual(planned);
        expect(servers.map((server) => [server.name, server.weightFromTerms])).toEqual(planned);
      }
    }),
    thousand,
  );
});

test('an explanation loses nothing as JSON: no infinity, no date', () => {
  fc.assert(
    fc.property(anyWorld, (given) => {
      for (const explanation of explanations(latestOf(given))) {
        expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
      }
    }),
    { seed: 42, numRuns: 200 },
  );
});

test('the parts of every cost add up to it, and the ways to what the site sends', () => {
  fc.assert(
    fc.property(anyWorld, (given) => {
      const latest = latestOf(given);
      for (const explanation of explanations(latest)) {
        if (explanation.policy !== 'optimal') continue;
        for (const { cost } of explanation.ways) {
          expect(cost.p50Us + cost.jitterUs + cost.lossUs + cost.biasUs).toBe(cost.totalUs);
        }
        const plan = latest.plan.services.find(({ name }) => name === explanation.service);
        const sent = plan?.flows.filter(({ from }) => from === explanation.from) ?? [];
        expect(explanation.ways.map(({ to, milli }) => [to, milli])).toEqual(
          sent.map(({ to, milli }) => [to, milli]),
        );
      }
    }),
    { seed: 42, numRuns: 200 },
  );
});

test('every explanation can be told, without a figure that is none', () => {
  fc.assert(
    fc.property(anyWorld, (given) => {
      for (const explanation of explanations(latestOf(given))) {
        const text = explanationText(explanation).join('\n');
        expect(text).not.toMatch(/NaN|Infinity|undefined|null|\[object/);
        for (const server of explanation.policy === 'optimal' ? explanation.realServers : []) {
          expect(text).toContain(`${server.name} has weight ${server.weight} from ${explanation.from}`);
        }
      }
    }),
    { seed: 42, numRuns: 200 },
  );
});
