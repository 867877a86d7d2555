import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Override } from '../../src/domain/resource.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type Lab, openLab, policy, service, site, weightsOf } from './harness.ts';

const hour = 3_600_000;
const drain = (changes: Partial<Override> = {}): Override => ({
  kind: 'Override',
  name: 'drain-r1',
  order: { kind: 'drain' },
  subject: { kind: 'realServer', name: 'r1' },
  services: [],
  owner: 'ann',
  reason: 'works',
  expiresAtMs: realClock.nowMs() + hour,
  ...changes,
});

describe('a folder that is applied again and again', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.dispose());

  it('services and policies may be declared before their real servers; strict refuses', async () => {
    const folder = [site('fra'), service('web'), policy('r1', 50)];
    const strict = await lab.admin.apply(folder, { strict: true });
    expect(strict.problems.map(({ path }) => path)).toEqual(['spec.selector', 'metadata.name']);
    expect((await lab.admin.list()).resources).toEqual([]);
    const { problems, warnings = [], outcomes } = await lab.admin.apply(folder);
    expect(problems).toEqual([]);
    expect(warnings.map(({ path, found }) => `${path} ${found}`)).toEqual([
      'spec.selector app=web',
      'metadata.name r1',
    ]);
    expect(outcomes).toEqual(['created', 'created', 'created']);
    expect((await lab.admin.status()).services).toMatchObject([{ name: 'web', realServers: 0 }]);
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
  });

  it('what nobody touches is not judged, whatever has become of it', async () => {
    const agent = await lab.realServer('r1');
    const folder = [site('fra'), service('web'), policy('r1', 50), drain()];
    expect((await lab.admin.apply(folder)).problems).toEqual([]);
    await lab.kill(agent);
    await expect.poll(async () => (await lab.admin.status()).agents[0]?.connected).toBe(false);
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]);
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]).catch(() => {});
    const again = await lab.admin.apply([folder[0], folder[1], folder[3]] as typeof folder, { strict: true });
    expect(again).toMatchObject({ problems: [], outcomes: ['unchanged', 'unchanged', 'unchanged'] });
  });

  it('an order that is over is passed over, whatever it is about, and one that is not is ended', async () => {
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    const past = realClock.nowMs() - hour;
    const gone = drain({ name: 'old', expiresAtMs: past, subject: { kind: 'site', name: 'closed' } });
    const first = await lab.admin.apply([gone, service('web', { persistenceSeconds: 9 })]);
    expect(first).toMatchObject({ problems: [], outcomes: ['over', 'changed'] });
    expect((await lab.admin.list('Override')).resources).toEqual([]);
    await lab.admin.apply([drain()]);
    expect((await lab.admin.apply([drain({ expiresAtMs: past })])).outcomes).toEqual(['changed']);
    expect((await lab.admin.apply([drain({ expiresAtMs: past })])).outcomes).toEqual(['over']);
  });

  it("what lasts so long lasts by the coordinator's clock, however wrong the operator's is", async () => {
    await lab.realServer('r1');
    await lab.admin.apply([site('fra')]);
    for (const offMs of [-hour, hour]) {
      const order = drain({ expiresAtMs: realClock.nowMs() + offMs + hour / 2, lastsMs: hour / 2 });
      const { problems } = await lab.admin.apply([order]);
      expect(problems).toEqual([]);
      const stored = await lab.admin.get(order);
      expect(stored).not.toHaveProperty('lastsMs');
      const left = stored.kind === 'Override' ? stored.expiresAtMs - realClock.nowMs() : 0;
      expect(Math.abs(left - hour / 2)).toBeLessThan(60_000);
    }
  });

  it('a plan tells what an apply would store, and what a delete would take away', async () => {
    await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    const same = await lab.admin.plan([site('fra'), service('web')]);
    expect(same).toMatchObject({ agents: [], outcomes: ['unchanged', 'unchanged'] });
    const changed = await lab.admin.plan([service('web', { vips: ['192.0.2.20'] })]);
    expect(changed.outcomes).toEqual(['changed']);
    expect(changed.agents.map(({ name, refusal }) => [name, refusal])).toEqual([
      ['d1', undefined],
      ['r1', undefined],
    ]);
    const removal = await lab.admin.planRemoval([{ kind: 'Service', name: 'web' }]);
    const [director] = removal.agents;
    expect(director?.operations.join()).toContain('192.0.2.10');
    expect(director?.refusal).toBeUndefined();
    await expect(lab.admin.planRemoval([{ kind: 'Service', name: 'shop' }])).rejects.toThrow('no such');
    expect((await lab.admin.list('Service')).resources).toHaveLength(1);
  });

  it('a site goes with members that are gone for good, if the operator insists', async () => {
    const agent = await lab.realServer('r1', { site: 'old' });
    await lab.admin.apply([site('old')]);
    const id = { kind: 'Site', name: 'old' } as const;
    await expect(lab.admin.remove([id], { force: true })).rejects.toThrow('RealServer/r1 stands in it');
    await lab.kill(agent);
    await expect.poll(async () => (await lab.admin.status()).agents[0]?.connected).toBe(false);
    await expect(lab.admin.remove([id])).rejects.toThrow('RealServer/r1 stands in it');
    await lab.admin.remove([id], { force: true });
    expect((await lab.admin.status()).agents).toEqual([]);
  });

  it('agents are told to let go of a service that the store has forgotten', async () => {
    const director = await lab.director('d1');
    await lab.admin.apply([site('fra')]);
    const id = { kind: 'Service', name: 'lost' } as const;
    await expect(lab.admin.remove([id])).rejects.toThrow('no such resource');
    await lab.admin.remove([id], { force: true });
    await expect.poll(() => director.snapshots.at(-1)?.deletedServices).toEqual(['lost']);
  });

  it('the status says up to where agents have been told', async () => {
    const { revision } = await lab.admin.apply([site('fra')]);
    await expect
      .poll(async () => (await lab.admin.status()).publishedRevision)
      .toBeGreaterThanOrEqual(revision);
  });
});
