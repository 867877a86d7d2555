/**
 * Programs of this version beside those of 0.1.0, which know no sections, no changes of reports and no epochs. recorded/ has what those sent
 * and stored, byte for byte: to an agent from a coordinator with two services and a real server elsewhere, to a coordinator from its agents.
 * peer-* is what coordinators told each other before they knew changes of digests.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { snapshotFromWire } from '../../src/api/convert-snapshot.ts';
import { manifestChecksum } from '../../src/api/manifest.ts';
import { observePeer } from '../../src/api/peers-client.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { createDigestTaker } from '../../src/api/take-digest.ts';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import type { SiteDigest } from '../../src/domain/digest.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';
import { director, patient, realServer } from '../coordinator/cluster-fleet.ts';
import { openClusterLab } from '../coordinator/cluster-lab.ts';
import { openLab, policy, service, site } from '../coordinator/harness.ts';

const { agents, peers } = loadApi();
const { Connect } = agents.service;
const { Observe } = peers.service;
const same = (bytes: Buffer): Buffer => bytes;
const recorded = (name: string): Buffer => readFileSync(join(import.meta.dirname, 'recorded', `${name}.bin`));
const roles = ['director', 'realserver'] as const;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

describe.each(roles)("a %s's agent of 0.1.0 and this coordinator", (role) => {
  it('it is sent whole snapshots, acknowledges, refuses and reports as it did', async () => {
    const lab = await openLab();
    closing.push(() => lab.dispose());
    await lab.admin.apply([
      site('fra'),
      site('lon', 'gre'),
      service('web'),
      service('api', { vips: ['192.0.2.11', '2001:db8::11'], placement: 'static' }),
    ]);
    await lab.realServer('lon-r2', { site: 'lon', address: '10.2.2.2' });
    await lab.admin.apply([policy('lon-r2', 50)]);
    const agent = oldAgent(lab.coordinator.port);
    agent.send(recorded(`agent-hello-${role}`));
    await expect.poll(() => agent.received.length).toBeGreaterThan(0);
    const first = agent.received.map((message) => message.snapshot).at(-1);
    // Nothing that it does not know, and the checksum as it reckons it.
    const snapshot = first && snapshotFromWire(first);
    expect(agent.received.every((message) => message.message === 'snapshot')).toBe(true);
    expect(snapshot?.checksum).toBe(snapshot && snapshotChecksum(snapshot));

    agent.send(recorded(`agent-report-${role}`));
    const own = async () => (await lab.admin.status()).agents.find(({ name }) => name === `fra-${role[0]}1`);
    if (role === 'director')
      await expect.poll(async () => (await own())?.held).toBe('everything fell silent at once');
    else await expect.poll(async () => (await own())?.applications[0]?.reason).toBe('status 503');
    // Its versions are those of the recording.
    agent.send(recorded('agent-refuse'));
    agent.send(recorded('agent-acknowledge'));
    await expect.poll(async () => (await own())?.appliedVersion).toBe(4);
    await lab.admin.apply([service('web', { vips: ['192.0.2.99'] })]);
    await expect.poll(() => JSON.stringify(agent.received.at(-1)?.snapshot ?? '')).toContain('192.0.2.99');
  });
});

describe.each(roles)("this %s's agent and a coordinator of 0.1.0", (role) => {
  it('it takes whole snapshots, says what it has as that one reckons it, and reports as a whole', async () => {
    const old = await oldCoordinator();
    const got: Snapshot[] = [];
    const held = role === 'director' ? directorSnapshot({ epoch: 3 }) : realServerSnapshot();
    const link = connectAgent({
      coordinators: [`127.0.0.1:${old.port}`],
      clock: realClock,
      random: () => 0.5,
      hello: () => ({ ...identity, role, programVersion: 'test' }),
      held: () => got.at(-1) ?? held,
      onSnapshot(snapshot) {
        got.push(snapshot);
        link.acknowledge(snapshot.version);
      },
    });
    closing.push(() => link.close());
    await expect
      .poll(() => old.heard()[0]?.hello)
      .toMatchObject({
        role,
        appliedVersion: 1,
        appliedChecksum: snapshotChecksum(held),
      });
    const told = recorded(`coordinator-snapshot-${role}`);
    old.send(told);
    const { version } = Connect.responseDeserialize(told).snapshot ?? {};
    await expect.poll(() => old.heard().at(-1)?.acknowledge?.version).toBe(version);
    const [snapshot] = got;
    expect(snapshot?.checksum).toBe(snapshot && manifestChecksum(snapshot));
    const reports: AgentReport[] = [
      { ...emptyReport, held: 'first' },
      { ...emptyReport, held: 'second' },
    ];
    for (const report of reports) link.report(report);
    await expect.poll(() => old.heard().at(-1)?.report?.held).toBe('second');
    expect(old.heard().some(({ reportChanges }) => reportChanges)).toBe(false);
  });
});

describe('coordinators beside those that know no changes of digests', () => {
  it('one that takes no changes is told all each time, and who takes them the same', async () => {
    const lab = await openClusterLab();
    closing.push(() => lab.dispose());
    const member = await lab.start('fra-c1', 'fra');
    const reporting = await lab.agent(director('fra-d1', 'fra', '10.1.1.1'), [member]);
    await lab.agent(realServer('fra-r1', 'fra', '10.1.2.1'), [member]);
    const old = observing(member.coordinator.port, recorded('peer-observe'));
    const asked = { coordinator: 'ams-c1', capabilities: ['digest-changes', 'hologram'] };
    const young = observing(member.coordinator.port, Observe.requestSerialize(asked));
    const taker = createDigestTaker();
    let taken = 0;
    let last: SiteDigest | undefined;
    const has = (): SiteDigest | undefined => {
      for (const bytes of young.slice(taken)) last = taker.take(bytes) ?? last;
      taken = young.length;
      return last;
    };
    const all = ['fra-d1', 'fra-r1'];
    for (const held of ['it hears nobody', 'it hears half of them']) {
      reporting.report({ ...emptyReport, held });
      const heard = () => old.map((bytes) => Observe.responseDeserialize(bytes)).at(-1);
      await expect.poll(() => heard()?.agents.map(({ report }) => report?.held), patient).toEqual([held, '']);
      await expect.poll(() => has()?.agents.map((agent) => agent.held), patient).toEqual([held, '']);
      expect(has()?.agents.map(({ name }) => name)).toEqual(all);
    }
    for (const { number, base, agents: told } of old.map((bytes) => Observe.responseDeserialize(bytes))) {
      expect([number, base]).toEqual([0, 0]);
      expect(told.every(({ report, reportChanges }) => report && !reportChanges)).toBe(true);
    }
    const [first, ...later] = young.map((bytes) => Observe.responseDeserialize(bytes));
    expect(first).toMatchObject({ number: 1, base: 0 });
    expect(later.map(({ base }) => base)).toEqual(later.map((_, index) => index + 1));
    expect(later.some(({ agents: told }) => told.some(({ report }) => report))).toBe(false);
  });

  it('one that tells all each time is understood', async () => {
    const askers: unknown[] = [];
    const server = new Server();
    server.addService(
      { Observe },
      {
        Observe(stream: ServerWritableStream<object, object>) {
          askers.push(stream.request);
          for (const name of ['peer-digest', 'peer-digest-later', 'peer-digest'])
            stream.write(recorded(name));
          stream.end();
        },
      },
    );
    const port = await bound(server);
    const found: SiteDigest[] = [];
    await observePeer({
      ...{ address: `127.0.0.1:${port}`, coordinator: 'ams-c1', once: false, silenceMs: 5_000 },
      ...{ clock: realClock, signal: new AbortController().signal, onDigest: (one) => found.push(one) },
    });
    expect(askers).toMatchObject([{ coordinator: 'ams-c1', once: false }]);
    expect(found.map(({ agents: told }) => told.map(({ name }) => name))).toEqual([
      ['fra-d1', 'fra-r1', 'fra-r2'],
      ['fra-d1', 'fra-r2'],
      ['fra-d1', 'fra-r1', 'fra-r2'],
    ]);
    expect(found[0]).toEqual(found[2]);
    expect(found[0]).toMatchObject({
      coordinator: 'fra-c1',
      agents: [
        { troubles: ['a trouble'], held: 'it hears nobody', reportAgeMs: 120, wantedVersion: 7 },
        { refusal: 'no', fault: 'a device is missing' },
        { isConnected: false, reportAgeMs: undefined, wantedVersion: undefined },
      ],
      servers: [{ realServer: 'fra-r1', load: { connections: 3 } }],
      rtt: [{ from: 'fra', to: 'ams', p50Us: 200 }],
    });
    expect(found.map(({ demands }) => demands[0]?.destinations[0]?.connections)).toEqual([99, 150, 99]);
  });

  it('one whose changes do not follow is left, and the next stream begins with all', async () => {
    const server = new Server();
    let streams = 0;
    const head = { coordinator: 'fra-c1', site: 'fra', first: true, last: true };
    server.addService(
      { Observe },
      {
        Observe(stream: ServerWritableStream<object, object>) {
          streams += 1;
          stream.write({ ...head, number: 1, agents: [{ role: 'director', name: `fra-d${streams}` }] });
          if (streams === 1) stream.write({ ...head, number: 3, base: 2 });
          else stream.end();
        },
      },
    );
    const port = await bound(server);
    const found: string[] = [];
    const observe = () =>
      observePeer({
        ...{ address: `127.0.0.1:${port}`, coordinator: 'ams-c1', once: false, silenceMs: 5_000 },
        ...{ clock: realClock, signal: new AbortController().signal },
        onDigest: ({ agents: told }) => found.push(...told.map(({ name }) => name)),
      });
    await expect(observe()).rejects.toMatchObject({ code: 'invalid', subject: 'fra' });
    await observe();
    expect(found).toEqual(['fra-d1', 'fra-d2']);
  });
});

const identity = {
  name: 'a1',
  site: 'fra',
  address: '10.1.2.1',
  prefixLength: 24,
  labels: {},
  capacity: 10,
};

/** The other end of the wire alone: bytes as they were recorded. */
function oldAgent(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(Connect.path, same, same);
  const bytes: Buffer[] = [];
  stream.on('data', (message: Buffer) => bytes.push(message));
  stream.on('error', () => {});
  closing.push(() => {
    stream.cancel();
    client.close();
  });
  return {
    send: (message: Buffer) => void stream.write(message),
    get received() {
      return bytes.map((message) => Connect.responseDeserialize(message));
    },
  };
}

