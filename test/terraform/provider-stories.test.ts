/** The provider and a coordinator, with agents beside it: what Terraform would be told, and what is changed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AdminClient } from '../../src/api/admin-client.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import type { Admin } from '../../terraform/provider/coordinators.ts';
import { dataSourceTypes } from '../../terraform/provider/core/data-source.ts';
import { unknown, type Values } from '../../terraform/provider/core/value.ts';
import type { State } from '../../terraform/provider/managed.ts';
import { createProvider, type Provider } from '../../terraform/provider/provider.ts';
import { type Lab, openLab, site } from '../coordinator/harness.ts';
import { laterComplaints, planComplaints, stateComplaints } from './core-rules.ts';
import { filledIn, typeNamed, web } from './values.ts';

let lab: Lab;
let provider: Provider;
/** What is between the provider and the coordinator. */
let between: (admin: AdminClient) => Admin;

beforeEach(async () => {
  lab = await openLab();
  between = (admin) => admin;
  await configure({});
});
afterEach(async () => {
  provider.close();
  await lab.dispose();
});

async function configure(said: Values): Promise<void> {
  provider = createProvider({
    env: { USER: 'ada' },
    readFile: () => '',
    connect: () => ({ ...between(lab.admin), close: () => {} }),
    clock: realClock,
    random: () => 0,
  });
  expect(await provider.configure(filledIn(provider.attributes, said))).toEqual([]);
}

/** As Terraform's core does it: refreshed, planned, applied, and each held to its rules. */
async function apply(
  name: string,
  said: Values | null,
  before?: State,
  meanwhile?: () => Promise<unknown>,
): Promise<State> {
  const type = typeNamed(name);
  let prior = before;
  if (prior?.values != null) prior = await provider.read(type, prior.values, prior.revision);
  const priorValues = prior?.values ?? null;
  const revision = prior?.revision;
  if (said === null) {
    await meanwhile?.();
    return await provider.apply(type, { prior: priorValues, planned: null, revision });
  }
  const config = filledIn(type.attributes, said);
  const { values: planned, diagnostics } = provider.plan(type, config, priorValues);
  if (diagnostics.length > 0) return { values: priorValues, revision, diagnostics };
  expect(planComplaints(type.attributes, { config, prior: priorValues, planned })).toEqual([]);
  await meanwhile?.();
  const state = await provider.apply(type, { prior: priorValues, planned, revision });
  if (state.diagnostics.some(({ severity }) => severity === 'error') || state.values === null) return state;
  expect(laterComplaints(planned, state.values)).toEqual([]);
  expect(stateComplaints(state.values)).toEqual([]);
  const again = await provider.read(type, state.values, state.revision);
  expect(again.values, 'read again, nothing is other').toEqual(state.values);
  return state;
}

const resources = async () =>
  (await lab.admin.list()).resources.map(({ kind, name }) => `${kind}/${name}`).sort();
const newest = async () => (await lab.admin.history({ limit: 1 })).revisions[0];

it('makes, changes and destroys, each with its author and reason in the history', async () => {
  await configure({ message: 'ticket 7' });
  const fra = await apply('site', { name: 'fra' });
  const made = await apply('service', { ...web, sites: ['fra'] });
  expect(await resources()).toEqual(['Service/web', 'Site/fra']);
  expect(await newest()).toMatchObject({
    message: 'ticket 7',
    touched: [{ kind: 'Service', outcome: 'created' }],
  });
  const changed = await apply(
    'service',
    { ...web, sites: ['fra'], scheduler: 'wlc', health: { type: 'http' } },
    made,
  );
  expect(await lab.admin.get({ kind: 'Service', name: 'web' })).toMatchObject({
    scheduler: 'wlc',
    health: { path: '/' },
  });
  await apply('service', null, changed);
  await apply('site', null, fra);
  expect(await resources()).toEqual([]);
});

