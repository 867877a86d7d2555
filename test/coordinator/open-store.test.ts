/** The store that the configuration names, and what is told while it can't be had. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/coordinator/open-store.ts';
import type { CoordinatorConfig } from '../../src/runtime/config.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { type EtcdCluster, etcdPrograms, startEtcd } from '../etcd/cluster.ts';
import { openGate } from '../etcd/gate.ts';
import { put, write } from '../store/writing.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-open-'));
});
afterEach(() => rm(folder, { recursive: true }));

function open(change: Partial<CoordinatorConfig>, signal?: AbortSignal) {
  const lines: string[] = [];
  const say = (what: object | string, text?: string) => void lines.push(text ?? String(what));
  const config: CoordinatorConfig = {
    ...{ role: 'coordinator', site: 'fra', name: 'c1', listen: '', http: undefined, logLevel: 'info' },
    httpAllow: [],
    ...{
      stateDir: folder,
      advertise: undefined,
      collector: true,
      audit: undefined,
      etcd: undefined,
      etcdPrefix: '/causeway/',
    },
    ...{ etcdCa: undefined, etcdCert: undefined, etcdKey: undefined },
    ...{ etcdUser: undefined, etcdPasswordFile: undefined, leaseSeconds: 10 },
    ...{
      tlsCert: undefined,
      tlsKey: undefined,
      tlsCa: undefined,
      tlsDenied: undefined,
      tlsIssuer: undefined,
      insecure: true,
    },
    ...change,
  };
  const opening = openStore(config, {
    ...{ clock: realClock, random: Math.random, log: { info: say, warn: say, error: say } },
    ...(signal === undefined ? {} : { signal }),
  });
  return { opening, lines };
}

it('is a file in the state directory where no etcd is named', async () => {
  const store = await open({}).opening;
  expect(store.location).toBe(join(folder, 'store.db'));
  await store.close();
});

it.each<[string, Partial<CoordinatorConfig>, string]>([
  [
    'files of TLS without TLS',
    { etcd: ['http://127.0.0.1:1'], etcdCa: '/ca' },
    'etcdCa, etcdCert and etcdKey are for https:// endpoints',
  ],
  [
    'half of a certificate',
    { etcd: ['https://127.0.0.1:1'], etcdCert: '/c' },
    'etcdCert and etcdKey belong together',
  ],
  [
    'a user without a password',
    { etcd: ['http://127.0.0.1:1'], etcdUser: 'causeway' },
    'etcdUser and etcdPasswordFile belong together',
  ],
])('%s is refused at once', async (_, change, message) => {
  await expect(open(change).opening).rejects.toMatchObject({
    code: 'invalid',
    message: `read configuration etcd: ${message}`,
  });
});

describe.skipIf(etcdPrograms === undefined)('an etcd', () => {
  let etcd: EtcdCluster;
  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(() => etcd.dispose());

  it('that is not there is told in one line, once for each reason, and waited for', async () => {
    const gate = await openGate(etcd.endpoints[0] ?? '');
    gate.shut();
    const missing = join(folder, 'password');
    const user = { etcdUser: 'causeway', etcdPasswordFile: missing };
    const { opening, lines } = open({ etcd: [gate.endpoint], ...user });
    await expect.poll(() => lines).toHaveLength(1);
    await writeFile(missing, 'secret\n');
    await expect.poll(() => lines.length).toBeGreaterThan(1);
    gate.open();
    // It knows no users: that is another reason.
    await expect.poll(() => lines.at(-1)).toMatch(/authentication is not enabled/);
    expect(lines[0]).toMatch(
      /^open store .*password: it cannot be read \(.*\) \(tried again until it is well\)$/,
    );
    expect(new Set(lines).size).toBe(lines.length);
    for (const line of lines) expect(line).not.toContain('\n');
    await gate.dispose();
    await expect(Promise.race([opening, Promise.resolve('waiting')])).resolves.toBe('waiting');
  });

  it('that comes is used, and said to be there', async () => {
    const gate = await openGate(etcd.endpoints[0] ?? '');
    gate.shut();
    const { opening, lines } = open({ etcd: [gate.endpoint] });
    await expect.poll(() => lines.length).toBeGreaterThan(0);
    gate.open();
    const store = await opening;
    expect(lines.at(-1)).toBe('the store is there');
    await store.close();
    await gate.dispose();
  });

  it('that holds less than it did is not begun on', async () => {
    const { endpoints } = etcd;
    const store = await open({ etcd: endpoints }).opening;
    await write(store, put('a', 'x'));
    await store.close();
    await writeFile(join(folder, 'etcd.mark'), '{"revision":1000000}\n');
    const abort = new AbortController();
    const { opening, lines } = open({ etcd: endpoints }, abort.signal);
    const refused = expect(opening).rejects.toMatchObject({ code: 'refused' });
    await expect
      .poll(() => lines[0])
      .toMatch(/and was at revision 1000000: it was emptied, or restored from/);
    abort.abort();
    await refused;
  });
});
