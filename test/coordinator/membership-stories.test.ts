import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Lab, lastOf, openLab, policy, service, site, weightsOf } from './harness.ts';

describe('members', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.dispose());

  const slots = async () => {
    const { entries } = await lab.store.read({ prefix: 'members/realserver/' });
    return Object.fromEntries(
      entries.map(({ value }) => JSON.parse(value)).map(({ name, probeSlot }) => [name, probeSlot]),
    );
  };
  const disconnected = (name: string) =>
    expect
      .poll(async () => (await lab.admin.status()).agents.find((agent) => agent.name === name)?.connected)
      .toBe(false);

  it('stay when they vanish, keep their slot when they return, and are written on change only', async () => {
    const director = await lab.director('d1');
    const first = await lab.realServer('r1');
    await lab.realServer('r2');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100, r2: 100 });
    const sent = director.snapshots.length;
    const writes = await lab.storeWrites();
    await first.link.close();
    await disconnected('r1');
    await lab.realServer('r1');
    expect(await lab.storeWrites()).toBe(writes);
    expect(director.snapshots).toHaveLength(sent);
    expect(await slots()).toEqual({ r1: 1, r2: 2 });
    const moved = await lab.realServer('r2', { address: '10.1.2.2', labels: { app: 'web', rack: 'b' } });
    expect(moved.link.connected).toBe(true);
    expect(await lab.storeWrites()).toBe(writes + 1);
    expect(await slots()).toEqual({ r1: 1, r2: 2 });
  });

  it('who joins later is sent to the directors at once', async () => {
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await lab.realServer('r9');
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100, r9: 100 });
  });

  it('a name that is connected is not given to another address', async () => {
    await lab.realServer('r1');
    const thief = lab.agent({
      role: 'realserver',
      name: 'r1',
      site: 'fra',
      address: '10.1.2.99',
      prefixLength: 24,
      labels: {},
      capacity: 1,
    } as never);
    await expect
      .poll(() => thief.states[0]?.why)
      .toContain('the name is taken by 10.1.2.1, which is connected');
    expect((await lab.admin.status()).agents).toMatchObject([{ address: '10.1.2.1', connected: true }]);
  });

  it('after a restart of the coordinator a copy of a machine that calls first does not get its name', async () => {
    const original = await lab.realServer('r1');
    const director = await lab.director('d1');
    await lab.admin.apply([site('fra'), service('web')]);
    await lab.kill(original);
    await lab.restart();
    const hello = { role: 'realserver', name: 'r1', site: 'fra', prefixLength: 24, labels: { app: 'web' } };
    const copy = lab.agent({ ...hello, address: '10.1.2.99', capacity: 100 } as never);
    await expect
      .poll(() => copy.states[0]?.why)
      .toMatch(
        /the name is that of 10\.1\.2\.1, which has not called for \d+ s: give this host \(10\.1\.2\.99\)/,
      );
    expect((await lab.admin.status()).troubles).toEqual([
      expect.stringMatching(/^real server r1 is turned away: .* run causeway delete realserver r1/),
    ]);
    await lab.revive(original);
    await expect
      .poll(async () => (await lab.admin.status()).agents.find(({ name }) => name === 'r1'))
      .toMatchObject({ address: '10.1.2.1', connected: true });
    await lab.kill(original);
    await disconnected('r1');
    expect(director.link.connected).toBe(true);
    lab.passTime(10 * 60_000);
    await expect.poll(() => copy.link.connected, { timeout: 15_000 }).toBe(true);
    const moved = (await lab.admin.status()).agents.find(({ name }) => name === 'r1');
    expect(moved).toMatchObject({ address: '10.1.2.99', connected: true });
  }, 30_000);

  it('an address is not given to another name', async () => {
    await lab.realServer('r1');
    const twin = lab.agent({
      role: 'realserver',
      name: 'r2',
      site: 'fra',
      address: '10.1.2.1',
      prefixLength: 24,
      labels: {},
      capacity: 1,
    } as never);
    await expect.poll(() => twin.states[0]?.why).toContain('run causeway delete realserver r1');
  });

  it('an address is not given to a host of the other role, nor is a VIP', async () => {
    await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    const hello = { role: 'realserver', name: 'r2', site: 'fra', prefixLength: 24, labels: {}, capacity: 1 };
    const onDirector = lab.agent({ ...hello, address: '10.1.1.1' } as never);
    await expect
      .poll(() => onDirector.states[0]?.why)
      .toContain('address 10.1.1.1 is registered for Director/d1: give this host its own address');
    const onVip = lab.agent({ ...hello, address: '192.0.2.10' } as never);
    await expect.poll(() => onVip.states[0]?.why).toContain('address 192.0.2.10 is a VIP of Service/web');
    const { role: _, ...director } = { ...hello, name: 'd2' };
    const onServer = lab.agent({ ...director, role: 'director', address: '10.1.2.1' } as never);
    await expect.poll(() => onServer.states[0]?.why).toContain('is registered for RealServer/r1');
    const { problems } = await lab.admin.apply([service('api', { vips: ['10.1.2.1'] })]);
    expect(problems).toMatchObject([
      { path: 'spec.vips[0]', expected: expect.stringContaining('the underlay address of real server r1') },
    ]);
  });

  it('a gateway is no VIP', async () => {
    await lab.realServer('r1', { gateways: ['10.1.2.254'] });
    const { problems } = await lab.admin.apply([site('fra'), service('web', { vips: ['10.1.2.254'] })]);
    expect(problems).toMatchObject([
      { path: 'spec.vips[0]', expected: expect.stringContaining('the gateway of real server r1') },
    ]);
  });

  it.each([
    [{ name: 'R_1' }, 'name "R_1"'],
    [{ address: '10.1.2.01' }, 'address "10.1.2.01"'],
    [{ prefixLength: 33 }, 'prefix length 33'],
    [{ labels: { 'a b': 'c' } }, 'label "a b"'],
  ])('what an agent says of itself is checked: %o', async (change, found) => {
    const hello = {
      role: 'realserver',
      name: 'r1',
      site: 'fra',
      address: '10.1.2.1',
      prefixLength: 24,
      labels: {},
      capacity: 1,
    };
    const agent = lab.agent({ ...hello, ...change } as never);
    await expect.poll(() => agent.states[0]?.why).toContain(`found ${found}, expected`);
    expect((await lab.admin.status()).agents).toEqual([]);
  });

  it('are deleted when gone, not while connected; the slot goes to nobody while others are unused', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    await lab.admin.apply([site('fra')]);
    for (const id of [
      { kind: 'RealServer', name: 'r1' },
      { kind: 'Director', name: 'd1' },
    ] as const) {
      await expect(lab.admin.remove([id])).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining('stop causeway-'),
      });
    }
    await realServer.link.close();
    await director.link.close();
    await disconnected('r1');
    await disconnected('d1');
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]);
    await lab.admin.remove([{ kind: 'Director', name: 'd1' }]);
    expect((await lab.admin.status()).agents).toEqual([]);
    await expect(lab.admin.remove([{ kind: 'Director', name: 'd1' }])).rejects.toMatchObject({
      code: 'not-found',
    });
    await lab.realServer('r2');
    expect(await slots()).toEqual({ r2: 2 });
  });

  it('a policy is deleted by itself while its server is connected', async () => {
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.realServer('r2');
    await lab.admin.apply([site('fra'), service('web'), policy('r1', 100, true)]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 0, r2: 100 });
    await lab.admin.remove([{ kind: 'RealServer', name: 'r1' }]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100, r2: 100 });
  });

  it('a site in use is not deleted; the reason says by whom', async () => {
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), site('lon'), service('web', { sites: ['lon'] })]);
    await expect(lab.admin.remove([{ kind: 'Site', name: 'fra' }])).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('RealServer/r1 stands in it'),
    });
    await expect(lab.admin.remove([{ kind: 'Site', name: 'lon' }])).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('Service/web'),
    });
  });

  it('a deleted service is named in the snapshots until it is declared again', async () => {
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await lab.admin.remove([{ kind: 'Service', name: 'web' }]);
    await expect.poll(() => lastOf(director)).toMatchObject({ services: [], deletedServices: ['web'] });
    await lab.admin.apply([service('web')]);
    await expect
      .poll(() => lastOf(director))
      .toMatchObject({ services: [{ name: 'web' }], deletedServices: [] });
  });

  it('in a site that nobody declared take no part, and the status says so', async () => {
    await lab.director('d1', { site: 'moon' });
    expect((await lab.admin.status()).agents[0]?.refusal).toContain('its site moon is not declared');
  });
});