it('each kind can be made, read back as it was said, and destroyed', async () => {
  await lab.realServer('r1');
  const said: Record<string, Values> = {
    site: { name: 'lon', tunnel: { type: 'gre' } },
    service: { ...web, health: { type: 'http', expect: ['200-399'], ports: { '80/tcp': { path: '/x' } } } },
    real_server: { name: 'r1', weight: 50 },
    override: { name: 'o', kind: 'pin', share: '12.0%', site: 'fra', owner: 'ops', reason: 'r', for: '30m' },
    settings: { removal: { services: '20%' } },
  };
  await lab.admin.apply([site('fra')]);
  for (const [name, config] of Object.entries(said)) {
    const state = await apply(name, config);
    expect(state.diagnostics, name).toEqual([]);
    const type = typeNamed(name);
    const id = String(config.name ?? 'default');
    const imported = await provider.importNamed(type, id);
    expect(imported.diagnostics).toEqual([]);
    expect((await apply(name, null, state)).diagnostics, name).toEqual([]);
    expect((await provider.importNamed(type, id)).diagnostics).toMatchObject([{ severity: 'error' }]);
  }
});

describe('what somebody else does', () => {
  it('a change by hand is told, and undone by the next apply', async () => {
    const state = await apply('site', { name: 'fra' });
    await lab.admin.apply([site('fra', 'gre')]);
    const read = await provider.read(typeNamed('site'), state.values ?? {}, state.revision);
    expect(read.values).toMatchObject({ tunnel: { type: 'gre' } });
    expect((await apply('site', { name: 'fra' }, read)).diagnostics).toEqual([]);
    expect(await lab.admin.get({ kind: 'Site', name: 'fra' })).toMatchObject({ tunnel: 'ipip' });
  });

  it('one that is deleted by hand is there no more, and its destruction is done', async () => {
    const state = await apply('site', { name: 'fra' });
    await lab.admin.remove([{ kind: 'Site', name: 'fra' }]);
    expect((await provider.read(typeNamed('site'), state.values ?? {}, state.revision)).values).toBeNull();
    const gone = await provider.apply(typeNamed('site'), {
      prior: state.values,
      planned: null,
      revision: state.revision,
    });
    expect(gone).toMatchObject({ values: null, diagnostics: [] });
  });

  it.each(['changed', 'deleted'] as const)(
    'what is %s between plan and apply is a conflict, at its name',
    async (how) => {
      const state = await apply('site', { name: 'fra' });
      const other = await apply('site', { name: 'lon' });
      const meddle = (name: string) =>
        how === 'changed'
          ? lab.admin.apply([site(name, 'gre')])
          : lab.admin.remove([{ kind: 'Site', name }]).then(() => lab.admin.apply([site(name, 'gre')]));
      const conflict = {
        severity: 'error',
        summary: expect.stringContaining('Changed by somebody else'),
        path: [{ attribute: 'name' }],
      };
      const failed = await apply('site', { name: 'fra', tunnel: { type: 'gre' } }, state, async () => {
        await meddle('fra');
        await lab.admin.apply([site('fra', 'ipip')]);
      });
      expect(failed).toMatchObject({ values: state.values, diagnostics: [conflict] });
      expect(failed.diagnostics[0]?.detail).toContain('Plan again');
      expect((await apply('site', null, other, () => meddle('lon'))).diagnostics).toMatchObject([conflict]);
      expect(await resources()).toEqual(['Site/fra', 'Site/lon']);
    },
  );

  it('a change of something else meanwhile is none of it', async () => {
    const state = await apply('site', { name: 'fra' });
    const changed = await apply('site', { name: 'fra', tunnel: { type: 'gre' } }, state, () =>
      lab.admin.apply([site('lon')]),
    );
    expect(changed.diagnostics).toEqual([]);
  });

  it('what is there already is not overwritten; if it is just so, it is taken over', async () => {
    await lab.admin.apply([site('fra', 'gre'), site('lon')]);
    expect(await apply('site', { name: 'fra' })).toMatchObject({
      values: null,
      diagnostics: [
        { severity: 'error', detail: expect.stringContaining('terraform import causeway_site.NAME fra') },
      ],
    });
    expect(await apply('site', { name: 'lon' })).toMatchObject({
      values: { name: 'lon' },
      diagnostics: [{ severity: 'warning', summary: expect.stringContaining('was there already') }],
    });
  });
});

