import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { Status } from '../../src/domain/status.ts';
import { type ClusterAgent, type ClusterLab, type Member, openClusterLab } from './cluster-lab.ts';
import { service, site } from './harness.ts';

const patient = { timeout: 15_000, interval: 50 };

let lab: ClusterLab;
beforeEach(async () => {
  lab = await openClusterLab();
});
afterEach(() => lab.dispose());

const director = (name: string, where: string, address: string) =>
  ({ role: 'director', name, site: where, address, prefixLength: 24 }) as const;
const realServer = (name: string, where: string, address: string) =>
  ({
    role: 'realserver',
    name,
    site: where,
    address,
    prefixLength: 24,
    labels: { app: 'web' },
    capacity: 100,
  }) as const;

/** What a director of this snapshot would say while all is well. */
function allIsWell(agent: ClusterAgent): void {
  const snapshot = agent.snapshots.at(-1);
  if (snapshot?.kind !== 'director') return;
  agent.report({
    ...emptyReport,
    paths: snapshot.realServers.map(({ name }) => ({
      realServer: name,
      state: 'up',
      sinceMs: 1,
      rttP50Us: 300,
      rttP90Us: 400,
      loss: 0,
      answered: 10,
      agent: 'present',
      knock: 'works',
    })),
    destinations: snapshot.services.flatMap(({ name, destinations }) =>
      destinations.map(({ realServer: server, weight }) => ({
        service: name,
        realServer: server,
        weight,
        activeConnections: 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 1,
      })),
    ),
  });
}

function wellServer(agent: ClusterAgent): void {
  agent.report({
    ...emptyReport,
    applications: [{ service: 'web', verdict: 'healthy', sinceMs: 1, reason: '' }],
    load: { connections: 0, connectionsUtil: 0, cpuUtil: 0, backlogUtil: 0 },
  });
}

function weights(agent: ClusterAgent): Record<string, number> {
  const snapshot = agent.snapshots.at(-1);
  if (snapshot?.kind !== 'director') return {};
  const destinations = snapshot.services[0]?.destinations ?? [];
  return Object.fromEntries(destinations.map((one) => [one.realServer, one.weight]));
}

const connectedIn = (status: Status): string[] =>
  status.agents.filter(({ connected }) => connected).map(({ name }) => name);

interface Fleet {
  readonly fra: ClusterAgent;
  readonly ams: ClusterAgent;
  readonly servers: readonly ClusterAgent[];
}

/** Two sites, each with a director and a real server that know the first coordinator only, and a service that the leader plans. */
async function openFleet(first: Member): Promise<Fleet> {
  await first.admin.apply([site('fra'), site('ams'), service('web', { placement: 'optimal' })]);
  const fra = await lab.agent(director('fra-d1', 'fra', '10.1.1.1'), [first]);
  const ams = await lab.agent(director('ams-d1', 'ams', '10.2.1.1'), [first]);
  const servers = [
    await lab.agent(realServer('fra-r1', 'fra', '10.1.2.1'), [first]),
    await lab.agent(realServer('ams-r1', 'ams', '10.2.2.1'), [first]),
  ];
  for (const agent of servers) wellServer(agent);
  for (const agent of [fra, ams]) {
    await expect
      .poll(() => {
        allIsWell(agent);
        for (const one of servers) wellServer(one);
        return Object.keys(weights(agent)).sort();
      }, patient)
      .toEqual(['ams-r1', 'fra-r1']);
  }
  return { fra, ams, servers };
}

function sayAgain({ fra, ams, servers }: Fleet): void {
  allIsWell(fra);
  allIsWell(ams);
  for (const one of servers) wellServer(one);
}

