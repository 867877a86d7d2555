// Who gets connections at all, and how shares become weights: properties 1, 2, 3 (second half), 12 and 15.
// Of one service's weights alone, at random beyond what a world gives: ../weights/properties.test.ts.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { schedulerFacts } from '../../../src/domain/ipvs-table.ts';
import type { Service } from '../../../src/domain/resource.ts';
import { governing } from '../../../src/plan/estimate/overrides.ts';
import { wayUnder } from '../../../src/plan/forwarding.ts';
import { selects } from '../../../src/plan/selection.ts';
import { weightFromTerms } from '../../../src/plan/weights/explain-terms.ts';
import { gcdOf } from '../../../src/plan/weights/gcd.ts';
import { exactSiteWeight } from '../../../src/plan/weights/scale.ts';
import { strengthOf } from '../../../src/plan/weights/strength.ts';
import { rowsOf, type Seen, sumOf, tick } from './pipeline.ts';
import { nowMs, worlds } from './worlds.ts';

const thousand = { seed: 42, numRuns: 1_000 } as const;

/** As the specification says it, from the resources: may connections of that site's directors go to these real servers? */
function standings({ world, observation }: Seen, service: Service, site: string) {
  const directors = world.directors.filter((one) => one.site === site);
  return world.realServers
    .filter((one) => selects(service, one))
    .map((one) => {
      const policy = world.realServerPolicies.find(({ name }) => name === one.name);
      const isOrdered = (kind: 'site' | 'realServer', name: string) =>
        governing(world.overrides, { kind, name }, service.name, nowMs).governs?.order.kind === 'drain';
      const seen = observation.servers
        .find(({ name }) => name === one.name)
        ?.services.find((each) => each.service === service.name);
      return {
        name: one.name,
        isDrained:
          policy?.drain === true ||
          policy?.weight === 0 ||
          isOrdered('site', one.site) ||
          isOrdered('realServer', one.name),
        isReached: directors.some((each) => wayUnder(service.forwarding, each, one) !== undefined),
        isDown: seen?.isConfirmedDown === true,
      };
    });
}

test('1. weight 0 for confirmed-unhealthy, drained, ineligible (but failOpen)', () => {
  fc.assert(
    fc.property(worlds(), fc.boolean(), ({ now, before }, safety) => {
      const { placed, after } = tick(now, before, safety);
      for (const { service: name, site } of placed) {
        const service = now.world.services.find((one) => one.name === name);
        const weights = after.weights.get(name)?.get(site);
        if (service === undefined || weights === undefined) throw new Error(name);
        const all = standings(now, service, site);
        expect([...weights.keys()].toSorted()).toEqual(all.map((one) => one.name).toSorted());
        const isAnyUp = all.some(({ isDrained, isReached, isDown }) => isReached && !isDrained && !isDown);
        for (const { name: server, isDrained, isReached, isDown } of all) {
          const isOut = isDrained || !isReached || (isDown && (isAnyUp || !service.failOpen));
          if (isOut) expect(weights.get(server), `${name} ${site} ${server}`).toBe(0);
        }
      }
    }),
    thousand,
  );
});

test('1. nothing flows to a site that is drained, or out of reach', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      for (const { service, from, flows } of rowsOf(tick(now, before).plan)) {
        const declared = now.world.services.find(({ name }) => name === service.name);
        const isOwnSiteOnly = declared?.forwarding === 'direct' || declared?.forwarding === 'masquerade';
        for (const { to, milli } of flows) {
          const { governs } = governing(now.world.overrides, { kind: 'site', name: to }, service.name, nowMs);
          if (governs?.order.kind === 'drain' || (isOwnSiteOnly && to !== from)) expect(milli).toBe(0);
        }
      }
    }),
    thousand,
  );
});

