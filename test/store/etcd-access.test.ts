/** Who may use an etcd: users, grants and tokens, certificates. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EtcdStoreOptions } from '../../src/store/etcd/etcd-store.ts';
import type { Store } from '../../src/store/store.ts';
import { writeCertificates } from '../etcd/certificates.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { etcdctl } from '../etcd/etcdctl.ts';
import { openGate } from '../etcd/gate.ts';
import { openQuick as open, persist, pollWrite, position, staleness } from './etcd-opened.ts';
import { reader } from './reader.ts';
import { put, write } from './writing.ts';

describe.skipIf(etcdPrograms === undefined)('an etcd that asks for a user', () => {
  let etcd: EtcdCluster;
  let store: Store;
  const user = { name: 'causeway', password: 'secret' };
  const root = ['--user=root:root'];
  beforeAll(async () => {
    etcd = await startEtcd();
    const said = (words: string) => etcdctl(etcd, words.split(' '));
    await said('user add root:root');
    await said('user grant-role root root');
    await said('role add all');
    await said('role grant-permission all readwrite /allowed/ --prefix=true');
    await said('user add causeway:secret');
    await said('user grant-role causeway all');
    await said('auth enable');
  });
  afterAll(() => etcd.dispose());
  afterEach(async () => store?.close());
  const allowed = { prefix: '/allowed/', access: { user } };

  it.each<[string, Partial<EtcdStoreOptions>, RegExp]>([
    ['no user', { prefix: '/allowed/' }, /user name is empty: this etcd wants a user and a password$/],
    [
      'another password',
      { prefix: '/allowed/', access: { user: { ...user, password: 'x' } } },
      /authentication failed, invalid user ID or password: is the user, or the password, another\?$/,
    ],
    [
      'a prefix that is not granted',
      { prefix: '/other/', access: { user } },
      /permission denied: its user needs a role that may read and write everything under the prefix$/,
    ],
  ])('refuses %s in one line that says what to do', async (_, options, line) => {
    const opened = open(etcd.endpoints, { timing: {}, ...options });
    await expect(opened).rejects.toMatchObject({ code: 'permission', message: expect.stringMatching(line) });
  });

  it('knows no tokens any more after a restart: everybody introduces himself again', async () => {
    store = await persist(() => open(etcd.endpoints, allowed));
    const events = reader(store.watch('r/'));
    await events.next();
    const lease = await store.lease(20_000);
    await etcd.members[0]?.kill();
    await etcd.members[0]?.start();
    await pollWrite(store, 'r/1');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'r/1' } }] });
    await write(store, { kind: 'put', key: 'live/r', value: '', lease: lease.id });
    await events.end();
  });

  it('that is slow is not made slower by who introduces himself again and again', async () => {
    const introductions = async (): Promise<string | undefined> => {
      const metrics = await (await fetch(`${etcd.endpoints[0]}/metrics`)).text();
      return /^grpc_server_started_total{grpc_method="Authenticate".*$/m.exec(metrics)?.[0];
    };
    const gate = await openGate(etcd.endpoints[0] ?? '');
    store = await persist(() => open([gate.endpoint], allowed));
    await pollWrite(store, 's/1');
    const before = await introductions();
    gate.freeze();
    for (let attempt = 0; attempt < 2; attempt++)
      await store.commit({ conditions: [], writes: [put('s/2', 'x')] }).catch(() => {});
    gate.open();
    await pollWrite(store, 's/3');
    expect(await introductions()).toBe(before);
    await store.close();
    await gate.dispose();
  });

  it('changes its grants: a watch and whoever writes go on when they may again', async () => {
    store = await persist(() => open(etcd.endpoints, allowed));
    const events = store.watch('g/')[Symbol.asyncIterator]();
    await events.next();
    const grant = (verb: string) =>
      etcdctl(etcd, [...root, 'role', ...verb.split(' '), '/allowed/', '--prefix=true']);
    await grant('revoke-permission all');
    await expect(store.read({ keys: [] })).rejects.toThrow('permission denied');
    await etcd.members[0]?.kill();
    await etcd.members[0]?.start();
    await expect.poll(() => staleness(events)).toContain('permission denied');
    await grant('grant-permission all readwrite');
    const revision = await pollWrite(store, 'g/1');
    await expect.poll(() => position(events)).toBeGreaterThanOrEqual(revision);
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd with certificates', () => {
  let folder: string;
  let etcd: EtcdCluster;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'causeway-tls-'));
    await writeCertificates(folder);
    const file = (name: string): string => join(folder, name);
    etcd = await startEtcd({
      scheme: 'https',
      flags: [
        ...['--cert-file', file('server.pem'), '--key-file', file('server.key')],
        ...['--client-cert-auth', '--trusted-ca-file', file('ca.pem')],
      ],
    });
  });
  afterEach(async () => {
    await etcd.dispose();
    await rm(folder, { recursive: true });
  });
  const contents = (name: string): Buffer => readFileSync(join(folder, name));
  const tls = () => ({ ca: contents('ca.pem'), cert: contents('client.pem'), key: contents('client.key') });

  it('knows this coordinator by its own, and others not at all', async () => {
    const store = await persist(() => open(etcd.endpoints, { access: { tls } }));
    await write(store, put('a', 'x'));
    await store.close();
    const anonymous = open(etcd.endpoints, { access: { tls: () => ({ ca: contents('ca.pem') }) } });
    await expect(anonymous).rejects.toMatchObject({ code: 'unavailable' });
    const unbelieving = open(etcd.endpoints, { access: { tls: () => ({}) } });
    await expect(unbelieving).rejects.toThrow(
      /does the CA file hold the one that signed etcd’s certificate\?$/,
    );
  });

  it('and users as well: both are asked for, and both do', async () => {
    const own = ['--cacert', 'ca.pem', '--cert', 'client.pem', '--key', 'client.key'].map((word) =>
      word.startsWith('--') ? word : join(folder, word),
    );
    const said = (words: string) => etcdctl(etcd, [...own, ...words.split(' ')]);
    await said('user add root:root');
    await said('user grant-role root root');
    await said('role add all');
    await said('role grant-permission all readwrite /allowed/ --prefix=true');
    await said('user add causeway:secret');
    await said('user grant-role causeway all');
    await said('auth enable');
    const user = { name: 'causeway', password: 'secret' };
    const opened = (access: EtcdStoreOptions['access']) =>
      open(etcd.endpoints, { prefix: '/allowed/', access });
    const store = await persist(() => opened({ tls, user }));
    const events = reader(store.watch('n/'));
    await events.next();
    await write(store, put('n/1', 'x'));
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'n/1' } }] });
    await events.end();
    await store.close();
    await expect(opened({ tls, user: { ...user, password: 'x' } })).rejects.toThrow(/authentication failed/);
    await expect(opened({ tls: () => ({ ca: contents('ca.pem') }), user })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('started again with new ones, of another CA, is reached by what the files say now', async () => {
    const store = await persist(() => open(etcd.endpoints, { access: { tls } }));
    const events = reader(store.watch('n/'));
    await events.next();
    await etcd.members[0]?.kill();
    await writeCertificates(folder);
    await etcd.members[0]?.start();
    await pollWrite(store, 'n/1');
    expect(await events.changes()).toMatchObject({ changes: [{ entry: { key: 'n/1' } }] });
    await events.end();
    await store.close();
  });
});
