/**
 * docs/security.md, "In five minutes": its commands as they stand there, and what they make as the hosts would find it in /etc/causeway. The data
 * plane is not part of it, and all hosts are this one.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { connectAdmin } from '../../src/api/admin-client.ts';
import { connectAgent } from '../../src/api/agent-client.ts';
import { loadTls, type TlsFiles } from '../../src/api/tls-files.ts';
import { startCoordinator } from '../../src/coordinator/coordinator.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import type { Role } from '../../src/runtime/config-keys.ts';
import { tlsFilesOf } from '../../src/runtime/config-tls.ts';
import { replaceFile } from '../../src/runtime/durable-file.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../src/store/embedded.ts';
import { fakeCoordinator } from '../cli/fake-coordinator.ts';
import { run } from '../cli/fake-io.ts';
import { status } from '../cli/status.fixture.ts';
import { testAuthority } from '../pki/certificates.ts';

const page = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## In five minutes'), page.indexOf('## Renewing'));
const [, commands = ''] = /```sh\n(.*?)```/s.exec(section) ?? [];
const folder = mkdtempSync(join(tmpdir(), 'causeway-five-minutes-'));
const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

const env = { CAUSEWAY_PKI_DIR: join(folder, 'causeway-pki') };
const place = '/etc/causeway/';

/** Where that file of a host's /etc/causeway is, before it is brought there. */
function brought(host: string, path: string): string {
  expect(path.startsWith(place), path).toBe(true);
  return join(env.CAUSEWAY_PKI_DIR, 'bundles', host, path.slice(place.length));
}

/** As the program reads it, without a flag. */
function configOf<R extends Role>(role: R, host: string) {
  const readFile = (path: string): string => readFileSync(brought(host, path), 'utf8');
  const config = loadConfig(role, { argv: [], env: {}, readFile });
  const { cert = '', key = '', ca = '', denied } = tlsFilesOf(config) ?? {};
  const files: TlsFiles = {
    ...{ cert: brought(host, cert), key: brought(host, key), ca: brought(host, ca) },
    denied: denied && brought(host, denied),
  };
  return { config, files };
}

test('followed word for word, everybody knows everybody, and a stranger is nobody', {
  timeout: 120_000,
}, async () => {
  for (const line of commands.trim().split('\n')) {
    const [program, ...words] = line.split(' ');
    expect(program).toBe('causeway');
    const io = { writeFile: replaceFile, clock: realClock };
    expect(await run(words, { admin: fakeCoordinator(status), env, io })).toMatchObject({
      status: 0,
      err: '',
    });
  }

  const { config, files } = configOf('coordinator', 'fra-d1');
  const { name, site } = config;
  const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
  const logged: string[] = [];
  closing.push(() => store.close());
  const coordinator = await startCoordinator({
    ...{
      name,
      listen: '127.0.0.1:0',
      store,
      clock: realClock,
      randomBytes,
      log: createLog('test', 'info', { write: (line) => void logged.push(line) }),
    },
    tls: { files, own: { role: 'coordinator', site, name } },
  });
  closing.push(() => coordinator.close());
  const address = `127.0.0.1:${coordinator.port}`;

  for (const [role, host] of [
    ['director', 'fra-d1'],
    ['realserver', 'fra-r1'],
    ['realserver', 'lon-r1'],
  ] as const) {
    const own = configOf(role, host);
    expect(own.config.coordinators).toEqual(['10.1.0.2:7400']);
    const where = {
      name: own.config.name,
      site: own.config.site,
      address: own.config.address,
      prefixLength: 24,
    };
    const link = connectAgent({
      coordinators: [address],
      tls: () => loadTls(own.files, { nowMs: Date.now(), own: { role, site: where.site, name: where.name } }),
      hello: () =>
        own.config.role === 'director'
          ? { role: 'director', ...where, programVersion: 'test' }
          : {
              ...{ role: 'realserver', ...where, programVersion: 'test' },
              ...{ labels: own.config.labels, capacity: own.config.capacity },
            },
      held: () => undefined,
      onSnapshot: () => {},
      clock: realClock,
      random: () => 0.5,
    });
    closing.push(() => link.close());
    await vi.waitFor(() => expect(link.connected).toBe(true), { timeout: 20_000 });
  }

  const given = readFileSync(brought('alice', '/etc/causeway/admin.env'), 'utf8').trim().split('\n');
  const variables = Object.fromEntries(given.map((line) => line.split('=')));
  expect(variables.CAUSEWAY_COORDINATOR).toBe('10.1.0.2');
  const asked = await run(['status', '-o', 'json'], {
    admin: fakeCoordinator(status),
    env: { ...variables, CAUSEWAY_COORDINATOR: address },
    io: {
      clock: realClock,
      connect: connectAdmin,
      readFile: (path) => readFileSync(brought('alice', path), 'utf8'),
    },
  });
  expect([asked.status, asked.err]).toEqual([0, '']);
  const { agents } = JSON.parse(asked.out);
  expect(agents.map(({ name: agent }: { name: string }) => agent).toSorted()).toEqual([
    'fra-d1',
    'fra-r1',
    'lon-r1',
  ]);

  const other = await testAuthority();
  closing.push(() => other.remove());
  const stranger = await other.issue('admin/alice');
  const unbelieved = 'a CA that is not believed here has signed its certificate';
  const refused = async (shown: TlsFiles | undefined): Promise<void> => {
    const tls = shown && { tls: loadTls(shown, { nowMs: Date.now() }) };
    const admin = connectAdmin({ address, timeoutMs: 5_000, ...tls });
    closing.push(() => admin.close());
    await expect(admin.status()).rejects.toMatchObject({ code: 'unavailable' });
  };
  // Who believes his own CA alone does not believe the coordinator.
  await refused(stranger);
  expect(logged.join()).not.toContain(unbelieved);
  // Who believes the right CA and shows another's certificate is told from the others by the coordinator.
  await refused({ ...stranger, ca: files.ca });
  await vi.waitFor(() => expect(logged.join()).toContain(unbelieved), { timeout: 20_000 });
  await refused(undefined);
});