describe('what the coordinator says', () => {
  it('a problem that only it can see stands at its attribute, and nothing is changed', async () => {
    await apply('service', web);
    const second = await apply('service', { ...web, name: 'other' });
    expect(second).toMatchObject({
      values: null,
      diagnostics: [{ severity: 'error', path: [{ attribute: 'vips' }] }],
    });
    expect(await resources()).toEqual(['Service/web']);
  });

  it('what may still come is a warning, and an error where it is to be strict', async () => {
    const warned = await apply('service', web);
    expect(warned.diagnostics).toMatchObject([{ severity: 'warning', path: [{ attribute: 'selector' }] }]);
    await configure({ strict: true });
    const refused = await apply('service', {
      ...web,
      name: 'other',
      vips: ['192.0.2.11'],
      selector: { app: 'x' },
    });
    expect(refused).toMatchObject({
      values: null,
      diagnostics: [{ severity: 'error', path: [{ attribute: 'selector' }] }],
    });
  });

  it('a site that is in use is not destroyed, and says by whom', async () => {
    const fra = await apply('site', { name: 'fra' });
    await lab.director('d1');
    expect(await apply('site', null, fra)).toMatchObject({
      values: fra.values,
      diagnostics: [{ severity: 'error', detail: expect.stringContaining('Director/d1 stands in it') }],
    });
  });
});

describe('waiting for agents', () => {
  it('what an agent refuses is a warning of what was just made, an error of what was changed', async () => {
    await apply('site', { name: 'fra' });
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.judge = () => 'no such kernel module';
    const made = await apply('service', { ...web, sites: ['fra'] });
    const refused = {
      summary: 'Stored, but not everywhere as wanted',
      detail: expect.stringContaining('director d1 refuses: no such kernel module'),
    };
    expect(made.diagnostics).toMatchObject([{ severity: 'warning', ...refused }]);
    const changed = await apply('service', { ...web, sites: ['fra'], scheduler: 'wlc' }, made);
    expect(changed).toMatchObject({
      values: { scheduler: 'wlc' },
      diagnostics: [{ severity: 'error', ...refused }],
    });
  });

  it('one that has not said in time is named; without waiting, nobody is', async () => {
    await configure({ wait_seconds: 0.2 });
    await apply('site', { name: 'fra' });
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.busy = new Promise(() => {});
    const late = await apply('service', { ...web, sites: ['fra'] });
    expect(late.diagnostics).toMatchObject([
      { severity: 'warning', detail: expect.stringContaining('director d1 has not said yet') },
    ]);
    await configure({ wait: false });
    expect((await apply('service', { ...web, sites: ['fra'], scheduler: 'wlc' }, late)).diagnostics).toEqual(
      [],
    );
  });

  it('whoever is interrupted waits no longer', async () => {
    await apply('site', { name: 'fra' });
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.busy = new Promise(() => {});
    const stop = (): Promise<void> => Promise.resolve(provider.stop());
    const stopped = await apply('service', { ...web, sites: ['fra'] }, undefined, stop);
    expect(stopped.diagnostics).toMatchObject([
      { severity: 'warning', detail: expect.stringContaining('Interrupted') },
    ]);
  });
});

describe('an order', () => {
  const order = { name: 'o', kind: 'drain', site: 'fra', owner: 'ops', reason: 'power' } as const;

  it('that counts from its apply goes on from there, until another span is said', async () => {
    await lab.admin.apply([site('fra')]);
    const made = await apply('override', { ...order, for: '30m' });
    const ends = made.values?.expires;
    lab.passTime(60_000);
    const changed = await apply('override', { ...order, for: '30m', reason: 'still' }, made);
    expect(changed.values).toMatchObject({ expires: ends, for: '30m', reason: 'still' });
    const longer = await apply('override', { ...order, for: '31m', reason: 'still' }, changed);
    expect(Date.parse(String(longer.values?.expires))).toBeGreaterThan(Date.parse(String(ends)) + 60_000);
  });

  it('that is over, and swept away, stays in the state: made anew it would order it again', async () => {
    const over = {
      ...filledIn(typeNamed('override').attributes, order),
      for: '30m',
      expires: '2020-01-01T00:00:00.000Z',
    };
    expect((await provider.read(typeNamed('override'), over, 1)).values).toEqual(over);
  });

  it('whose time is over before it begins orders nothing, and says so', async () => {
    await lab.admin.apply([site('fra')]);
    const late = await apply('override', { ...order, expires: '2020-01-01T00:00:00Z' });
    expect(late.diagnostics).toMatchObject([{ severity: 'warning', path: [{ attribute: 'expires' }] }]);
  });
});

