/** What callers may do who have not said who they are, and what those may who have. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Handlers } from '../../src/api/handlers.ts';
import { loadApi } from '../../src/api/proto-services.ts';
import { serveApi } from '../../src/api/server.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A coordinator that takes every agent, and what it heard. */
async function open(strangersAtMost = 512) {
  const heard: string[] = [];
  const reports: AgentReport[] = [];
  const handlers = {
    admin: {
      list: async () => ({ resources: [], revision: 1 }),
      apply: async () => {
        heard.push('apply');
        return { problems: [], revision: 1, outcomes: [] };
      },
    },
    agents: {
      async connect({ name }: { name: string }) {
        heard.push(`hello ${name}`);
        const ignore = (): void => {};
        return {
          report: (report: AgentReport) => void reports.push(report),
          acknowledge: ignore,
          refuse: ignore,
          closed: ignore,
        };
      },
    },
  } as unknown as Handlers;
  const server = await serveApi({ listen: '127.0.0.1:0', handlers, strangersAtMost });
  closing.push(() => server.close(0));
  return { port: server.port, heard, reports };
}

const { Connect } = loadApi().agents.service;
const raw = (bytes: Buffer): Buffer => bytes;

/** A stream that sends these bytes as its messages, whatever they are. */
function connect(port: number) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  closing.push(() => client.close());
  const stream = client.makeBidiStreamRequest(Connect.path, raw, raw);
  const ended = new Promise<ServiceError>((resolve) => stream.on('error', resolve as never));
  stream.on('data', () => {});
  return { stream, ended };
}

const hello = (name = 'r1') =>
  Connect.requestSerialize({ hello: { role: 'realserver', name, site: 'fra', address: '10.1.2.1' } });

describe('before a hello', () => {
  it('64 KB that would be thirty thousand objects are not looked at', async () => {
    const { port, heard } = await open();
    const { stream, ended } = connect(port);
    // AgentMessage.report with empty paths.
    const inner = Buffer.from('0a00'.repeat(32_000), 'hex');
    stream.write(Buffer.concat([Buffer.from([0x22, 0x80, 0xf4, 0x03]), inner]));
    expect(await ended).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: 'read message: found 64004 bytes, expected at most 16384 bytes in a message',
    });
    expect(heard).toEqual([]);
  });

  it('a hello with a thousand labels is refused by their number', async () => {
    const { port } = await open();
    const { stream, ended } = connect(port);
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`l${index}`, 'x']));
    stream.write(Connect.requestSerialize({ hello: { role: 'realserver', name: 'r1', labels } }));
    expect((await ended).details).toContain('found more than 512 items');
  });

  it('what was small and becomes large when it is inflated is refused by its size', async () => {
    const { port, heard } = await open();
    const body = gzipSync(Buffer.alloc(4 << 20));
    expect(body.length).toBeLessThan(8_192);
    expect(await postCompressed(port, body)).toBe(`${status.FAILED_PRECONDITION}`);
    expect(heard).toEqual([]);
  });

  it('bytes that are no message end the stream with words', async () => {
    const { port } = await open();
    const { stream, ended } = connect(port);
    stream.write(Buffer.from([0xff, 0xff, 0xff]));
    expect(await ended).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'read message: it is damaged',
    });
  });

  it('a connection on which nothing is ever said is closed', async () => {
    const { port } = await open();
    const socket = connectTcp(port, '127.0.0.1');
    socket.resume();
    await once(socket, 'close');
  }, 30_000);

  it('of many silent streams those that have waited longest make room, and an agent gets in', async () => {
    const { port, heard } = await open(2);
    const first = connect(port);
    for (const { stream } of [connect(port), connect(port), connect(port)]) stream.on('error', () => {});
    expect((await first.ended).details).toContain('too many others wait with it without a hello');
    const agent = connect(port);
    agent.stream.write(hello());
    await expect.poll(() => heard).toEqual(['hello r1']);
  });
});

describe('after it', () => {
  it('a report of some MB is taken, one that is more than a fleet ends the stream', async () => {
    const { port, reports } = await open();
    const { stream, ended } = connect(port);
    stream.write(hello());
    const path = { realServer: 'r'.repeat(30), state: 'up', agent: 'present', knock: 'works', loss: 0.5 };
    const paths = (count: number) => Connect.requestSerialize({ report: { paths: Array(count).fill(path) } });
    stream.write(paths(24_000));
    await expect.poll(() => reports.length, { timeout: 5_000 }).toBe(1);
    stream.write(paths(100_000));
    expect((await ended).code).not.toBe(status.OK);
    expect(reports).toHaveLength(1);
  }, 30_000);
});

describe('an operator', () => {
  it('is told what is too much in an apply', async () => {
    const { port, heard } = await open();
    const { Apply } = loadApi().admin.service;
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    closing.push(() => client.close());
    const call = (request: Buffer) =>
      new Promise<ServiceError | null>((resolve) =>
        client.makeUnaryRequest(Apply.path, raw, raw, request, (error) => resolve(error)),
      );
    expect(await call(Buffer.from('0a00'.repeat(300_001), 'hex'))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: expect.stringContaining('found more than 300000 items'),
    });
    expect(heard).toEqual([]);
    expect(await call(Apply.requestSerialize({ resources: [] }))).toBeNull();
    expect(heard).toEqual(['apply']);
  });
});

/** The status of a Connect whose first message is compressed; gRPC's own client does not inflate what it was not told to. */
async function postCompressed(port: number, body: Buffer): Promise<string | undefined> {
  const { connect: connectHttp2 } = await import('node:http2');
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  closing.push(() => session.destroy());
  session.on('error', () => {});
  const stream = session.request({
    ':method': 'POST',
    ':path': Connect.path,
    'content-type': 'application/grpc',
    'grpc-encoding': 'gzip',
    te: 'trailers',
  });
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(1, 0);
  prefix.writeUInt32BE(body.length, 1);
  stream.write(Buffer.concat([prefix, body]));
  return await new Promise((resolve) => {
    const take = (headers: Record<string, unknown>): void => {
      if (headers['grpc-status'] !== undefined) resolve(String(headers['grpc-status']));
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('close', () => resolve(undefined));
    stream.on('error', () => {});
    stream.resume();
  });
}
