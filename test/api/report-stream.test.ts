/** Reports on a stream: first as a whole, then what has changed, and as a whole again where it is asked for. */
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import type { CoordinatorMessage } from '../../src/api/gen/causeway/v1/CoordinatorMessage.ts';
import type { Handlers } from '../../src/api/handlers.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { serveApi } from '../../src/api/server.ts';
import { type AgentReport, emptyReport } from '../../src/domain/agent-message.ts';
import { realClock } from '../../src/runtime/system-clock.ts';

const { Connect } = loadApi().agents.service;
const same = (bytes: Buffer): Buffer => bytes;

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const application = (service: string, verdict: 'healthy' | 'unhealthy') => ({
  service,
  verdict,
  sinceMs: 1,
  reason: '',
});

test('an agent tells a coordinator that takes changes what has changed, and everything when it is asked', async () => {
  const coordinator = await rawCoordinator();
  const link = connectAgent({
    coordinators: [`127.0.0.1:${coordinator.port}`],
    clock: realClock,
    random: () => 0.5,
    hello: () => ({
      role: 'realserver',
      name: 'r1',
      site: 'fra',
      address: '10.1.2.1',
      prefixLength: 24,
      labels: {},
      capacity: 10,
      programVersion: 'test',
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onEpoch: (epoch) => epochs.push(epoch),
  });
  const epochs: number[] = [];
  closing.push(() => link.close());
  const capabilities = [
    'sections',
    'also-ports',
    'probe-keys',
    'denied',
    'many-slots',
    'service-tuning',
    'port-ranges',
    'announce',
    'return-path',
    'vrrp',
  ];
  await expect.poll(() => coordinator.heard()[0]?.hello?.capabilities).toEqual(capabilities);
  await expect.poll(() => link.connected).toBe(true);
  coordinator.send({ welcome: { capabilities: ['report-changes', 'hologram'], epoch: 4 } });
  await expect.poll(() => epochs).toEqual([4]);
  link.report({ ...emptyReport, applications: [application('a', 'healthy'), application('b', 'healthy')] });
  await expect.poll(() => coordinator.heard()[1]?.report?.applications).toHaveLength(2);
  link.report({ ...emptyReport, applications: [application('a', 'healthy'), application('b', 'unhealthy')] });
  await expect
    .poll(() => coordinator.heard()[2]?.reportChanges?.said?.applications)
    .toMatchObject([{ service: 'b', verdict: 'unhealthy' }]);
  link.report({ ...emptyReport, applications: [application('b', 'unhealthy')] });
  await expect.poll(() => coordinator.heard()[3]?.reportChanges).toMatchObject({ goneApplications: ['a'] });
  coordinator.send({ wholeReport: {} });
  await expect.poll(() => coordinator.heard()[4]?.report?.applications).toMatchObject([{ service: 'b' }]);
});

test('an agent leaves a coordinator of a lower epoch than it has heard of, and says which it follows', async () => {
  const [stale, owner] = [await rawCoordinator(), await rawCoordinator()];
  const states: string[] = [];
  const link = connectAgent({
    coordinators: [`127.0.0.1:${owner.port}`, `127.0.0.1:${stale.port}`],
    clock: realClock,
    random: () => 0,
    hello: () => ({
      role: 'director',
      name: 'd1',
      site: 'fra',
      address: '10.1.1.1',
      prefixLength: 24,
      programVersion: 'test',
    }),
    held: () => undefined,
    onSnapshot: () => {},
    onState: (connected, why) => states.push(`${connected ? 'connected' : 'not connected'} ${why}`),
  });
  closing.push(() => link.close());
  await expect.poll(() => link.connected).toBe(true);
  owner.send({ welcome: { capabilities: [], epoch: 5 } });
  owner.end();
  await expect.poll(() => stale.heard()[0]?.hello?.epoch).toBe(5);
  stale.send({ welcome: { capabilities: [], epoch: 4 } });
  await expect.poll(() => states.at(-1)).toBe(`connected 127.0.0.1:${owner.port}`);
  expect(states.find((state) => state.includes('epoch'))).toContain(
    'it is of epoch 4, and this agent follows epoch 5',
  );
});

test('a coordinator puts the changes together, and asks for everything where it does not know what they change', async () => {
  const reports: AgentReport[] = [];
  const ignore = (): void => {};
  const handlers = {
    admin: {},
    agents: {
      connect: async () => ({
        report: (report: AgentReport) => void reports.push(report),
        acknowledge: ignore,
        refuse: ignore,
        closed: ignore,
      }),
    },
  } as unknown as Handlers;
  const server = await serveApi({ listen: '127.0.0.1:0', handlers });
  closing.push(() => server.close(0));
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  const stream = client.makeBidiStreamRequest(Connect.path, same, same);
  const bytes: Buffer[] = [];
  stream.on('data', (message: Buffer) => bytes.push(message));
  stream.on('error', () => {});
  closing.push(() => {
    stream.cancel();
    client.close();
  });
  const heard = () => bytes.map((message) => Connect.responseDeserialize(message));
  const say = (message: Parameters<typeof Connect.requestSerialize>[0]): void =>
    void stream.write(Connect.requestSerialize(message));
  say({
    hello: { role: 'realserver', name: 'r1', site: 'fra', address: '10.1.2.1', capabilities: ['sections'] },
  });
  await expect.poll(() => heard()[0]?.welcome).toMatchObject({ capabilities: ['report-changes'], epoch: 0 });
  const changes = { said: { applications: [application('b', 'unhealthy')] }, goneApplications: ['c'] };
  say({ reportChanges: changes });
  await expect.poll(() => heard()[1]?.message).toBe('wholeReport');
  expect(reports).toEqual([]);
  say({ report: { applications: ['a', 'b', 'c'].map((name) => application(name, 'healthy')), held: 'x' } });
  say({ reportChanges: changes });
  await expect.poll(() => reports).toHaveLength(2);
  expect(reports[1]?.applications.map(({ service, verdict }) => `${service} ${verdict}`)).toEqual([
    'a healthy',
    'b unhealthy',
  ]);
  expect(reports[1]?.applications[0]).toBe(reports[0]?.applications[0]);
  expect(reports[1]?.held).toBe('');
});

/** The other end of the wire alone. */
async function rawCoordinator() {
  const bytes: Buffer[] = [];
  let agent: ServerDuplexStream<Buffer, CoordinatorMessage> | undefined;
  const server = new Server();
  server.addService(
    { Connect: { ...Connect, requestDeserialize: same } },
    {
      Connect(stream: ServerDuplexStream<Buffer, CoordinatorMessage>) {
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
    send: (message: CoordinatorMessage) => void agent?.write(message),
    end: () => agent?.end(),
    heard: () => bytes.map((message) => Connect.requestDeserialize(message)),
  };
}
