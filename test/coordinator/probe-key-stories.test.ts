// The keys of the probes, from the store to the agents: who is given which, when they change, and that nobody else hears of them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { pairKeyHex } from '../../src/probe/keys.ts';
import { probeKeyKey, probeSecretsKey } from '../../src/store/keys.ts';
import { type FakeAgent, type Lab, lastOf, openLab, policy, service, site, weightsOf } from './harness.ts';

const day = 24 * 3_600_000;

function keysOf(agent: FakeAgent) {
  return lastOf(agent)?.keys ?? [];
}

describe('keys of the probes', () => {
  let lab: Lab;
  let lines: string[];
  beforeEach(async () => {
    lines = [];
    lab = await openLab({ log: (line) => lines.push(line) });
  });
  afterEach(() => lab.dispose());

  /** All in the store, whatever record it stands in. */
  async function secrets(): Promise<string[]> {
    const { entries } = await lab.store.read({ keys: [probeKeyKey, probeSecretsKey] });
    return entries.flatMap(({ value }) => value.match(/[0-9a-f]{32,}/g) ?? []);
  }

  it('a pair has one, of which the director is given it, and the real server what it is made of', async () => {
    const directors = [await lab.director('d1'), await lab.director('d2')];
    const servers = [await lab.realServer('r1'), await lab.realServer('r2')];
    await lab.admin.apply([site('fra'), service('web')]);
    for (const director of directors) await expect.poll(() => keysOf(director)).toHaveLength(2);
    for (const [index, server] of servers.entries()) {
      await expect.poll(() => keysOf(server)).toHaveLength(1);
      const [own] = keysOf(server);
      for (const [number, director] of directors.entries())
        expect(keysOf(director)[index]).toEqual({
          name: `r${index + 1}`,
          epoch: own?.epoch,
          keyHex: pairKeyHex(own?.keyHex ?? '', `d${number + 1}`),
        });
    }
    // Nobody needs the one that all would share.
    expect([...directors, ...servers].map((agent) => lastOf(agent)?.probe.keyHex)).toEqual(['', '', '', '']);
  });

  it('a program that knows none shares one with those that it has to do with, for as long as it is there', async () => {
    const director = await lab.director('d1');
    const near = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => keysOf(director)).toHaveLength(1);
    const old = connectAgent({
      coordinators: [`127.0.0.1:${lab.coordinator.port}`],
      clock: {
        nowMs: Date.now,
        monotonicMs: performance.now.bind(performance),
        after: () => ({ cancel() {} }),
      },
      random: () => 0.5,
      hello: () => ({
        role: 'realserver',
        name: 'old',
        site: 'fra',
        address: '10.1.2.9',
        prefixLength: 24,
        labels: { app: 'web' },
        capacity: 100,
        programVersion: '0.1.0',
        capabilities: [],
      }),
      held: () => undefined,
      onSnapshot: () => {},
    });
    try {
      await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100, old: 100 });
      expect(keysOf(director).map(({ name }) => name)).toEqual(['r1']);
      expect(lastOf(director)?.probe.keyHex).toMatch(/^[0-9a-f]{64}$/);
      expect(lastOf(near)?.probe.keyHex).toBe('');
    } finally {
      await old.close();
    }
    await lab.admin.remove([{ kind: 'RealServer', name: 'old' }]);
    await expect.poll(() => lastOf(director)?.probe.keyHex).toBe('');
  });

  it('they change: first real servers learn the next, then directors use it, and at rest nobody is told anything', async () => {
    const director = await lab.director('d1');
    const server = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => keysOf(director)).toHaveLength(1);
    await expect.poll(() => keysOf(server)).toHaveLength(1);
    const [first] = keysOf(director);
    const untold = async () => {
      const writes = await lab.storeWrites();
      await lab.restart();
      for (const agent of [director, server]) await expect.poll(() => agent.link.connected).toBe(true);
      return [writes, await lab.snapshotsSent()];
    };
    lab.passTime(29 * day);
    expect((await untold())[1]).toBe(0);

    lab.passTime(day);
    await lab.restart();
    await expect.poll(() => keysOf(server)).toHaveLength(2);
    expect(keysOf(director)).toEqual([first]);
    const directorSnapshots = director.snapshots.length;
    const [, next] = keysOf(server);

    lab.passTime(600_000);
    await lab.restart();
    await expect.poll(() => keysOf(director)[0]?.epoch).toBe(next?.epoch);
    expect(keysOf(director)[0]?.keyHex).toBe(pairKeyHex(next?.keyHex ?? '', 'd1'));
    // The one of before is still known, for directors that could not be told.
    expect(keysOf(server).map(({ epoch }) => epoch)).toEqual([first?.epoch, next?.epoch]);
    expect(director.snapshots.length).toBe(directorSnapshots + 1);
    expect((await untold())[1]).toBe(0);
  });

  it('they change before their time where an operator asks, once at a time', async () => {
    const director = await lab.director('d1');
    const server = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => keysOf(director)).toHaveLength(1);
    await expect.poll(() => keysOf(server)).toHaveLength(1);
    const [first] = keysOf(director);
    const asked = await lab.admin.rotateProbeKeys();
    expect(asked.isBegun).toBe(true);
    await expect.poll(() => keysOf(server).map(({ epoch }) => epoch)).toEqual([first?.epoch, asked.epoch]);
    expect(keysOf(director)).toEqual([first]);
    expect(await lab.admin.rotateProbeKeys()).toEqual({ ...asked, isBegun: false });
    expect(lines.join('')).toContain('the keys of the probes change, as asked');
    lab.passTime(600_000);
    await lab.restart();
    await expect.poll(() => keysOf(director)[0]?.epoch).toBe(asked.epoch);
  });

  it('stand in no line of the log, and in no answer to any question', async () => {
    const director = await lab.director('d1');
    const server = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web'), policy('r1', 50)]);
    await expect.poll(() => keysOf(director)).toHaveLength(1);
    await expect.poll(() => keysOf(server)).toHaveLength(1);
    const known = [
      ...(await secrets()),
      ...[director, server].flatMap((agent) => keysOf(agent)).map((one) => one.keyHex),
    ];
    expect(known).toHaveLength(4);
    const changed = service('web', { vips: ['192.0.2.11'] });
    const { admin } = lab;
    const questions: (() => Promise<unknown>)[] = [
      () => admin.status(),
      () => admin.list(),
      () => admin.get({ kind: 'RealServer', name: 'r1' }),
      () => admin.get({ kind: 'Service', name: 'no-such' }),
      () => admin.plan([changed]),
      () => admin.planRemoval([{ kind: 'Service', name: 'web' }]),
      () => admin.history({ limit: 10 } as never),
      () => admin.difference(undefined, 1),
      () => admin.explain({ service: 'web', from: 'fra', realServer: 'r1', changedSinceMs: undefined }),
    ];
    const answers = await Promise.all(
      questions.map((ask) =>
        ask().then(JSON.stringify, (error: Error) => `${error.message} ${String(error.cause)}`),
      ),
    );
    // Refusals and a damaged record are told of as well.
    director.judge = () => 'no';
    await admin.apply([changed]);
    await lab.store.commit({
      conditions: [],
      writes: [{ kind: 'put', key: probeSecretsKey, value: `{"secrets":[{"secretHex":"${known[1]}"x` }],
    });
    await expect.poll(() => lines.filter((line) => line.includes('record set aside'))).toHaveLength(1);
    const metrics = await lab.coordinator.metrics.registry.metrics();
    const said = [...answers, ...lines, metrics].join('\n');
    expect(said).toContain('192.0.2.10');
    for (const secret of known) {
      expect(said).not.toContain(secret);
      // Nor a part that is worth anything.
      for (let at = 0; at + 12 <= secret.length; at += 4)
        expect(said).not.toContain(secret.slice(at, at + 12));
    }
  });
});
