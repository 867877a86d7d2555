/** The modules and examples under Terraform itself, as far as no host is needed: their form, what they refuse, what they write. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageDescriptions } from '../../../deploy/packages/description.ts';
import { serviceFiles } from '../../../deploy/packages/files.ts';
import { loadConfig } from '../../../src/runtime/config.ts';
import { programRoles } from '../../../src/runtime/config-keys.ts';
import { openFolder, program } from './workplace.ts';

const root = join(import.meta.dirname, '../../..');

interface WrittenFile {
  readonly path: string;
  readonly content: string;
  readonly encoding: string;
  readonly permissions: string;
}

describe.skipIf(program === undefined)(`modules under ${program?.title}`, () => {
  let place: string;
  const inside = (folder: string) => openFolder(join(place, 'terraform', folder), '/dev/null');
  beforeAll(() => {
    place = mkdtempSync(join(tmpdir(), 'causeway-modules-'));
    cpSync(join(root, 'terraform'), join(place, 'terraform'), { recursive: true });
    cpSync(join(root, 'deploy'), join(place, 'deploy'), { recursive: true });
  });
  afterAll(() => rmSync(place, { recursive: true }));

  it('every file has its form, and can be read', async () => {
    for (const folder of ['modules', 'examples']) {
      const { status, said } = await inside(folder).run('fmt', '-check', '-diff', '-recursive');
      expect({ status, said }).toEqual({ status: 0, said: '' });
    }
  });

  it.each([
    'modules/pki',
    'modules/configuration',
    'modules/cloud-init',
    'modules/site',
    'examples/bare-hosts',
  ])('%s is valid, and needs nothing to be downloaded', async (folder) => {
    const here = inside(folder);
    expect(await here.run('init')).toMatchObject({ status: 0 });
    const { status, stdout } = await here.run('validate', '-json');
    expect({ status, ...JSON.parse(stdout) }).toMatchObject({ status: 0, valid: true, warning_count: 0 });
  });

  it.each(['modules/configuration', 'modules/cloud-init', 'modules/site'])(
    '%s passes its own tests (terraform test)',
    async (folder) => {
      const here = inside(folder);
      await here.run('init');
      const { status, said } = await here.run('test');
      expect(said).toMatch(/Success! [1-9]\d* passed, 0 failed/);
      expect(status).toBe(0);
    },
  );

  it('user data is YAML that clouds take, with the files that packages bring and configurations that programs read', async () => {
    const path = mkdtempSync(join(place, 'terraform', 'try-'));
    const here = openFolder(path, '/dev/null');
    here.write(`module "hosts" {
  source       = "../modules/cloud-init"
  site         = "fra"
  coordinators = ["10.1.0.2:7400", "2001:db8::2"]
  http_allow   = ["10.9.0.0/16"]
  log_level    = "debug"
  etcd         = ["https://10.1.0.9:2379"]
  downloads    = { amd64 = { url = "https://files.example/causeway", sha256 = "${'0'.repeat(64)}" } }
  bundle_commands = ["cp /media/bundles/$HOST/* ."]
  hosts = {
    all = {
      address = "10.1.0.2", roles = ["coordinator", "director", "realserver"], http_address = "10.1.0.2", issuer = true
      labels = { app = "web" }, capacity = 500, dedicated = true, load_file = "/run/load", listen = "10.1.0.2:7400", advertise = "10.1.0.2", audit = "/var/log/causeway/coordinator/audit.log"
    }
    plain = { address = "2001:db8::11", roles = ["realserver"], http_address = "2001:db8::11" }
  }
}
output "texts" {
  value = module.hosts.cloud_config
}
`);
    await here.run('init');
    await here.apply();
    const texts: Record<string, string> = JSON.parse((await here.run('output', '-json', 'texts')).stdout);
    expect(Object.keys(texts)).toEqual(['all', 'plain']);
    const filesOf = (host: string): Map<string, string> => {
      const text = texts[host] ?? '';
      expect(text).toMatch(/^#cloud-config\n/);
      expect(text.length).toBeLessThanOrEqual(16_384);
      const written: readonly WrittenFile[] = parse(text).write_files;
      expect(new Set(written.map(({ encoding }) => encoding))).toEqual(new Set(['gz+b64']));
      return new Map(
        written.map(({ path: at, content }) => [at, gunzipSync(Buffer.from(content, 'base64')).toString()]),
      );
    };
    const files = filesOf('all');
    const packaged = packageDescriptions('1')
      .filter(({ role }) => role !== undefined)
      .flatMap((one) => serviceFiles(one, root))
      .filter((file) => !('linkTo' in file) && !file.path.startsWith('/etc/'));
    expect(packaged.length).toBeGreaterThan(5);
    for (const file of packaged) {
      const text =
        'copyOf' in file ? readFileSync(file.copyOf, 'utf8') : 'text' in file ? `${file.text}` : '';
      expect(files.get(file.path), file.path).toBe(text);
    }
    const configOf = (from: Map<string, string>, role: (typeof programRoles)[number]) =>
      loadConfig(role, {
        argv: ['--config', `/etc/causeway/${role}.yaml`],
        env: {},
        readFile: (at) => from.get(at) ?? '',
      });
    for (const role of programRoles) {
      expect(configOf(files, role)).toMatchObject({
        ...{ role, site: 'fra', name: 'all', logLevel: 'debug', insecure: false },
      });
      const place = (ending: string) => `/etc/causeway/${role}.${ending}`;
      expect(parse(files.get(place('yaml')) ?? '').tls).toMatchObject({
        ...{ cert: place('pem'), key: place('key'), ca: '/etc/causeway/ca.pem' },
        ...(role === 'coordinator'
          ? { denied: '/etc/causeway/denied', issuer: '/etc/causeway/issuer.pem' }
          : {}),
      });
    }
    expect(configOf(files, 'realserver')).toMatchObject({
      ...{ address: '10.1.0.2', capacity: 500, dedicated: true, labels: { app: 'web' } },
      http: '10.1.0.2:7482',
    });
    expect(configOf(filesOf('plain'), 'realserver')).toMatchObject({
      address: '2001:db8::11',
      http: '[2001:db8::11]:7482',
    });
    for (const name of ['causeway-first-boot', 'causeway-fetch-bundle'])
      execFileSync('sh', ['-n'], { input: files.get(`/usr/local/sbin/${name}`) ?? '(' });
    expect(files.get('/usr/local/sbin/causeway-fetch-bundle')).toContain('cp /media/bundles/$HOST/* .');
    expect([...files.values()].join('\n')).not.toContain('PRIVATE KEY');
  });
});