async function oldCoordinator() {
  const bytes: Buffer[] = [];
  let agent: ServerDuplexStream<Buffer, Buffer> | undefined;
  const server = new Server();
  server.addService(
    {
      Connect: {
        ...Connect,
        requestDeserialize: same,
        responseSerialize: same,
        requestSerialize: same,
        responseDeserialize: same,
      },
    },
    {
      Connect(stream: ServerDuplexStream<Buffer, Buffer>) {
        agent = stream;
        stream.on('data', (message: Buffer) => bytes.push(message));
        stream.on('error', () => {});
        stream.sendMetadata(new Metadata());
      },
    },
  );
  const port = await bound(server);
  return {
    port,
    send: (message: Buffer) => void agent?.write(message),
    heard: () => bytes.map((message) => Connect.requestDeserialize(message)),
  };
}

function bound(server: Server): Promise<number> {
  closing.push(() => server.forceShutdown());
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}

/** What another coordinator is told that asks with these bytes. */
function observing(port: number, request: Buffer): Buffer[] {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const stream = client.makeServerStreamRequest(Observe.path, same, same, request);
  const bytes: Buffer[] = [];
  stream.on('data', (message: Buffer) => bytes.push(message));
  stream.on('error', () => {});
  closing.push(() => {
    stream.cancel();
    client.close();
  });
  return bytes;
}
