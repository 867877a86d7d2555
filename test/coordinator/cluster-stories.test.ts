import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  atRest,
  connectedIn,
  director,
  openFleet,
  patient,
  realServer,
  sayAgain,
  weights,
  weightsIn,
  wellServer,
} from './cluster-fleet.ts';
import { type ClusterLab, openClusterLab } from './cluster-lab.ts';

let lab: ClusterLab;
beforeEach(async () => {
  lab = await openClusterLab();
});
afterEach(() => lab.dispose());

describe('several coordinators on one store', () => {
  it('serve each site by its own, and tell of all of them, whoever is asked', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const { fra, ams } = await openFleet(lab, fraC);
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
    await atRest(lab, await openFleet(lab, fraC), [fraC, amsC]);
    const question = { service: 'web', from: 'ams', realServer: undefined, changedSinceMs: undefined };
    for (const { admin } of [fraC, amsC]) {
      const { sentences } = await admin.explain(question);
      expect(sentences.length).toBeGreaterThan(0);
    }
  });

  it('go on without the owner of a site: its agents move, and nothing of what they do changes', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    await atRest(lab, fleet, [fraC, amsC]);
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
    const fleet = await openFleet(lab, fraC);
    expect(fleet.ams.connections.at(-1)).toBe(fraC.address);
    await atRest(lab, fleet, [fraC]);
    const sent = fleet.ams.snapshots.length;
    const amsC = await lab.start('ams-c1', 'ams');
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    expect(fleet.ams.snapshots.length).toBe(sent);
    // As the logs tell who follows what happened.
    expect(fraC.offices).toEqual(expect.arrayContaining(['leads', 'owns site fra', 'owns site ams']));
    expect([fraC.offices.at(-1), amsC.offices]).toEqual(['owns site no more ams', ['owns site ams']]);
    // It learnt of the other one: no longer is the first all that it knows.
    await lab.kill(fraC);
    await expect
      .poll(() => fleet.fra.isConnected() && fleet.fra.connections.at(-1), patient)
      .toBe(amsC.address);
  });

  it('go on without the leader: another leads on with what it knew, and plans what comes', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    await atRest(lab, fleet, [fraC, amsC]);
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

  it('lose their agents where they are cut off from the store alone: the site is owned by another by then', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
    await expect.poll(() => fleet.ams.connections.at(-1), patient).toBe(amsC.address);
    await atRest(lab, fleet, [fraC, amsC]);
    const before = weights(fleet.ams);
    const sent = fleet.ams.snapshots.length;
    amsC.door.shut();
    await expect
      .poll(() => {
        sayAgain(fleet);
        return fleet.ams.isConnected() && fleet.ams.connections.at(-1);
      }, patient)
      .toBe(fraC.address);
    // Distances may have been learnt meanwhile: no snapshot has changed a weight.
    const since = fleet.ams.snapshots.slice(sent).map((snapshot) => weightsIn(snapshot));
    expect(since).toEqual(since.map(() => before));
  });

  it('let a leader that was stopped write nothing when it goes on', async () => {
    const [fraC, amsC] = [await lab.start('fra-c1', 'fra'), await lab.start('ams-c1', 'ams')];
    const fleet = await openFleet(lab, fraC);
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