test('2. Σw > 0 for a (director, service) if anything is healthy', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      for (const { service: name, site, weights } of tick(now, before).placed) {
        const service = now.world.services.find((one) => one.name === name);
        if (service === undefined) throw new Error(name);
        const isAnyUp = standings(now, service, site).some(
          ({ isDrained, isReached, isDown }) => isReached && !isDrained && !isDown,
        );
        const sum = sumOf(weights.servers.map(({ weight }) => weight));
        if (isAnyUp) expect(sum, `${name} ${site}`).toBeGreaterThan(0);
      }
    }),
    thousand,
  );
});

test('3. integer share error ≤ 1/Σw a server, or an aperture is recorded', () => {
  fc.assert(
    fc.property(worlds(), ({ now, before }) => {
      const { placed, after } = tick(now, before, true);
      for (const { service, site: from, weights } of placed) {
        const flows = after.flows.find((one) => one.service === service)?.flows ?? [];
        const isMh = now.world.services.find(({ name }) => name === service)?.scheduler === 'mh';
        for (const [site, members] of Map.groupBy(weights.servers, (one) => one.site)) {
          const carriers = members.flatMap(({ weight, terms }) => {
            const capacity = terms.find(({ kind }) => kind === 'server-share');
            const slowStart = terms.find(({ kind }) => kind === 'slow-start');
            const holdDown = terms.find(({ kind }) => kind === 'hold-down');
            if (capacity?.kind !== 'server-share') return [];
            if (slowStart?.kind !== 'slow-start' || holdDown?.kind !== 'hold-down') return [];
            const strength = strengthOf(capacity.capacity, slowStart.perMille, holdDown.perMille);
            return [{ weight, strength }];
          });
          // One alone under mh has the weight 1, which is the share of all as well.
          const isAlone = isMh && weights.servers.filter(({ weight }) => weight > 0).length === 1;
          const isAperture = weights.apertures.some((aperture) => aperture.site === site);
          const sum = sumOf(carriers.map(({ weight }) => weight));
          const strengths = sumOf(carriers.map(({ strength }) => strength));
          for (const { weight, strength } of carriers)
            if (!isAperture)
              expect(Math.abs(weight * strengths - strength * sum)).toBeLessThanOrEqual(strengths);
          const terms = members.find((one) => one.terms.length > 3)?.terms ?? [];
          const share = terms.find(({ kind }) => kind === 'site-share');
          const scale = terms.find(({ kind }) => kind === 'scale');
          if (share?.kind !== 'site-share' || scale?.kind !== 'scale' || isAperture || isAlone) continue;
          if (share.basis.flows)
            expect(share.flow).toBe(flows.find((one) => one.from === from && one.to === site)?.milli);
          const { numerator, denominator } = exactSiteWeight(share.flow, scale);
          const off = BigInt(sum) * denominator - numerator;
          // The pin of mh's gcd is worth one more.
          const most = isMh ? 2n * denominator : denominator;
          expect(off <= most && -off <= most, `${service} ${from} ${site}`).toBe(true);
        }
      }
    }),
    thousand,
  );
});

test('12. weights in the scheduler’s range, mh’s gcd 1', () => {
  fc.assert(
    fc.property(worlds(), fc.boolean(), ({ now, before }, safety) => {
      for (const { service, weights } of tick(now, before, safety).placed) {
        const scheduler = now.world.services.find(({ name }) => name === service)?.scheduler ?? 'rr';
        const all = weights.servers.map(({ weight }) => weight);
        for (const weight of all) {
          expect(Number.isInteger(weight) && weight >= 0).toBe(true);
          expect(weight).toBeLessThanOrEqual(schedulerFacts[scheduler].largestWeight);
        }
        if (scheduler === 'mh') expect(gcdOf(all)).toBeLessThanOrEqual(1);
      }
    }),
    thousand,
  );
});

test('15. the explanation’s terms give the weight exactly', () => {
  fc.assert(
    fc.property(worlds(), fc.boolean(), ({ now, before }, safety) => {
      for (const { weights } of tick(now, before, safety).placed)
        for (const { name, weight, terms } of weights.servers)
          expect(weightFromTerms(terms), name).toBe(weight);
    }),
    thousand,
  );
});
