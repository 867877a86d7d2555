/** The provider as a plugin: who may call it, what it answers, how it ends. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChannelCredentials, Client } from '@grpc/grpc-js';
import { loadSync, type MethodDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KeyPair, makePluginCertificate } from '../../src/pki/sign.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { handshakeLine, readHandshake } from '../../terraform/provider/handshake.ts';
import { createProvider } from '../../terraform/provider/provider.ts';
import { type Serving, serve } from '../../terraform/provider/serve.ts';

type Answer = { readonly [name: string]: object };

const root = join(import.meta.dirname, '../..');
const definition = loadSync(
  [
    'tfplugin6/provider.proto',
    'tfplugin6/controller.proto',
    join(root, 'node_modules/grpc-health-check/proto/health/v1/health.proto'),
  ],
  { includeDirs: [join(root, 'proto')], longs: Number, enums: String, defaults: true, oneofs: true },
);
const cookie = { TF_PLUGIN_MAGIC_COOKIE: 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2' };

describe('the handshake', () => {
  const started = { ...cookie, PLUGIN_PROTOCOL_VERSIONS: '5,6', PLUGIN_CLIENT_CERT: 'PEM' };

  it.each<[string, Record<string, string>, string]>([
    ['a person starts it', {}, 'Terraform and OpenTofu start it by themselves'],
    ['another protocol is wanted', { ...started, PLUGIN_PROTOCOL_VERSIONS: '5' }, 'speaks version 6'],
    ['nobody says who may call', { ...started, PLUGIN_CLIENT_CERT: '' }, 'PLUGIN_CLIENT_CERT'],
  ])('%s: it says so, and serves nobody', (_, env, words) => {
    expect(readHandshake(env)).toEqual({ words: expect.stringContaining(words) });
  });

  it.each<[Record<string, string>, string]>([
    [started, '1|6|unix|/run/x|grpc|AAEC/w\n'],
    [{ ...started, PLUGIN_MULTIPLEX_GRPC: 'true' }, '1|6|unix|/run/x|grpc|AAEC/w|false\n'],
  ])('one line tells where it is, and by which certificate it is known', (env, line) => {
    const handshake = readHandshake(env);
    if ('words' in handshake) throw new Error(handshake.words);
    expect(handshakeLine('/run/x', Buffer.from([0, 1, 2, 255]), handshake)).toBe(line);
  });

  it('the program itself: its words go to standard error, nothing to standard output', async () => {
    const ended = promisify(execFile)(process.execPath, [join(root, 'terraform/provider/main.ts')], {
      env: {},
    });
    await expect(ended).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('start it by themselves'),
    });
  });
});

describe('the socket', () => {
  const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3_600_000 };
  let folder: string;
  let serving: Serving;
  let own: KeyPair;
  let caller: KeyPair;
  let ended: number;
  const failures: string[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'causeway-serve-'));
    [own, caller] = await Promise.all([
      makePluginCertificate('01', validity),
      makePluginCertificate('02', validity),
    ]);
    ended = 0;
    serving = await serve({
      provider: createProvider({
        env: {},
        readFile: () => '',
        connect: () => {
          throw new Error('nobody is called');
        },
        clock: realClock,
        random: () => 0,
      }),
      ...{ own, clientCertificate: caller.cert, socketFolder: folder },
      onFailure: (method, error) => failures.push(`${method}: ${error}`),
      onShutdown: () => {
        ended += 1;
      },
    });
  });
  afterEach(() => {
    serving.close();
    expect(existsSync(serving.socket)).toBe(false);
    rmSync(folder, { recursive: true });
  });

  const tls = (who?: KeyPair) =>
    ChannelCredentials.createSsl(
      Buffer.from(own.cert),
      who === undefined ? null : Buffer.from(who.key),
      who === undefined ? null : Buffer.from(who.cert),
    );

  /** As whoever has started it calls. */
  async function call(path: string, request: object = {}, credentials = tls(caller)): Promise<Answer> {
    const client = new Client(`unix:${serving.socket}`, credentials, {
      'grpc.ssl_target_name_override': 'localhost',
      'grpc.default_authority': 'localhost',
    });
    const [, service = '', name = ''] = path.split('/');
    const method = (definition[service] as ServiceDefinition)[name] as MethodDefinition<object, Answer>;
    try {
      return await new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          { deadline: Date.now() + 20_000 },
          (error, response) => (response === undefined ? reject(error) : resolve(response)),
        );
      });
    } finally {
      client.close();
    }
  }

  it('tells its schema, that it lives, and goes when it is told to', async () => {
    const schema = await call('/tfplugin6.Provider/GetProviderSchema');
    expect(Object.keys(schema.resourceSchemas ?? {})).toEqual([
      ...[
        'causeway_site',
        'causeway_service',
        'causeway_real_server',
        'causeway_override',
        'causeway_settings',
      ],
    ]);
    expect(Object.keys(schema.dataSourceSchemas ?? {})).toEqual([
      'causeway_status',
      'causeway_weights',
      'causeway_plan',
    ]);
    expect(await call('/grpc.health.v1.Health/Check', { service: 'plugin' })).toEqual({ status: 'SERVING' });
    expect(ended).toBe(0);
    await call('/plugin.GRPCController/Shutdown');
    expect(ended).toBe(1);
  });

  it.each<[string, () => ChannelCredentials | Promise<ChannelCredentials>]>([
    ['in plain text', () => ChannelCredentials.createInsecure()],
    ['without a certificate', () => tls()],
    ['with another one', async () => tls(await makePluginCertificate('03', validity))],
  ])('nobody else is served: %s', async (_, credentials) => {
    await expect(
      call('/tfplugin6.Provider/GetProviderSchema', {}, await credentials()),
    ).rejects.toMatchObject({ code: 14 });
  });

  it('what it does not know is an error of that call, and noted', async () => {
    const request = { typeName: 'causeway_x', config: { msgpack: Buffer.from([0x80]) } };
    await expect(call('/tfplugin6.Provider/ValidateResourceConfig', request)).rejects.toMatchObject({
      code: 13,
      details: 'ValidateResourceConfig: there is no causeway_x',
    });
    expect(failures).toEqual([expect.stringContaining('there is no causeway_x')]);
  });
});
