/** The rules of Terraform's core, each held by a case without Terraform. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  imported,
  planOf,
  type ResourceType,
  resourceFrom,
  resourceTypes,
  valuesNow,
} from '../../terraform/provider/core/resource-type.ts';
import { isList, isValues, unknown, type Value, type Values } from '../../terraform/provider/core/value.ts';
import { laterComplaints, planComplaints, stateComplaints } from './core-rules.ts';
import { filledIn, typeNamed, web } from './values.ts';

const nowMs = Date.parse('2030-01-01T00:00:00Z');
const service = typeNamed('service');
const order = { name: 'o', kind: 'drain', site: 'fra', owner: 'ops', reason: 'power' } as const;

function planned(type: ResourceType, config: Values, prior: Values | null = null): Values {
  const full = filledIn(type.attributes, config);
  const plan = planOf(type, full, prior);
  expect(planComplaints(type.attributes, { config: full, prior, planned: plan })).toEqual([]);
  return plan;
}

/** As the coordinator would have it. */
function resourceOf(type: ResourceType, values: Values) {
  const parsed = resourceFrom(type, values, nowMs);
  if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
  return parsed.resource;
}

describe('a planned value is the configuration’s, or stands in for what is not said', () => {
  it('a default is planned where nothing is said, at any depth', () => {
    expect(planned(service, web)).toMatchObject({
      scheduler: 'wrr',
      health: { type: 'tcp', interval_ms: 300 },
    });
    expect(planned(service, { ...web, health: { fall: 5 } })).toMatchObject({ health: { fall: 5, rise: 2 } });
  });

  it('what has no default stays null', () => {
    expect(planned(service, web)).toMatchObject({ sites: null, persistence: null, health: { path: null } });
  });

  it('what is said is planned as it is said', () => {
    const vips = ['2001:DB8::1', '192.0.2.10'];
    expect(planned(service, { ...web, vips, health: { type: 'http', path: '/' } })).toMatchObject({
      vips,
      health: { path: '/' },
    });
  });

  it.each<[string, ResourceType, Values, Values]>([
    ['a share', typeNamed('settings'), { removal: { services: '50.0%' } }, { removal: { services: '50%' } }],
    [
      'a time',
      typeNamed('override'),
      { ...order, expires: '2030-01-31T18:00:00+02:00' },
      { ...order, expires: '2030-01-31T16:00:00Z' },
    ],
  ])('%s in other words is no change', (_, type, before, after) => {
    const prior = planned(type, before);
    expect(planned(type, after, prior)).toEqual(prior);
  });

  it.each<[string, Values, Values]>([
    ['an address', { vips: ['2001:DB8::1'] }, { vips: ['2001:db8::1'] }],
    ['a port', { ports: ['80:80/tcp'] }, { ports: ['80/tcp'] }],
  ])('%s in a list, in other words, is a change of words alone', (_, before, after) => {
    const prior = planned(service, { ...web, ...before });
    const plan = planned(service, { ...web, ...after }, prior);
    expect(plan).toMatchObject(after);
    expect(resourceOf(service, plan)).toEqual(resourceOf(service, prior));
  });
});

describe('what is not known', () => {
  const port = (type: Value): Values => ({ ports: { '80/tcp': { type } } });
  it.each<[string, Values, Values]>([
    ['addresses', { vips: unknown }, { vips: ['192.0.2.10'] }],
    ['one of them', { vips: ['192.0.2.10', unknown] }, { vips: ['192.0.2.10', '192.0.2.11'] }],
    ['a part', { health: { type: 'http', path: unknown } }, { health: { type: 'http', path: '/x' } }],
    ['a part that is nothing', { health: { type: 'http', path: unknown } }, { health: { type: 'http' } }],
    ['the whole of it', { health: unknown }, { health: { type: 'http' } }],
    ['one port’s own', { health: port(unknown) }, { health: port('http') }],
    ['what has a default, and is nothing', { scheduler: unknown }, {}],
  ])('%s: stays so, and what is known does not change when it becomes known', (_, before, after) => {
    for (const prior of [null, planned(service, { ...web, scheduler: 'wlc', health: { fall: 9 } })]) {
      const first = planned(service, { ...web, ...before }, prior);
      expect(laterComplaints(first, planned(service, { ...web, ...after }, prior))).toEqual([]);
    }
  });

  it('an order that counts from the apply ends nobody knows when, until it is applied', () => {
    const override = typeNamed('override');
    const first = planned(override, { ...order, for: '30m' });
    expect(first.expires).toBe(unknown);
    const applied = { ...first, expires: '2030-01-01T00:30:00.000Z' };
    expect(stateComplaints(applied)).toEqual([]);
    // It goes on as long as nobody says another span.
    expect(planned(override, { ...order, for: '30m' }, applied)).toEqual(applied);
    expect(planned(override, { ...order, for: '30m', reason: 'still' }, applied).expires).toBe(
      applied.expires,
    );
    expect(planned(override, { ...order, for: '1h' }, applied).expires).toBe(unknown);
    expect(planned(override, { ...order, for: unknown }, applied).expires).toBe(unknown);
  });
});