describe('several coordinators on one store', () => {
  it('serve each site by its own, and tell of all of them, whoever is asked', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const { fra, ams } = await openFleet(fraC);
    await expect
      .poll(() => [fra.connections.at(-1), ams.connections.at(-1)], patient)
      .toEqual([fraC.address, amsC.address]);
    for (const { admin } of [fraC, amsC]) {
      await expect
        .poll(async () => connectedIn(await admin.status()).sort(), patient)
        .toEqual(['ams-d1', 'ams-r1', 'fra-d1', 'fra-r1']);
    }
    const told = await amsC.admin.status();
    expect(told.troubles).toEqual([]);
    expect(told.parts).toMatchObject([{ coordinator: 'fra-c1', site: 'fra' }]);
    // An agent of a site that nobody has declared is taken in as well.
    const far = await lab.agent(director('waw-d1', 'waw', '10.3.1.1'), [amsC]);
    expect(far.isConnected()).toBe(true);
  });

  it('answer why a weight is what it is, whoever leads', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    await openFleet(fraC);
    const question = { service: 'web', from: 'ams', realServer: undefined, changedSinceMs: undefined };
    for (const { admin } of [fraC, amsC]) {
      const { sentences } = await admin.explain(question);
      expect(sentences.length).toBeGreaterThan(0);
    }
  });

  it('go on without the owner of a site: its agents move, and nothing of what they do changes', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(fraC);
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    const [before, sent] = [weights(fleet.ams), fleet.ams.snapshots.length];
    await lab.kill(amsC);
    await expect
      .poll(() => {
        sayAgain(fleet);
        return fleet.ams.isConnected() && fleet.ams.connections.at(-1);
      }, patient)
      .toBe(fraC.address);
    await expect.poll(async () => connectedIn(await fraC.admin.status()).length, patient).toBe(4);
    expect(weights(fleet.ams)).toEqual(before);
    expect(fleet.ams.snapshots.length).toBe(sent);
  });

  it('give a site back to a coordinator of its own', async () => {
    const fraC = await lab.start('fra-c1', 'fra');
    const fleet = await openFleet(fraC);
    expect(fleet.ams.connections.at(-1)).toBe(fraC.address);
    const sent = fleet.ams.snapshots.length;
    const amsC = await lab.start('ams-c1', 'ams');
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    expect(fleet.ams.snapshots.length).toBe(sent);
    // It learnt of the other one: no longer is the first all that it knows.
    await lab.kill(fraC);
    await expect
      .poll(() => fleet.fra.isConnected() && fleet.fra.connections.at(-1), patient)
      .toBe(amsC.address);
  });

  it('go on without the leader: another leads on with what it knew, and plans what comes', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(fraC);
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    const [before, sent] = [weights(fleet.ams), fleet.ams.snapshots.length];
    await lab.kill(fraC);
    await expect
      .poll(async () => {
        sayAgain(fleet);
        const { sentences } = await amsC.admin
          .explain({ service: 'web', from: 'ams', realServer: undefined, changedSinceMs: undefined })
          .catch(() => ({ sentences: [] }));
        return sentences.length;
      }, patient)
      .toBeGreaterThan(0);
    expect(weights(fleet.ams)).toEqual(before);
    expect(fleet.ams.snapshots.length).toBe(sent);
    const third = await lab.agent(realServer('ams-r2', 'ams', '10.2.2.2'), [amsC]);
    await expect
      .poll(() => {
        sayAgain(fleet);
        wellServer(third);
        return Object.keys(weights(fleet.ams)).sort();
      }, patient)
      .toEqual(['ams-r1', 'ams-r2', 'fra-r1']);
  });

  it('let a leader that was stopped write nothing when it goes on', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(fraC);
    const stopping = fraC.door.stop();
    // The leader has something to write, and does not know yet that it leads no more.
    const third = await lab.agent(realServer('ams-r2', 'ams', '10.2.2.2'), [amsC]);
    await stopping;
    await expect
      .poll(async () => {
        sayAgain(fleet);
        wellServer(third);
        const { sentences } = await amsC.admin
          .explain({ service: 'web', from: 'ams', realServer: undefined, changedSinceMs: undefined })
          .catch(() => ({ sentences: [] }));
        return sentences.length;
      }, patient)
      .toBeGreaterThan(0);
    const written = async () =>
      (await lab.store.read({ prefix: 'flows/' })).entries.map(({ value }) => value).join();
    const before = await written();
    fraC.door.goOn();
    await expect
      .poll(async () => (await fraC.admin.status().catch(() => undefined))?.troubles ?? ['none'], patient)
      .toEqual([]);
    expect(await written()).toBe(before);
    expect(Object.keys(weights(fleet.ams))).toContain('ams-r2');
  });
});
