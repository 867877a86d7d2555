import { beforeEach, describe, expect, it } from 'vitest';
import { type Override, type Resource, resourceId } from '../../src/domain/resource.ts';
import { coordinatorMs, type FakeCoordinator, fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { settled } from './status.fixture.ts';

const env = { USER: 'ann' };
const lastingMs = 30 * 60_000;
const drain: Override = {
  kind: 'Override',
  name: 'drain-fra',
  order: { kind: 'drain' },
  subject: { kind: 'site', name: 'fra' },
  services: [],
  owner: 'ann',
  reason: 'works',
  expiresAtMs: coordinatorMs + lastingMs,
};

let admin: FakeCoordinator;
beforeEach(() => {
  admin = fakeCoordinator(settled);
  admin.stored.set('Site/fra', { kind: 'Site', name: 'fra', tunnel: 'ipip' });
});

describe('drain', () => {
  it('replaces no order that is about somebody else who happens to have that name', async () => {
    const other = {
      ...drain,
      name: 'drain-director-fra-d1',
      subject: { kind: 'site', name: 'director-fra-d1' },
    } as const;
    admin.stored.set(resourceId(other), other);
    const { status, err } = await run('drain director fra-d1 --for 1h --reason works', { admin, env });
    expect([status, err]).toEqual([
      1,
      'drain: Override/drain-director-fra-d1 is about the site director-fra-d1: causeway delete override drain-director-fra-d1, or apply a file with an Override of another name\n',
    ]);
    await run('undrain director fra-d1', { admin, env });
    expect(admin.stored.get(resourceId(other))).toEqual(other);
  });

  it("a site, until so long from now by the coordinator's clock, by who is logged in", async () => {
    const { status, out, err } = await run('drain fra --for 30m --reason works', { admin, env });
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      'RESOURCE            OUTCOME  EXPIRES\nOverride/drain-fra  created  1970-01-01T01:46:40.000Z\n\nRevision 2.\n',
    );
    expect(admin.stored.get('Override/drain-fra')).toEqual(drain);
  });

  it('a real server that has registered, by somebody else, as JSON', async () => {
    const line = 'drain fra-s1 --for 2h --reason works --owner bob --output json';
    const { out } = await run(line, { admin, env });
    expect(JSON.parse(out).resources).toEqual([
      {
        kind: 'Override',
        name: 'drain-fra-s1',
        outcome: 'created',
        expires: '1970-01-01T03:16:40.000Z',
      },
    ]);
    expect(admin.stored.get('Override/drain-fra-s1')).toMatchObject({
      subject: { kind: 'realServer', name: 'fra-s1' },
      owner: 'bob',
    });
  });

  it.each(['drain fra-d1', 'drain director fra-d1', 'drain director fra/fra-d1'])(
    'a director: %s, and back',
    async (line) => {
      const { out } = await run(`${line} --for 30m --reason works`, { admin, env });
      expect(out).toContain('Override/drain-director-fra-d1  created');
      expect(admin.stored.get('Override/drain-director-fra-d1')).toMatchObject({
        subject: { kind: 'director', name: 'fra-d1' },
      });
      expect((await run(`un${line}`, { admin })).out).toContain('Override/drain-director-fra-d1  deleted');
      expect((await run(`un${line}`, { admin })).out).toContain(
        'Override/drain-director-fra-d1  not drained',
      );
    },
  );

  it('insists with --force; words that are no subject are misuse', async () => {
    const forced: boolean[] = [];
    const { apply } = admin;
    admin.apply = (resources, terms) => {
      forced.push(terms.force);
      return apply(resources, terms);
    };
    await run('drain fra-d1 --for 30m --reason works', { admin, env });
    await run('drain fra-d1 --for 30m --reason works --force', { admin, env });
    expect(forced).toEqual([false, true]);
    expect(await run('drain fra lon --for 30m --reason works', { admin, env })).toMatchObject({ status: 2 });
  });

  it('again: it lasts as long as was said last', async () => {
    await run('drain fra --for 30m --reason works', { admin, env });
    expect((await run('drain fra --for 2h --reason works', { admin, env })).out).toContain('changed');
    expect(admin.stored.get('Override/drain-fra')).toMatchObject({ expiresAtMs: coordinatorMs + 7_200_000 });
  });

  it('what nobody knows, or what is two things: status 1, nothing stored', async () => {
    admin.stored.set('Site/fra-s1', { kind: 'Site', name: 'fra-s1', tunnel: 'ipip' });
    for (const [name, found] of [
      ['ams', '"ams", expected a site, a real server or a director'],
      ['director ams/fra-d1', '"ams/fra-d1", expected a director'],
      ['director fra-s1', '"fra-s1", expected a director'],
      ['fra-s1', '"fra-s1", a site and a real server'],
    ]) {
      const { status, out, err } = await run(`drain ${name} --for 30m --reason works`, { admin, env });
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toContain(`drain: found ${found}`);
    }
    expect([...admin.stored.keys()]).toEqual(['Site/fra', 'Site/fra-s1']);
  });

  it('shows what the coordinator objects to; status 1', async () => {
    admin.apply = async () => ({
      problems: [
        { resource: drain, path: 'spec.expires', found: 'a time 9 s ago', expected: 'a time to come' },
      ],
      revision: 1,
      outcomes: [],
    });
    expect(await run('drain fra --for 30m --reason works', { admin, env })).toMatchObject({
      status: 1,
      out: '',
      err: 'Override/drain-fra: spec.expires: found a time 9 s ago, expected a time to come\n1 mistake; nothing was changed\n',
    });
  });
});

