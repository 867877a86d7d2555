import { connect } from 'node:http2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadApi } from '../../src/api/proto-services.ts';
import { memberKey } from '../../src/store/keys.ts';
import { encodeRecord } from '../../src/store/record.ts';
import { type Lab, lastOf, openLab, policy, service, site, weightsOf } from './harness.ts';

describe('a coordinator and its agents', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab();
  });
  afterEach(() => lab.dispose());

  it('an apply reaches the agents, and their acknowledgement the status', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    const applied = await lab.admin.apply([site('fra'), service('web')]);
    expect(applied).toMatchObject({ problems: [], outcomes: ['created', 'created'] });
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    await expect
      .poll(() => lastOf(realServer))
      .toMatchObject({ kind: 'realserver', services: [{ name: 'web' }] });
    expect(lastOf(director)?.keys).toMatchObject([
      { name: 'r1', keyHex: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
    await expect
      .poll(async () => (await lab.admin.status()).agents.map((agent) => [agent.name, agent.appliedVersion]))
      .toEqual([
        ['d1', lastOf(director)?.version],
        ['r1', lastOf(realServer)?.version],
      ]);
    const status = await lab.admin.status();
    expect(status.agents.every((agent) => agent.connected && agent.refusal === '')).toBe(true);
    expect(status.agents.map((agent) => agent.wantedVersion)).toEqual(
      status.agents.map((agent) => agent.appliedVersion),
    );
    expect(status.services).toEqual([
      {
        name: 'web',
        vips: ['192.0.2.10'],
        ports: ['80/tcp'],
        realServers: 1,
        healthy: 0,
        withdrawnAt: [],
        unsupervised: 0,
      },
    ]);
  });

  it('the same apply again writes and sends nothing', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    const first = await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    await expect.poll(() => lastOf(realServer)).toMatchObject({ services: [{ name: 'web' }] });
    const [sent, writes] = [await lab.snapshotsSent(), await lab.storeWrites()];
    expect(await lab.admin.apply([site('fra'), service('web')])).toEqual({
      problems: [],
      outcomes: ['unchanged', 'unchanged'],
      revision: first.revision,
    });
    expect([await lab.snapshotsSent(), await lab.storeWrites()]).toEqual([sent, writes]);
  });

  it('slow start switched off is a change, though off is 0', async () => {
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    const off = await lab.admin.apply([service('web', { slowStartSeconds: 0 })]);
    expect(off.outcomes).toEqual(['changed']);
    expect(await lab.admin.get({ kind: 'Service', name: 'web' })).toMatchObject({ slowStartSeconds: 0 });
    expect((await lab.admin.apply([service('web', { slowStartSeconds: 0 })])).outcomes).toEqual([
      'unchanged',
    ]);
  });

  it('the deadline of a drain switched off is a change, though off is 0', async () => {
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    expect((await lab.admin.apply([service('web', { drainSeconds: 0 })])).outcomes).toEqual(['changed']);
    expect(await lab.admin.get({ kind: 'Service', name: 'web' })).toMatchObject({ drainSeconds: 0 });
  });

  it('an apply with a mistake stores nothing of it and names every mistake', async () => {
    const { problems } = await lab.admin.apply([
      site('fra'),
      site('fra'),
      service('web', { sites: ['moon'] }),
    ]);
    expect(problems).toMatchObject([{ path: 'metadata.name', found: 'Site/fra twice' }]);
    const second = await lab.admin.apply([site('fra'), service('web', { sites: ['moon'] })]);
    expect(second.problems.map(({ path }) => path)).toContain('spec.sites[0]');
    expect((await lab.admin.list()).resources).toEqual([]);
  });

  it('a refusal is shown with its reason, until the next version is applied', async () => {
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.judge = () => 'add destination 10.1.2.1: EEXIST';
    await lab.admin.apply([site('fra'), service('web')]);
    const seen = async () => (await lab.admin.status()).agents.find(({ name }) => name === 'd1');
    await expect.poll(seen).toMatchObject({ refusal: 'add destination 10.1.2.1: EEXIST' });
    const refused = await seen();
    expect(refused?.appliedVersion).toBeLessThan(refused?.wantedVersion ?? 0);
    director.judge = () => undefined;
    await lab.admin.apply([service('web', { persistenceSeconds: 60 })]);
    // Changes that come together are one version.
    const wanted = async () => {
      const agent = await seen();
      return agent?.refusal === '' && agent.appliedVersion === agent.wantedVersion ? agent.wantedVersion : 0;
    };
    await expect.poll(wanted).toBeGreaterThanOrEqual(refused?.wantedVersion ?? 0);
  });

  it('what was held back is sent again, marked, when the operator insists', async () => {
    await lab.realServer('r1');
    const director = await lab.director('d1');
    director.judge = (snapshot) => (snapshot.force ? undefined : 'implausible');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    const heldBack = lastOf(director)?.version ?? 0;
    expect(director.applied?.version).toBeLessThan(heldBack);
    await lab.admin.apply([service('web')], { force: true });
    await expect.poll(() => lastOf(director)?.force).toBe(true);
    await expect.poll(() => director.applied?.version).toBe(lastOf(director)?.version);
    expect(director.snapshots.map(({ version }) => version)).toEqual(
      director.snapshots.map(({ version }) => version).toSorted((a, b) => a - b),
    );
  });

  it('a restart on the same store sends nothing to agents that have what they should', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    await expect.poll(() => lastOf(realServer)).toMatchObject({ services: [{ name: 'web' }] });
    const counts = [director.snapshots.length, realServer.snapshots.length];
    const { version } = director.applied ?? { version: 0 };
    await lab.restart();
    await expect
      .poll(
        async () => (await lab.admin.status().catch(() => undefined))?.agents.map((agent) => agent.connected),
        {
          timeout: 5_000,
        },
      )
      .toEqual([true, true]);
    // A change that concerns the director alone: the next it gets is just the next version, and the only one.
    await lab.admin.apply([policy('r1', 50)]);
    const after = await lab.admin.apply([service('web', { persistenceSeconds: 30 })]);
    expect(after.problems).toEqual([]);
    await expect.poll(() => lastOf(director)).toMatchObject({ services: [{ persistenceSeconds: 30 }] });
    expect([director.snapshots.length > (counts[0] ?? 0), realServer.snapshots.length]).toEqual([
      true,
      counts[1],
    ]);
    expect(director.snapshots[counts[0] ?? 0]?.version).toBe(version + 1);
    expect((await lab.admin.status()).agents.map((agent) => agent.refusal)).toEqual(['', '']);
  });

  it('of many applies at once, what the store ends with is what the agents end with', async () => {
    const director = await lab.director('d1');
    await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    await expect.poll(() => weightsOf(director, 'web')).toEqual({ r1: 100 });
    await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        lab.admin.apply([service('web', { persistenceSeconds: index + 1 })]),
      ),
    );
    const final = await lab.admin.get({ kind: 'Service', name: 'web' });
    const wanted = final.kind === 'Service' ? final.persistenceSeconds : -1;
    await expect.poll(() => lastOf(director)).toMatchObject({ services: [{ persistenceSeconds: wanted }] });
  });

  it('a slow agent gets the newest only, and the coordinator does not wait for it', async () => {
    await lab.dispose();
    const crowd = Array.from({ length: 1_000 }, (_, index) => ({
      role: 'realserver' as const,
      name: `r${index + 1}`,
      site: 'fra',
      address: `10.9.${index >> 8}.${index & 255}`,
      prefixLength: 24,
      labels: { app: 'web' },
      capacity: 100,
      probeSlot: index + 1,
    }));
    lab = await openLab({
      prepare: (store) =>
        store.commit({
          conditions: [],
          writes: crowd.map((value) => ({
            kind: 'put',
            key: memberKey('realserver', value.name),
            value: encodeRecord({ kind: 'member', value }),
          })),
        }),
    });
    await lab.admin.apply([site('fra'), service('web')]);
    const { requestSerialize, responseDeserialize } = loadApi().agents.service.Connect;
    // Bare HTTP/2: a gRPC client of ours would read ahead.
    const session = connect(`http://127.0.0.1:${lab.coordinator.port}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/causeway.v1.Agents/Connect',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const hello = { role: 'director', name: 'd1', site: 'fra', address: '10.1.1.1', prefixLength: 24 };
    stream.write(frame(requestSerialize({ hello })));
    const rounds = 40;
    for (let round = 1; round <= rounds; round++) {
      const sent = await lab.snapshotsSent();
      await lab.admin.apply([service('web', { persistenceSeconds: round })]);
      await expect.poll(() => lab.snapshotsSent(), { interval: 5 }).toBeGreaterThan(sent);
    }
    const received: number[] = [];
    let bytes = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt32BE(1)) {
        const end = 5 + bytes.readUInt32BE(1);
        const { snapshot } = responseDeserialize(bytes.subarray(5, end));
        received.push(snapshot?.director?.services[0]?.persistenceSeconds ?? -1);
        bytes = bytes.subarray(end);
      }
    });
    await expect.poll(() => received.at(-1)).toBe(rounds);
    expect(received.length).toBeLessThanOrEqual(20);
    session.destroy();
  });

  it('reports are shown, and write nothing to the store', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    const writes = await lab.storeWrites();
    const path = {
      realServer: 'r1',
      state: 'up',
      sinceMs: 1,
      rttP50Us: 200,
      rttP90Us: 300,
      loss: 0,
      answered: 60,
      agent: 'present',
      knock: 'works',
    } as const;
    const unknownLoad = {
      connections: undefined,
      connectionsUtil: undefined,
      cpuUtil: undefined,
      backlogUtil: undefined,
    };
    for (let round = 0; round < 20; round++) {
      director.link.report({
        paths: [{ ...path, answered: round, agent: 'present', knock: 'works' }],
        destinations: [],
        applications: [],
        load: undefined,
        troubles: [],
        held: '',
      });
      realServer.link.report({
        paths: [],
        destinations: [],
        applications: [{ service: 'web', verdict: 'healthy', sinceMs: round, reason: '' }],
        load: { ...unknownLoad, connections: round, cpuUtil: 0 },
        troubles: [],
        held: '',
      });
    }
    await expect
      .poll(async () => (await lab.admin.status()).services)
      .toMatchObject([{ realServers: 1, healthy: 1 }]);
    await expect
      .poll(async () => (await lab.admin.status()).agents[0]?.paths)
      .toEqual([{ ...path, answered: 19, agent: 'present', knock: 'works' }]);
    await expect
      .poll(async () => (await lab.admin.status()).agents[1]?.load)
      .toEqual({ ...unknownLoad, connections: 19, cpuUtil: 0 });
    expect(await lab.storeWrites()).toBe(writes);
  });

  it('a director that sees the path down makes a service unhealthy, whatever its server says', async () => {
    const director = await lab.director('d1');
    const realServer = await lab.realServer('r1');
    await lab.admin.apply([site('fra'), service('web')]);
    realServer.link.report({
      paths: [],
      destinations: [],
      applications: [{ service: 'web', verdict: 'healthy', sinceMs: 1, reason: '' }],
      load: undefined,
      troubles: [],
      held: '',
    });
    await expect.poll(async () => (await lab.admin.status()).services).toMatchObject([{ healthy: 1 }]);
    director.link.report({
      paths: [
        {
          realServer: 'r1',
          state: 'down',
          sinceMs: 1,
          rttP50Us: 0,
          rttP90Us: 0,
          loss: 1,
          answered: 0,
          agent: 'present',
          knock: 'works',
        },
      ],
      destinations: [],
      applications: [],
      load: undefined,
      troubles: [],
      held: '',
    });
    await expect.poll(async () => (await lab.admin.status()).services).toMatchObject([{ healthy: 0 }]);
  });

  it('a plan shows operations and writes nothing', async () => {
    await lab.director('d1');
    await lab.realServer('r1');
    const before = (await lab.admin.list()).revision;
    const plan = await lab.admin.plan([site('fra'), service('web')]);
    expect(plan.problems).toEqual([]);
    expect(plan.agents.map(({ role, name }) => `${role} ${name}`)).toEqual(['director d1', 'realserver r1']);
    expect(plan.agents[0]?.operations.join('\n')).toContain('192.0.2.10:80');
    expect(await lab.admin.list()).toEqual({ resources: [], revision: before });
  });

  it('a watch tells what is there, then each change', async () => {
    await lab.admin.apply([site('fra')]);
    const abort = new AbortController();
    const events: string[] = [];
    const watching = lab.admin.watch(
      undefined,
      (event) =>
        events.push(
          event.type === 'synced' ? 'synced' : `${event.type} ${event.resource.kind}/${event.resource.name}`,
        ),
      abort.signal,
    );
    await expect.poll(() => events).toEqual(['put Site/fra', 'synced']);
    await lab.admin.apply([site('lon')]);
    await lab.admin.remove([{ kind: 'Site', name: 'fra' }]);
    await expect.poll(() => events.slice(2)).toEqual(['put Site/lon', 'delete Site/fra']);
    abort.abort();
    await watching;
  });
});

/** A gRPC message as it stands on an HTTP/2 stream: uncompressed, its length, its bytes. */
function frame(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
