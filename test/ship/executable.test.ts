// The executable for this machine: each of Causeway's programs, without Node beside it.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { run, start } from './running.ts';
import { readShipped } from './shipped.ts';

const { x64: causeway } = readShipped(process.env);
const roles = ['coordinator', 'director', 'realserver'];
const versionSaid = { status: 0, stdout: `${programVersion}\n`, stderr: '' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'causeway-ship-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A port that is free just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

describe('which program it is', () => {
  it('is the admin client', async () => {
    expect(await run(causeway, ['--version'])).toEqual(versionSaid);
    expect((await run(causeway, ['--help'])).stdout).toContain('Usage: causeway [options] [command]');
  });

  it.each(roles)('is the %s by its first word, and by the name it is called by', async (role) => {
    expect(await run(causeway, [role, '--version'])).toEqual(versionSaid);
    const { stdout } = await run(causeway, ['--help'], { argv0: `/usr/bin/causeway-${role}` });
    expect(stdout).toContain(`Usage: causeway-${role} [options]`);
  });
});

it.each([
  ['NODE_OPTIONS', '--no-such-option'],
  ['NODE_OPTIONS', '--require=/no/such/file'],
])('does not take %s=%s', async (name, value) => {
  expect(await run(causeway, ['director', '--version'], { env: { [name]: value } })).toEqual(versionSaid);
});

it('has no lab in it, and says where there is one', async () => {
  expect(await run(causeway, ['lab', 'run', 'three-sites.yaml', '--keep'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('this executable has no lab in it; in the source tree: npm start'),
  });
});

it('shows a mistake as a line, not as a stack', async () => {
  const { status, stderr } = await run(causeway, ['director', '--no-such-flag']);
  expect(status).toBe(2);
  expect(stderr).toContain("unknown option '--no-such-flag'");
  expect(stderr).not.toContain('causeway.cjs');
});

it('leaves nothing of the addon behind', async () => {
  await run(causeway, ['director', '--version'], { env: { TMPDIR: folder } });
  expect(readdirSync(folder)).toEqual([]);
});

it('loads the addon from the state directory where there is no other place', async () => {
  const env = { TMPDIR: join(folder, 'absent'), STATE_DIRECTORY: folder };
  expect(await run(causeway, ['realserver', '--version'], { env })).toEqual(versionSaid);
  expect(readdirSync(folder)).toEqual([]);
});

describe('its programs together', () => {
  it('the client applies what a coordinator keeps', async () => {
    const at = `127.0.0.1:${await freePort()}`;
    const words = ['--site', 'fra', '--name', 'c1', '--state-dir', folder, '--listen', at, '--http', 'off'];
    const coordinator = start(causeway, ['coordinator', ...words]);
    const client = (...more: string[]) => run(causeway, ['--coordinator', at, ...more]);
    try {
      await expect.poll(coordinator.said).toContain('"msg":"ready"');
      const example = join(import.meta.dirname, '../../deploy/examples/first-service');
      expect(await client('apply', '--no-wait', '-f', example)).toMatchObject({ status: 0 });
      expect((await client('get', 'service', '-o', 'yaml')).stdout).toContain('name: web');
      expect((await client('status')).stdout).toContain('web');
    } finally {
      coordinator.kill('SIGTERM');
    }
    expect(await coordinator.ended).toMatchObject({ status: 0 });
    expect(coordinator.said()).toContain('"msg":"stopping"');
  });

  it('a coordinator whose etcd does not answer waits for it', async () => {
    const etcd = ['--etcd', `http://127.0.0.1:${await freePort()}`, '--state-dir', folder, '--http', 'off'];
    const words = ['--site', 'fra', '--name', 'c1', '--listen', `127.0.0.1:${await freePort()}`];
    const coordinator = start(causeway, ['coordinator', ...words, ...etcd]);
    try {
      await expect.poll(coordinator.said).toContain('ECONNREFUSED');
    } finally {
      coordinator.kill('SIGKILL');
    }
    expect(await coordinator.ended).toMatchObject({ status: null });
  });

  const canSeparate = process.getuid?.() === 0;
  it.skipIf(!canSeparate)('an agent takes its snapshot from a coordinator, over netlink', async () => {
    const [c, r] = [mkdtempSync(join(folder, 'c')), mkdtempSync(join(folder, 'r'))];
    // In a network of their own: an agent changes its host.
    const script = `ip link set lo up && ip address add 10.1.0.2/24 dev lo || exit 3
"$0" coordinator --site fra --name c1 --state-dir ${c} --listen 127.0.0.1:7400 --http off &
exec "$0" realserver --site fra --name r1 --address 10.1.0.2 --coordinators 127.0.0.1 --state-dir ${r} --http off`;
    const both = start('unshare', ['--net', '--pid', '--fork', '--kill-child', 'sh', '-c', script, causeway]);
    try {
      await expect.poll(both.said).toContain('"msg":"snapshot applied"');
    } finally {
      // Ends all that is in there.
      both.kill('SIGKILL');
    }
    await both.ended;
  });
});

describe('what lies beside it', () => {
  const beside = dirname(causeway);

  it('its bill of materials names this very file, Node and the packages in it', () => {
    const bill = JSON.parse(readFileSync(`${causeway}.cdx.json`, 'utf8'));
    const sha256 = createHash('sha256').update(readFileSync(causeway)).digest('hex');
    expect(bill.metadata.component.hashes).toEqual([{ alg: 'SHA-256', content: sha256 }]);
    const names: string[] = bill.components.map(({ name }: { name: string }) => name);
    for (const name of ['node', '@grpc/grpc-js', 'etcd3', 'netlink', 'pino-pretty', 'zod'])
      expect(names).toContain(name);
    expect(names).not.toContain('vitest');
    const [{ components: parts }] = bill.components;
    expect(parts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['openssl', 'v8']),
    );
  });

  it('the checksums are right', async () => {
    const checked = await run('sh', ['-c', `cd "$0" && sha256sum --check SHA256SUMS`, beside]);
    expect(checked).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`${basename(causeway)}: OK`),
    });
  });
});