describe('undrain', () => {
  it('takes the drain back', async () => {
    await run('drain fra --for 30m --reason works', { admin, env });
    const { status, out } = await run('undrain fra', { admin });
    expect({ status, out }).toEqual({
      status: 0,
      out: 'RESOURCE            OUTCOME\nOverride/drain-fra  deleted\n\nRevision 2.\n',
    });
    expect([...admin.stored.keys()]).toEqual(['Site/fra']);
  });

  it('what is not drained stays so', async () => {
    expect(await run('undrain fra', { admin })).toMatchObject({
      status: 0,
      err: '',
      out: 'RESOURCE            OUTCOME\nOverride/drain-fra  not drained\n',
    });
  });

  it.each<[string, readonly Resource[], string]>([
    ['what nobody knows', [], 'undrain: found "ams", expected a site, a real server or a director: '],
    [
      'what another order drains',
      [{ ...drain, name: 'night-work' }],
      'undrain: "fra" is drained by Override/night-work: causeway delete override night-work\n',
    ],
    [
      'what its own declaration drains',
      [{ kind: 'RealServer', name: 'fra-s1', weight: 100, drain: true }],
      'undrain: "fra-s1" is drained by RealServer/fra-s1: apply it with drain: false\n',
    ],
  ])('%s: status 1', async (what, resources, words) => {
    for (const resource of resources) admin.stored.set(resourceId(resource), resource);
    const name = what.includes('nobody') ? 'ams' : what.includes('own') ? 'fra-s1' : 'fra';
    const { status, err } = await run(`undrain ${name}`, { admin });
    expect(status).toBe(1);
    expect(err).toContain(words);
  });

  it('leaves another order of that name alone: status 1', async () => {
    admin.stored.set('Override/drain-fra', { ...drain, order: { kind: 'cap', connections: 9 } });
    expect(await run('undrain fra', { admin })).toMatchObject({
      status: 1,
      err: 'Override/drain-fra: found another order than a drain, expected a drain\n',
    });
    expect(admin.stored.has('Override/drain-fra')).toBe(true);
  });
});

it.each(['drain', 'undrain'])('%s --help shows an example; status 0', async (command) => {
  const { status, out } = await run(`${command} --help`, { admin });
  expect(status).toBe(0);
  expect(out).toContain(`Example:\n  causeway ${command} fra`);
});
