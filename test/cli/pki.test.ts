import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { replaceFile } from '../../src/runtime/durable-file.ts';
import { fakeCoordinator } from './fake-coordinator.ts';
import { run } from './fake-io.ts';
import { status } from './status.fixture.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-pki-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const world = () => ({
  admin: fakeCoordinator(status),
  env: { CAUSEWAY_PKI_DIR: folder },
  io: { writeFile: replaceFile },
});
const pki = (...words: string[]) => run(['pki', ...words], world());
const made = () => pki('init', '--domain', 'causeway.example');

test('from nothing to a list', async () => {
  expect((await made()).status).toBe(0);
  expect(await pki('list')).toMatchObject({ status: 0, out: 'This CA has made no certificate yet.\n' });
  const issued = await pki('issue', 'director/fra/fra-d1', 'admin/alice');
  expect(issued).toMatchObject({ status: 0, err: '' });
  expect(issued.out).toMatch(/director\/fra\/fra-d1 +valid +1970-01-08T00:16Z +[0-9a-f]{32} +\S+cert\.pem\n/);
  expect(issued.out).toMatch(/admin\/alice +valid +1970-01-31T00:16Z/);
  expect((await pki('renew')).out).toBe('Nothing is due.\n');
  const denied = await pki('deny', 'director/fra/fra-d1', '--reason', 'sold');
  expect(denied.out).toMatch(
    /^denied [0-9a-f]{32} of spiffe:\/\/causeway\.example\/director\/fra\/fra-d1\nNow tell the coordinators: causeway pki push, or/,
  );
  const listed = JSON.parse((await pki('list', '-o', 'json')).out);
  expect(listed.certificates.map(({ state }: { state: string }) => state)).toEqual(['denied', 'valid']);
});

test('with an issuer the list says that it does not know what programs have renewed by themselves', async () => {
  await made();
  await pki('issue', 'director/fra/fra-d1');
  expect((await pki('list')).out).not.toContain('causeway status');
  await pki('issuer', 'fra');
  expect((await pki('list')).out).toMatch(
    /\nWhat programs have renewed by an issuer since is not in this folder: .* causeway status names those .*\n$/,
  );
  expect((await pki('issue', 'admin/alice')).out).not.toContain('causeway status');
  expect(JSON.parse((await pki('list', '-o', 'json')).out).certificates).toHaveLength(3);
  await pki('deny', 'issuer/fra', '--reason', 'lost');
  expect((await pki('list')).out).not.toContain('causeway status');
});

test('nothing secret is printed, and no coordinator is asked', async () => {
  const ran = [
    await made(),
    await pki('issue', 'admin/alice'),
    await pki('bundle', 'a', 'admin/alice', '-o', 'yaml'),
    await pki('list', '-o', 'yaml'),
    await pki('deny', 'admin/alice', '--reason', 'lost'),
  ];
  expect(ran.map((one) => [one.status, one.connections])).toEqual(ran.map(() => [0, []]));
  expect(ran.map(({ out, err }) => out + err).join('')).not.toMatch(/PRIVATE|BEGIN/);
});

test('what is denied is pushed to a coordinator, from the folder or from a copy of the list', async () => {
  const admin = fakeCoordinator(status);
  const pushes = (...words: string[]) =>
    run(['pki', 'push', ...words], {
      ...world(),
      admin,
      io: { writeFile: replaceFile, readFile: (path) => readFileSync(path, 'utf8') },
    });
  await made();
  await pki('issue', 'director/fra/fra-d1');
  expect((await pushes()).out).toBe('0 added, 0 known already, 0 over.\nNothing is denied.\n');
  await pki('deny', 'director/fra/fra-d1', '--reason', 'sold');
  expect((await pushes()).out).toMatch(
    /^1 added, 0 known already, 0 over\.\n.*\nspiffe:\/\/causeway\.example\/director\/fra\/fra-d1 +1970-01-01T00:11Z +1970-01-08T00:16Z +denied 1970-01-01: sold\n/,
  );
  const again = await pushes('--file', join(folder, 'denied'), '-o', 'json');
  expect(JSON.parse(again.out).outcomes).toEqual([
    { denied: 'spiffe://causeway.example/director/fra/fra-d1', outcome: 'known' },
  ]);
  const absent = await pushes('--file', '/nowhere');
  expect([absent.status, absent.err]).toEqual([1, expect.stringContaining('name the list with --file')]);
});

test('other keys of the probes are asked for, and when they are used is told', async () => {
  const ran = await run(['pki', 'rotate-probe-keys'], { admin: fakeCoordinator(status) });
  expect(ran.out).toBe(
    'New keys are on their way to the real servers; directors use them from 1970-01-01T00:10:00.000Z on.\n',
  );
  const again = {
    ...fakeCoordinator(status),
    rotateProbeKeys: async () => ({ isBegun: false, epoch: 5, usedFromMs: 0 }),
  };
  const asked = await run(['pki', 'rotate-probe-keys', '-o', 'json'], { admin: again });
  expect(JSON.parse(asked.out)).toEqual({ begun: false, epoch: 5, usedFrom: '1970-01-01T00:00:00.000Z' });
});

