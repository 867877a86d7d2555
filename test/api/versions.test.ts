/**
 * Programs of this version beside those of 0.1.0, which know no sections, no changes of reports and no epochs. recorded/ has what those sent
 * and stored, byte for byte: to an agent from a coordinator with two services and a real server elsewhere, to a coordinator from its agents.
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
} from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { snapshotChecksum } from '../../src/api/checksum.ts';
import { snapshotFromWire } from '../../src/api/convert-snapshot.ts';
import { manifestChecksum } from '../../src/api/manifest.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { directorSnapshot, realServerSnapshot } from '../agents/snapshots.ts';
import { openLab, policy, service, site } from '../coordinator/harness.ts';

const { Connect } = loadApi().agents.service;
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
  closing.push(() => server.forceShutdown());
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    send: (message: Buffer) => void agent?.write(message),
    heard: () => bytes.map((message) => Connect.requestDeserialize(message)),
  };
}
