import { afterEach, expect, test } from 'vitest';
import type { Handlers, PeerHandlers } from '../../src/api/handlers.ts';
import { observePeer } from '../../src/api/peers-client.ts';
import { type ApiServer, serveApi } from '../../src/api/server.ts';
import type { SiteDigest } from '../../src/domain/digest.ts';
import { realClock } from '../../src/runtime/system-clock.ts';

let server: ApiServer | undefined;
afterEach(async () => server?.close());

const digest: SiteDigest = {
  coordinator: 'fra-c1',
  site: 'fra',
  takenAtMs: 1_700_000_000_000,
  publishedRevision: 12,
  agents: [
    // More than one message's worth.
    ...Array.from({ length: 25 }, (_, index) => ({
      role: 'director' as const,
      name: `d${index}`,
      isConnected: index !== 3,
      lastSeenMs: 1_700_000_000_000,
      reportAgeMs: index === 4 ? undefined : 120,
      wantedVersion: index === 4 ? undefined : 7,
      applied: { version: 6, checksum: 'abc', revision: 12 },
      refusal: '',
      troubles: ['a trouble'],
      held: index === 5 ? 'it hears nobody' : '',
    })),
    {
      role: 'realserver',
      name: 'r1',
      isConnected: true,
      lastSeenMs: 1_700_000_000_000,
      reportAgeMs: 0,
      wantedVersion: 1,
      applied: { version: 1, checksum: 'def', revision: 0 },
      refusal: 'no',
      troubles: [],
      held: '',
      fault: 'a device is missing',
    },
  ],
  demands: Array.from({ length: 25 }, (_, index) => ({
    director: `d${index}`,
    destinations: Array.from({ length: 500 }, (__, server) => ({
      service: 'web',
      realServer: `r${server}`,
      weight: index,
      activeConnections: 3,
      connections: 99,
      bytesIn: 1_000,
      countedSinceMs: 1_600_000_000_000,
    })),
  })),
  servers: [
    {
      realServer: 'r1',
      applications: [{ service: 'web', verdict: 'healthy', sinceMs: 1, reason: '' }],
      load: { connections: 3, connectionsUtil: 0.25, cpuUtil: undefined, backlogUtil: undefined },
    },
  ],
  paths: Array.from({ length: 25 }, (_, index) => ({
    director: `d${index}`,
    paths: [
      {
        realServer: 'r1',
        state: 'up' as const,
        sinceMs: 1,
        rttP50Us: 200,
        rttP90Us: 300,
        loss: 0.25,
        answered: 9,
        agent: 'present' as const,
        knock: 'works' as const,
      },
    ],
  })),
  rtt: [{ from: 'fra', to: 'ams', p50Us: 200, p90Us: 300, loss: 0, answered: 9 }],
};

async function serve(observe: PeerHandlers['observe']): Promise<string> {
  // Nobody asks for anything else here.
  const none = {} as Handlers['admin'] & Handlers['agents'];
  server = await serveApi({
    listen: '127.0.0.1:0',
    handlers: { admin: none, agents: none, peers: { observe } },
  });
  return `127.0.0.1:${server.port}`;
}

const asking = { coordinator: 'ams-c1', silenceMs: 5_000, clock: realClock };

test('a digest arrives as it was sent, however many messages it takes', async () => {
  const askers: string[] = [];
  const address = await serve(async function* (asker, { caller }) {
    askers.push(`${asker} by ${caller.identity}`);
    yield digest;
  });
  const found: SiteDigest[] = [];
  const { signal } = new AbortController();
  await observePeer({ ...asking, address, once: true, signal, onDigest: (one) => found.push(one) });
  expect(found).toEqual([digest]);
  expect(askers).toEqual(['ams-c1 by local']);
});

test('who is told on is told what has changed, and has all of it', async () => {
  const later: SiteDigest = {
    ...digest,
    takenAtMs: digest.takenAtMs + 500,
    agents: digest.agents.slice(1).map(({ reportAgeMs, ...agent }) => ({
      ...agent,
      reportAgeMs: reportAgeMs === undefined ? undefined : reportAgeMs + 500,
    })),
    demands: digest.demands.slice(1).map(({ director, destinations }, index) => ({
      director,
      destinations:
        index === 2
          ? destinations.map((one, server) => (server === 4 ? { ...one, weight: 0 } : one))
          : destinations,
    })),
    paths: digest.paths.slice(1),
    rtt: [],
  };
  const address = await serve(async function* () {
    yield digest;
    yield later;
    yield digest;
  });
  const found: SiteDigest[] = [];
  const { signal } = new AbortController();
  await observePeer({ ...asking, address, once: false, signal, onDigest: (one) => found.push(one) });
  const [first, second, third] = found;
  expect(found).toHaveLength(3);
  expect(first).toEqual(digest);
  expect(second).toEqual(later);
  // What was not mentioned is the same value: of a change of one among thousands, no others are made.
  expect(second?.demands[2]?.destinations[3]).toBe(first?.demands[3]?.destinations[3]);
  expect(second?.demands[1]?.destinations).toBe(first?.demands[2]?.destinations);
  expect(third?.agents).toHaveLength(digest.agents.length);
});

test('who stops listening is not told on', async () => {
  let ended = false;
  const address = await serve(async function* (_, { signal }) {
    try {
      while (!signal.aborted) {
        yield { ...digest, agents: [], demands: [], servers: [], paths: [] };
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      ended = true;
    }
  });
  const abort = new AbortController();
  await observePeer({
    ...asking,
    address,
    once: false,
    signal: abort.signal,
    onDigest: () => abort.abort(),
  });
  await expect.poll(() => ended).toBe(true);
});

test('one that says nothing is given up', async () => {
  const address = await serve(async function* (_, { signal }) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    yield* [];
  });
  const { signal } = new AbortController();
  const listening = observePeer({
    ...asking,
    address,
    once: false,
    silenceMs: 50,
    signal,
    onDigest() {},
  });
  await expect(listening).rejects.toMatchObject({ code: 'deadline', subject: address });
});

test('one that is not there is told so', async () => {
  const address = await serve(async function* () {
    yield* [];
  });
  await server?.close();
  server = undefined;
  const { signal } = new AbortController();
  await expect(observePeer({ ...asking, address, once: true, signal, onDigest() {} })).rejects.toMatchObject({
    code: 'unavailable',
  });
});