describe('reading keeps the words of whoever wrote them', () => {
  it.each<[string, ResourceType, Values]>([
    ['addresses, ports', service, { ...web, vips: ['2001:DB8::1', '192.0.2.10'], ports: ['80:80/tcp'] }],
    ['null stays null, where something goes without saying', service, { ...web, health: { type: 'https' } }],
    [
      'what is said though it goes without saying',
      service,
      { ...web, health: { type: 'http', path: '/', expect: ['200'], host: '' } },
    ],
    ['an empty mapping', service, { ...web, health: { type: 'http', headers: {} } }],
    ['a persistence of none', service, { ...web, persistence: { seconds: 0 } }],
    ['shares', typeNamed('settings'), { removal: { services: '12.0%' } }],
    [
      'rights',
      typeNamed('settings'),
      {
        operators: [
          { name: 'ada', services: ['web', 'mail'] },
          { name: 'bob', sites: ['*'] },
        ],
      },
    ],
    ['times', typeNamed('override'), { ...order, expires: '2030-01-31T18:00:00+02:00' }],
  ])('%s', (_, type, config) => {
    const state = planned(type, config);
    expect(valuesNow(type, state, resourceOf(type, state), nowMs)).toEqual(state);
  });

  it('what somebody changed by hand is told, and only that', () => {
    const state = planned(service, { ...web, vips: ['2001:DB8::1'], health: { type: 'http' } });
    const theirs = planned(service, {
      ...web,
      vips: ['2001:DB8::1', '192.0.2.99'],
      health: { type: 'http', path: '/x' },
    });
    expect(valuesNow(service, state, resourceOf(service, theirs), nowMs)).toEqual({
      ...state,
      vips: ['2001:DB8::1', '192.0.2.99'],
      health: { ...(state.health as Values), path: '/x' },
    });
  });

  it('what is gone by hand is null, or its default', () => {
    const state = planned(service, { ...web, sites: ['fra'], scheduler: 'wlc', drain_seconds: 5 });
    const now = valuesNow(service, state, resourceOf(service, planned(service, web)), nowMs);
    expect(now).toMatchObject({ sites: null, scheduler: 'wrr', drain_seconds: null });
  });
});

describe('importing', () => {
  it.each<[string, ResourceType, Values]>([
    ['a site', typeNamed('site'), { name: 'fra', tunnel: { type: 'gre' } }],
    ['a plain service', service, web],
    [
      'a service with everything',
      service,
      {
        ...web,
        persistence: { seconds: 60 },
        health: {
          type: 'https',
          tls: { server_name: 'a.example' },
          ports: { '80/tcp': { type: 'http', path: '/x' } },
        },
      },
    ],
    ['a real server', typeNamed('real_server'), { name: 'r1', weight: 50 }],
    [
      'an order',
      typeNamed('override'),
      { ...order, kind: 'pin', share: '40%', expires: '2030-01-31T18:00:00.000Z' },
    ],
    ['the settings', typeNamed('settings'), { removal: { services: '10%' } }],
  ])('%s needs no more words in the configuration than it took to declare it', (_, type, config) => {
    const state = imported(type, resourceOf(type, planned(type, config)), nowMs);
    expect(planned(type, config, state)).toEqual(state);
  });

  it('what goes without saying may be said all the same, and is a change of words alone', () => {
    const config = { ...web, health: { type: 'http', path: '/' } };
    const state = imported(service, resourceOf(service, planned(service, config)), nowMs);
    const plan = planned(service, config, state);
    expect(resourceOf(service, plan)).toEqual(resourceOf(service, state));
  });
});

describe('whatever is configured, after whatever was', () => {
  const leaf = (kind: string): fc.Arbitrary<Value> =>
    kind === 'number'
      ? fc.nat({ max: 900 })
      : kind === 'bool'
        ? fc.boolean()
        : fc.constantFrom('a', '80/tcp', '2001:DB8::1', '2001:db8::1', '50%', '50.0%');
  const maybe = (value: fc.Arbitrary<Value>) => fc.oneof({ weight: 3, arbitrary: value }, fc.constant(null));
  const valuesOf = (attributes: ResourceType['attributes']): fc.Arbitrary<Values> =>
    fc.record(
      Object.fromEntries(
        attributes.map(({ name, type, use }) => [
          name,
          use === 'required' ? partOf(type) : maybe(partOf(type)),
        ]),
      ),
    );
  const partOf = (type: ResourceType['attributes'][number]['type']): fc.Arbitrary<Value> => {
    if (type.kind === 'object') return valuesOf(type.attributes);
    if (type.kind === 'map')
      return fc.dictionary(fc.constantFrom('80/tcp', 'x'), partOf(type.of), { maxKeys: 2 });
    if ('of' in type) return fc.uniqueArray(partOf(type.of), { maxLength: 3 });
    return leaf(type.kind);
  };
  /** The same, some of it not known yet: by turns, as `unknowns` has them. */
  const masked = (value: Value, unknowns: () => boolean): Value => {
    if (value === null) return null;
    if (unknowns()) return unknown;
    if (isList(value)) return value.map((one) => masked(one, unknowns));
    if (!isValues(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, masked(one, unknowns)]));
  };

  it.each(resourceTypes)('$name: core has nothing to complain about', (type) => {
    const turns = fc.infiniteStream(fc.boolean());
    const some = valuesOf(type.attributes);
    fc.assert(
      fc.property(some, fc.option(some), turns, (config, before, unknowns) => {
        const prior = before === null ? null : planOf(type, before, null);
        const early: Values = Object.fromEntries(
          Object.entries(config).map(([name, value]): [string, Value] => [
            name,
            masked(value, () => unknowns.next().value),
          ]),
        );
        const plan = planOf(type, config, prior);
        for (const [said, made] of [
          [config, plan],
          [early, planOf(type, early, prior)],
        ] as const) {
          expect(planComplaints(type.attributes, { config: said, prior, planned: made })).toEqual([]);
          expect(laterComplaints(made, plan)).toEqual([]);
        }
        // Once it is there, there is nothing left to do.
        expect(laterComplaints(plan, planOf(type, config, plan))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
