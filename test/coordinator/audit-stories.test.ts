/** What stands in the audit file after operators, strangers and agents have come, and what happens where it can't be written. */
import { chmodSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { connectAgent } from '../../src/api/agent-client.ts';
import { openLineFile } from '../../src/runtime/line-file.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { materialOf } from '../pki/certificates.ts';
import { type Certified, openCertified } from './certified.ts';
import { service, site } from './harness.ts';

let certified: Certified;
afterEach(() => certified.close());

const openAudited = (inFolder = 'audit.log'): Promise<Certified> =>
  openCertified({ audit: (folder) => openLineFile({ path: join(folder, inFolder), clock: realClock }) });
const lines = (name = 'audit.log'): Record<string, unknown>[] =>
  readFileSync(join(certified.folder, name), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const alice = { identity: 'spiffe://causeway.example/admin/alice', role: 'admin', peer: '127.0.0.1' };
const bob = { identity: 'spiffe://causeway.example/viewer/bob', peer: '127.0.0.1' };
const long = { timeout: 60_000 };

test(
  'every change is a line before its author has the answer: who, what, from where, why, which revision',
  long,
  async () => {
    certified = await openAudited();
    const client = await certified.client('admin/alice');
    await client.apply([site('fra'), service('web')], { message: 'first service' });
    await client.apply([service('web', { scheduler: 'rr', drainSeconds: 5 })], { force: true });
    await client.apply([service('web', { scheduler: 'rr', drainSeconds: 5 })]);
    await client.remove([{ kind: 'Service', name: 'web' }]);
    await client.rollback(1, { allowRemoval: true });
    await client.backup();
    expect(lines()).toEqual(
      [
        { event: 'started' },
        {
          ...{ ...alice, method: 'Admin.Apply', result: 'done', revision: 1, message: 'first service' },
          ...{ touched: ['Site/fra created', 'Service/web created'], touchedCount: 2 },
        },
        {
          ...{ ...alice, method: 'Admin.Apply', result: 'done', revision: 2, force: true },
          ...{ touched: ['Service/web changed: scheduler, drainSeconds'], touchedCount: 1 },
        },
        { ...alice, method: 'Admin.Apply', result: 'done' },
        {
          ...{ ...alice, method: 'Admin.Delete', result: 'done', revision: 3 },
          ...{ touched: ['Service/web deleted'], touchedCount: 1 },
        },
        {
          ...{
            ...alice,
            method: 'Admin.Rollback',
            result: 'done',
            revision: 4,
            rolledBackTo: 1,
            allowRemoval: true,
          },
          ...{ touched: ['Service/web created'], touchedCount: 1 },
        },
        { ...alice, method: 'Admin.Backup', result: 'done' },
      ].map((line) => ({ time: expect.stringMatching(/^20.*Z$/), coordinator: 'c1', ...line })),
    );
    const { revisions } = await client.history({ limit: 1 });
    expect(revisions[0]?.author.name).toBe(alice.identity);
  },
);

test('what is refused is a line as well, and nothing that was found in it', long, async () => {
  certified = await openAudited();
  const client = await certified.client('admin/alice');
  const secret = 'c2VjcmV0';
  await client.apply([{ ...service('web'), selector: { [secret]: '{' } }]);
  await client.rollback(7).catch(() => {});
  const viewer = await certified.client('viewer/bob');
  for (let times = 0; times < 5; times += 1) await viewer.apply([site('fra')]).catch(() => {});
  // Whoever is refused does not wait for the line.
  await expect
    .poll(() => lines().filter(({ result }) => result === 'refused'))
    .toEqual([
      expect.objectContaining({
        ...{ ...alice, method: 'Admin.Apply', times: 1 },
        reason: expect.stringMatching(/^Service\/web spec\.selector.*: expected /),
      }),
      expect.objectContaining({
        ...{ ...alice, method: 'Admin.Rollback', rolledBackTo: 7 },
        reason: expect.stringContaining('revision 7'),
      }),
      expect.objectContaining({
        ...{ ...bob, method: 'Admin.Apply' },
        reason: expect.stringContaining('it is viewer'),
      }),
    ]);
  expect(certified.logged.filter(({ msg }) => msg === 'refused')).toHaveLength(3);
});

test('agents that become members are lines, and those who speak for others', long, async () => {
  certified = await openAudited();
  /** Until it is told this: a busy machine may have it try more than once. */
  const connect = async (holder: string, told: string): Promise<void> => {
    const tls = materialOf(await certified.ca.issue(holder));
    const states: string[] = [];
    const link = connectAgent({
      ...{ coordinators: [`127.0.0.1:${certified.coordinator.port}`], tls: () => tls },
      ...{ held: () => undefined, onSnapshot: () => {}, clock: realClock, random: () => 0.5 },
      hello: () => ({
        ...{ role: 'director', name: 'fra-d1', site: 'fra', address: '10.1.0.2', prefixLength: 24 },
        programVersion: 'test',
      }),
      onState: (isConnected, why) => states.push(isConnected ? 'connected' : why),
    });
    await expect.poll(() => states.join('\n')).toContain(told);
    await link.close();
  };
  await connect('director/fra/fra-d1', 'connected');
  await connect('director/fra/fra-d1', 'connected');
  await connect('director/fra/fra-d2', 'speaks for itself alone');
  await expect
    .poll(() => lines().slice(1))
    .toEqual([
      expect.objectContaining({
        ...{
          identity: 'spiffe://causeway.example/director/fra/fra-d1',
          method: 'Agents.Connect',
          result: 'done',
        },
        touched: ['Director/fra-d1 registered: site fra, address 10.1.0.2'],
      }),
      expect.objectContaining({
        ...{
          identity: 'spiffe://causeway.example/director/fra/fra-d2',
          method: 'Agents.Connect',
          result: 'refused',
        },
        reason: expect.stringContaining('speaks for itself alone'),
      }),
    ]);
});

test(
  'where the file can not be written, changes are taken, and everybody hears of it until it can',
  long,
  async () => {
    certified = await openAudited('later/audit.log');
    const client = await certified.client('admin/alice');
    const done = await client.apply([site('fra')]);
    expect(done.number).toBe(1);
    expect(certified.coordinator.trouble()).toMatch(/^the audit file can't be written: .*ENOENT/);
    expect((await client.status()).troubles).toEqual([
      expect.stringContaining("audit file can't be written"),
    ]);
    expect(certified.logged.filter(({ msg }) => msg === 'not in the audit file yet')).toContainEqual(
      expect.objectContaining({ audit: expect.objectContaining({ method: 'Admin.Apply', revision: 1 }) }),
    );
    mkdirSync(join(certified.folder, 'later'));
    await client.apply([site('lon')]);
    await expect.poll(() => certified.coordinator.trouble()).toBeUndefined();
    expect(lines('later/audit.log').map(({ revision, event }) => revision ?? event)).toEqual([
      'started',
      1,
      2,
    ]);
  },
);

test('rotated, it goes on in a new file', long, async () => {
  certified = await openAudited();
  const client = await certified.client('admin/alice');
  await client.apply([site('fra')]);
  renameSync(join(certified.folder, 'audit.log'), join(certified.folder, 'audit.log.1'));
  chmodSync(join(certified.folder, 'audit.log.1'), 0o400);
  await client.apply([site('lon')]);
  expect(lines('audit.log.1').at(-1)).toMatchObject({ revision: 1 });
  expect(lines()).toEqual([expect.objectContaining({ revision: 2 })]);
});