describe('a bundle', () => {
  beforeEach(made);

  it('has all that a host needs, made where it is missing, and kept where it is good', async () => {
    const words = [
      'bundle',
      'fra-d1',
      'coordinator/fra/fra-c1',
      'director/fra/fra-d1',
      ...['--address', '10.1.0.2', '--coordinators', '10.1.0.2,10.2.0.2:7400', '--listen', '10.1.0.2:7400'],
    ];
    const { status: exit, out, err } = await pki(...words);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain(
      'ca.pem, coordinator.key, coordinator.pem, coordinator.yaml, denied, director.key, director.pem, director.yaml',
    );
    const read = (name: string) => readFileSync(join(folder, 'bundles/fra-d1', name), 'utf8');
    expect(parse(read('coordinator.yaml'))).toEqual({
      site: 'fra',
      name: 'fra-c1',
      listen: '10.1.0.2:7400',
      tls: {
        cert: '/etc/causeway/coordinator.pem',
        key: '/etc/causeway/coordinator.key',
        ca: '/etc/causeway/ca.pem',
        denied: '/etc/causeway/denied',
      },
    });
    expect(parse(read('director.yaml'))).toEqual({
      site: 'fra',
      name: 'fra-d1',
      address: '10.1.0.2',
      coordinators: ['10.1.0.2', '10.2.0.2:7400'],
      tls: {
        cert: '/etc/causeway/director.pem',
        key: '/etc/causeway/director.key',
        ca: '/etc/causeway/ca.pem',
      },
    });
    expect(statSync(join(folder, 'bundles/fra-d1/director.key')).mode & 0o777).toBe(0o600);
    const key = read('director.key');
    await pki(...words);
    expect(read('director.key')).toBe(key);
  });

  it('of a coordinator with an issuer has it, made where it is missing, and kept where it is good', async () => {
    const words = ['bundle', 'fra-c1', 'coordinator/fra/fra-c1', '--issuer', 'fra'];
    expect((await pki(...words)).out).toContain('denied, issuer.pem');
    const read = (name: string) => readFileSync(join(folder, 'bundles/fra-c1', name), 'utf8');
    expect(parse(read('coordinator.yaml')).tls.issuer).toBe('/etc/causeway/issuer.pem');
    const issuer = read('issuer.pem');
    expect(issuer).toMatch(/BEGIN CERTIFICATE[\s\S]+BEGIN PRIVATE KEY/);
    expect(statSync(join(folder, 'bundles/fra-c1/issuer.pem')).mode & 0o777).toBe(0o600);
    await pki(...words);
    expect(read('issuer.pem')).toBe(issuer);
    const listed = JSON.parse((await pki('list', '-o', 'json')).out);
    expect(listed.certificates.map(({ identity }: { identity: string }) => identity)).toEqual([
      'coordinator/fra/fra-c1',
      'issuer/fra',
    ]);
    expect(listed.certificates[1].certificate).toBe(join(folder, 'issuers/fra.pem'));
  });

  it('of a person is what a shell reads', async () => {
    await pki(
      'bundle',
      'alice',
      'admin/alice',
      '--place',
      '/home/alice/causeway',
      '--coordinators',
      '10.1.0.2',
    );
    expect(readFileSync(join(folder, 'bundles/alice/admin.env'), 'utf8')).toBe(
      `CAUSEWAY_COORDINATOR=10.1.0.2
CAUSEWAY_TLS_CERT=/home/alice/causeway/admin.pem
CAUSEWAY_TLS_KEY=/home/alice/causeway/admin.key
CAUSEWAY_TLS_CA=/home/alice/causeway/ca.pem
`,
    );
  });

  it.each([
    [['director/fra/fra-d1'], 1, 'it needs --address'],
    [['director/fra/fra-d1', '--address', '10.1.0.2'], 1, 'it needs --coordinators'],
    [['admin/alice', 'admin/bob'], 1, 'a host has one of each role at most'],
    [
      ['admin/alice', '--issuer', 'fra'],
      1,
      'an issuer is for a coordinator, and there is none in this bundle',
    ],
    [['root/alice'], 1, 'found role "root", expected one of coordinator/SITE/NAME'],
    [['admin/alice', '--labels', 'app'], 2, '--labels: found "app", expected KEY=VALUE,…'],
    [['admin/alice', '--coordinators', 'a b'], 2, '--coordinators: found "a b"'],
  ])('of %s is refused: exit status %d', async (words, exit, expected) => {
    const ran = await pki('bundle', 'host', ...words);
    expect(ran.status).toBe(exit);
    expect(ran.err).toContain(expected);
  });
});

test.each([
  [['list'], 1, 'no CA is there: make one with causeway pki init'],
  [['init'], 2, "required option '--domain <DOMAIN>' not specified"],
  [['init', '--domain', 'Causeway'], 1, 'found trust domain "Causeway"'],
  [['init', '--domain', 'a.example', '--days', 'x'], 2, '--days: found "x", expected a number of days'],
])('%s is refused: exit status %d', async (words, exit, expected) => {
  const ran = await pki(...words);
  expect(ran.status).toBe(exit);
  expect(ran.err).toContain(expected);
});

test.each([
  [],
  ['init'],
  ['issue'],
  ['renew'],
  ['list'],
  ['deny'],
  ['push'],
  ['issuer'],
  ['bundle'],
  ['rotate-probe-keys'],
])('help of %s has an example', async (...words) => {
  const ran = await pki(...words.filter((word) => word !== undefined), '--help');
  expect(ran.status).toBe(0);
  expect(ran.out).toMatch(/Example:\n {2}causeway pki /);
});