describe('answers that are lost', () => {
  const lost = () =>
    new CausewayError({ code: 'unavailable', operation: 'apply', message: 'the connection is gone' });

  it('a change that was carried out, and asked for again, is no conflict with itself', async () => {
    const state = await apply('site', { name: 'fra' });
    let times = 0;
    between = (admin) => ({
      ...admin,
      async apply(...given) {
        const result = await admin.apply(...given);
        times += 1;
        if (times === 1) throw lost();
        return result;
      },
    });
    await configure({});
    const changed = await apply('site', { name: 'fra', tunnel: { type: 'gre' } }, state);
    expect(changed).toMatchObject({ values: { tunnel: { type: 'gre' } }, diagnostics: [] });
    expect(times).toBeGreaterThan(1);
  });

  it('one that was made before its maker died is taken over by the next apply', async () => {
    await lab.admin.apply([site('fra')]);
    const again = await apply('site', { name: 'fra' });
    expect(again).toMatchObject({ values: { name: 'fra' }, diagnostics: [{ severity: 'warning' }] });
  });
});

describe('data sources', () => {
  const source = async (name: string, said: Values) => {
    const type = dataSourceTypes.find((one) => one.name === `causeway_${name}`);
    if (type === undefined) throw new Error(name);
    return await provider.readSource(type, filledIn(type.attributes, said));
  };

  it('tell how things stand, who has which weight, and what a change would cause', async () => {
    await lab.admin.apply([site('fra')]);
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.says = () => ({
      ...{ paths: [], applications: [], load: undefined, troubles: ['no ipip'], held: '' },
      destinations: [
        {
          service: 'web',
          realServer: 'r1',
          weight: 7,
          activeConnections: 1,
          connections: 2,
          bytesIn: 3,
          countedSinceMs: 0,
          verdict: 'healthy',
        },
      ],
    });
    await apply('service', { ...web, sites: ['fra'] });
    await expect
      .poll(() => source('status', {}))
      .toMatchObject({
        values: {
          coordinator: 'test',
          agents: expect.arrayContaining([
            expect.objectContaining({
              role: 'director',
              name: 'd1',
              up_to_date: true,
              refusal: '',
              troubles: ['no ipip'],
            }),
          ]),
          services: [{ name: 'web', vips: ['192.0.2.10'], real_servers: 1 }],
        },
      });
    expect(await source('weights', { service: 'web' })).toEqual({
      values: {
        service: 'web',
        from: null,
        weights: [{ site: 'fra', director: 'd1', real_server: 'r1', weight: 7, verdict: 'healthy' }],
      },
    });
    expect(await source('weights', { service: 'web', from: 'lon' })).toMatchObject({
      values: { weights: [] },
    });
    const lon = 'apiVersion: causeway/v1\nkind: Site\nmetadata: { name: lon }\n';
    const more = `apiVersion: causeway/v1\nkind: Service\nmetadata: { name: more }\nspec:\n  vips: [192.0.2.20]\n  ports: [80/tcp]\n  selector: { app: web }\n`;
    expect(await source('plan', { documents: [lon, more] })).toMatchObject({
      values: {
        problems: [],
        resources: [
          { resource: 'Site/lon', outcome: 'created' },
          { resource: 'Service/more', outcome: 'created' },
        ],
        agents: expect.arrayContaining([expect.objectContaining({ role: 'director', name: 'd1' })]),
      },
    });
    expect(await resources()).toEqual(['Service/web', 'Site/fra']);
  });

  it.each<[string, Values, string, string]>([
    ['weights', { service: 'x' }, 'service', 'Found "x", expected one of the services'],
    ['plan', { documents: ['kind: Site'] }, 'documents', 'documents[0]:1: apiVersion: found nothing'],
  ])('%s %j: a mistake stands at its attribute', async (name, said, attribute, detail) => {
    expect(await source(name, said)).toMatchObject({
      diagnostics: expect.arrayContaining([
        expect.objectContaining({ path: [{ attribute }], detail: expect.stringContaining(detail) }),
      ]),
    });
  });
});

it('what is not known yet is not asked', async () => {
  const unsaid = filledIn(provider.attributes, { coordinators: unknown });
  expect(await provider.configure(unsaid)).toEqual([]);
  const type = typeNamed('site');
  const config = filledIn(type.attributes, { name: 'fra' });
  expect(provider.plan(type, config, null).diagnostics).toEqual([]);
  expect((await provider.importNamed(type, 'fra')).diagnostics).toMatchObject([
    { severity: 'error', summary: 'It is not known yet where the coordinators are' },
  ]);
});
