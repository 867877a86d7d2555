import { credentials, makeClientConstructor } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { afterEach, describe, expect, it } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { type AgentLink, connectAgent } from '../../src/api/agent-client.ts';
import type { Handlers } from '../../src/api/handlers.ts';
import { createSectioner } from '../../src/api/manifest.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import { type AgentIdentity, emptyReport } from '../../src/domain/agent-message.ts';
import type { Envelope } from '../../src/domain/section.ts';
import type { RealServerSnapshot, Snapshot } from '../../src/domain/snapshot.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { fakeHandlers } from './fake-handlers.ts';

const content = {
  kind: 'realserver',
  deletedServices: [],
  probe: { keyHex: 'ab', intervalMs: 150, downAfterMs: 600, goneAfterMs: 10_000, rise: 3 },
  tunnel: 'gre',
  services: [],
  directors: [],
} as const satisfies Omit<RealServerSnapshot, Envelope>;

const manifest = atOnce(createSectioner().manifestOf(content));
const snapshot = (version: number): Snapshot => ({
  ...content,
  version,
  checksum: manifest.checksum,
  force: false,
});

const hello: AgentIdentity = {
  role: 'realserver',
  name: 'r1',
  site: 'fra',
  address: '10.1.2.1',
  prefixLength: 24,
  labels: {},
  capacity: 10,
  programVersion: 'test',
};

describe('over the loopback', () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function serve(handlers: Handlers, port = 0): Promise<ApiServer> {
    const server = await serveApi({ listen: `127.0.0.1:${port}`, handlers });
    closing.push(() => server.close(50));
    return server;
  }
  function admin(port: number, timeoutMs = 2_000) {
    const client = connectAdmin({ address: `127.0.0.1:${port}`, timeoutMs });
    closing.push(() => client.close());
    return client;
  }
  function agent(
    ports: readonly number[],
    onSnapshot: (link: AgentLink, snapshot: Snapshot) => void = () => {},
  ) {
    const states: string[] = [];
    const link: AgentLink = connectAgent({
      coordinators: ports.map((port) => `127.0.0.1:${port}`),
      hello: () => hello,
      held: () => undefined,
      onSnapshot: (received) => onSnapshot(link, received),
      onState: (connected, why) => states.push(`${connected ? 'connected' : 'not connected'} ${why}`),
      clock: realClock,
      random: () => 0.5,
    });
    closing.push(() => link.close());
    return { link, states };
  }
  const portOfNobody = async () => {
    const server = await serveApi({ listen: '127.0.0.1:0', handlers: fakeHandlers().handlers });
    await server.close(0);
    return server.port;
  };

  it('an admin call to nobody says where it looked, and what to check', async () => {
    const port = await portOfNobody();
    await expect(admin(port).list()).rejects.toMatchObject({
      code: 'unavailable',
      message: `list: no coordinator answers at 127.0.0.1:${port}: is causeway-coordinator running?`,
    });
    await expect(admin(port).watch(undefined, () => {}, new AbortController().signal)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('an admin call has a deadline', async () => {
    const { handlers } = fakeHandlers({ list: () => new Promise(() => {}) });
    const { port } = await serve(handlers);
    await expect(admin(port, 100).list()).rejects.toMatchObject({ code: 'deadline' });
  });

  it("the coordinator's own errors arrive as they are, thrown at once or later", async () => {
    const { port } = await serve(fakeHandlers().handlers);
    const expected = { code: 'not-found', message: 'find Site/fra: there is none' };
    await expect(admin(port).get({ kind: 'Site', name: 'fra' })).rejects.toMatchObject(expected);
    await expect(admin(port).status()).rejects.toMatchObject(expected);
  });

  it('a taken port is said in one line', async () => {
    const { port } = await serve(fakeHandlers().handlers);
    await expect(
      serveApi({ listen: `127.0.0.1:${port}`, handlers: fakeHandlers().handlers }),
    ).rejects.toMatchObject({
      code: 'conflict',
      message: `listen on 127.0.0.1:${port}: another program has this port; choose one with --listen`,
    });
  });

  it('health is served', async () => {
    const { port } = await serve(fakeHandlers().handlers);
    const Health = makeClientConstructor(healthService, 'Health');
    const client = new Health(`127.0.0.1:${port}`, credentials.createInsecure());
    closing.push(() => client.close());
    const answer = await new Promise((resolve, reject) => {
      client.check?.({ service: 'causeway.v1.Agents' }, (error: unknown, value: unknown) =>
        error ? reject(error) : resolve(value),
      );
    });
    expect(answer).toMatchObject({ status: 'SERVING' });
  });

  it('an agent is greeted, sent to and heard', async () => {
    const { handlers, heard, streams, reports } = fakeHandlers();
    const { port } = await serve(handlers);
    const { link, states } = agent([port], (to, { version }) => {
      if (version === 1) to.acknowledge(version);
      else to.refuse(version, 'no such device');
    });
    await expect.poll(() => states).toEqual([`connected 127.0.0.1:${port}`]);
    expect(link.connected).toBe(true);
    streams[0]?.send(snapshot(1), manifest);
    await expect.poll(() => heard).toContain('acknowledge 1');
    streams[0]?.send(snapshot(2), manifest);
    await expect.poll(() => heard).toContain('refuse 2: no such device');
    link.report({
      paths: [],
      destinations: [],
      applications: [{ service: 'web', verdict: 'healthy', sinceMs: 5, reason: '' }],
      load: undefined,
      troubles: [],
      held: '',
    });
    await expect.poll(() => reports).toHaveLength(1);
    await link.close();
    await expect.poll(() => heard.at(-1)).toBe('closed');
  });

  it('a snapshot that is not what its checksum says is refused, and never shown to the agent', async () => {
    const { handlers, heard, streams } = fakeHandlers();
    const { port } = await serve(handlers);
    const seen: number[] = [];
    agent([port], (_, { version }) => seen.push(version));
    await expect.poll(() => streams).toHaveLength(1);
    streams[0]?.send({ ...snapshot(4), checksum: 'ab'.repeat(32) }, manifest);
    await expect.poll(() => heard.at(-1)).toContain('refuse 4: read snapshot version 4: checksum');
    expect(seen).toEqual([]);
  });

  it('an agent moves on to the next coordinator, and what it said while nobody heard it is not said again as if it were of then', async () => {
    const nobody = await portOfNobody();
    const { handlers, heard, reports } = fakeHandlers();
    const { port } = await serve(handlers);
    const { link, states } = agent([nobody, port]);
    link.report({ ...emptyReport, held: 'before' });
    await expect.poll(() => states.at(-1)).toBe(`connected 127.0.0.1:${port}`);
    expect(states[0]).toContain(`not connected connect to coordinator 127.0.0.1:${nobody}`);
    link.report({ ...emptyReport, held: 'since' });
    await expect.poll(() => reports.map(({ held }) => held)).toEqual(['since']);
    expect(heard).toEqual(['hello r1 0']);
  });

  it('an agent comes back when its coordinator does, and introduces itself anew', async () => {
    const first = fakeHandlers();
    const server = await serveApi({ listen: '127.0.0.1:0', handlers: first.handlers });
    const { states } = agent([server.port]);
    await expect.poll(() => first.heard).toEqual(['hello r1 0']);
    await server.close(0);
    await expect.poll(() => states.at(-1)).toContain('not connected');
    const second = fakeHandlers();
    await serve(second.handlers, server.port);
    await expect.poll(() => second.heard).toEqual(['hello r1 0']);
  });
});
