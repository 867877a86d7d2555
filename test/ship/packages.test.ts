// The packages, on a Debian 12 that has no Node: installed, upgraded, downgraded, removed and purged; and what lintian says of them.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { run } from './running.ts';
import { readShipped } from './shipped.ts';

const { x64, debian = '', packages = [], laterPackages = [] } = readShipped(process.env);
const there = debian !== '' && packages.length > 0 && laterPackages.length > 0;
const roles = ['coordinator', 'director', 'realserver'] as const;
const mostMiB = 40;
/** It reads each executable several times. */
const lintianTimeoutMs = 1_200_000;

/** Those that this machine can install. */
const here = (files: readonly string[]): string[] => files.filter((file) => /_(amd64|all)\.deb$/.test(file));

describe.skipIf(!there)('the packages', () => {
  let root: DebianRoot;
  const inRoot = (path: string): string => join(root.folder, path);
  beforeAll(async () => {
    root = await openDebianRoot(debian);
  });
  afterAll(() => root?.remove());

  it('are one of the executable for each architecture, and one for each service', () => {
    const names = packages.map((file) => basename(file));
    expect(names.sort()).toEqual([
      ...roles.map((role) => `causeway-${role}_${programVersion}_all.deb`),
      ...['amd64', 'arm64'].map((architecture) => `causeway_${programVersion}_${architecture}.deb`),
    ]);
    for (const file of packages) expect(statSync(file).size / 2 ** 20, file).toBeLessThan(mostMiB);
  });

  it('a bare executable runs there without Node', async () => {
    copyFileSync(x64, inRoot('/usr/local/bin/causeway'));
    expect((await root.sh('command -v node nodejs')).status).not.toBe(0);
    expect(
      await root.sh('cd /usr/local/bin && ./causeway --version && ./causeway director --version'),
    ).toEqual({
      status: 0,
      stdout: `${programVersion}\n${programVersion}\n`,
      stderr: '',
    });
    rmSync(inRoot('/usr/local/bin/causeway'));
  });

  it('are installed, and say what this kernel lacks and what to fill in', async () => {
    const { status, stdout } = await root.install(here(packages));
    expect(status, stdout).toBe(0);
    expect(stdout).toMatch(/causeway-director: this kernel \(.*\) has no module ip_vs, without which/);
    for (const role of roles)
      expect(stdout).toContain(`causeway-${role}: fill in /etc/causeway/${role}.yaml, then`);
  });

  it.each(roles)(
    '%s: program, manual and unit are there, and nothing is said in its configuration',
    async (role) => {
      expect((await root.sh(`causeway-${role} --version`)).stdout).toBe(`${programVersion}\n`);
      expect((await root.sh(`man -P cat causeway-${role}`)).stdout).toContain('--state-dir');
      expect(readFileSync(inRoot(`/etc/causeway/${role}.yaml`), 'utf8')).toMatch(/^(#.*\n)+$/);
      expect((await root.sh(`systemctl is-enabled causeway-${role}`)).stdout).toBe('disabled\n');
    },
  );

  it('units are such as systemd takes, and as closed as ever', async () => {
    const units = '/lib/systemd/system/causeway-*.service';
    const verified = await root.sh(`systemd-analyze verify --man=no ${units}`);
    expect(
      `${verified.stdout}${verified.stderr}`.split('\n').filter((line) => line.includes('causeway')),
    ).toEqual([]);
    const most = { coordinator: 20, director: 27, realserver: 27 };
    for (const role of roles) {
      const words = `--offline=true --threshold=${most[role]} /lib/systemd/system/causeway-${role}.service`;
      const judged = await root.sh(`systemd-analyze security --no-pager ${words}`);
      expect(judged.status, judged.stdout.split('\n').slice(-3).join('\n')).toBe(0);
    }
  });

  it('the coordinator has a user of its own; agents have their kernel modules loaded at boot', async () => {
    expect((await root.sh('getent passwd causeway-coordinator')).stdout).toMatch(
      /^causeway-coordinator:x:\d+:\d+:Causeway coordinator:\/var\/lib\/causeway\/coordinator:/,
    );
    expect(readFileSync(inRoot('/usr/lib/modules-load.d/causeway-realserver.conf'), 'utf8')).toBe(
      'ipip\nip_gre\nfou\nnf_tables\n',
    );
  });

  it('an agent without its configuration says what is missing, in lines', async () => {
    const { status, stderr } = await root.sh('causeway-realserver');
    expect(status).toBe(2);
    expect(stderr).toContain('"site:" in /etc/causeway/realserver.yaml');
    expect(stderr).not.toContain('    at ');
  });

  const kept = 'site: fra\naddress: 10.1.0.2\ncoordinators: [10.1.0.2]\n';

  it.each([
    ['an upgrade', laterPackages, `${programVersion}+later`],
    ['a downgrade', packages, programVersion],
  ])('%s keeps what was configured, what is enabled, and the state', async (_name, files, version) => {
    writeFileSync(inRoot('/etc/causeway/director.yaml'), kept);
    mkdirSync(inRoot('/var/lib/causeway/director'), { recursive: true });
    writeFileSync(inRoot('/var/lib/causeway/director/ledger.json'), '{}');
    expect((await root.sh('systemctl enable causeway-director')).status).toBe(0);
    const { status, stdout } = await root.install(here(files));
    expect(status, stdout).toBe(0);
    expect(stdout).not.toContain('fill in');
    expect((await root.sh('dpkg-query --show causeway-director')).stdout).toBe(
      `causeway-director\t${version}\n`,
    );
    expect((await root.sh('causeway-director --version')).stdout).toBe(`${version}\n`);
    expect(readFileSync(inRoot('/etc/causeway/director.yaml'), 'utf8')).toBe(kept);
    expect(readFileSync(inRoot('/var/lib/causeway/director/ledger.json'), 'utf8')).toBe('{}');
    expect((await root.sh('systemctl is-enabled causeway-director')).stdout).toBe('enabled\n');
  });

  it('one program cannot be of another version than the executable', async () => {
    const later = laterPackages.filter((file) => basename(file).startsWith('causeway-director_'));
    const { status, stdout } = await root.install(later);
    expect(status).not.toBe(0);
    expect(stdout).toContain('causeway-director depends on causeway (= ');
    expect((await root.install(here(packages))).status).toBe(0);
  });

  it('removed, they leave configuration and state, and say that the kernel keeps what was made', async () => {
    const { status, stdout } = await root.sh('dpkg --remove causeway-director causeway-realserver 2>&1');
    expect(status, stdout).toBe(0);
    expect(stdout).toContain("'causeway-director --cleanup' before the removal takes it back");
    expect(stdout).not.toContain("'causeway-realserver --cleanup'");
    expect(readFileSync(inRoot('/etc/causeway/director.yaml'), 'utf8')).toBe(kept);
    expect(existsSync(inRoot('/var/lib/causeway/director/ledger.json'))).toBe(true);
    expect(existsSync(inRoot('/etc/systemd/system/multi-user.target.wants/causeway-director.service'))).toBe(
      false,
    );
  });

  it('purged, they leave nothing', async () => {
    const names = ['causeway', ...roles.map((role) => `causeway-${role}`)].join(' ');
    const { status, stdout } = await root.sh(`dpkg --purge ${names} 2>&1`);
    expect(status, stdout).toBe(0);
    for (const path of ['/etc/causeway', '/var/lib/causeway', '/usr/share/doc/causeway'])
      expect(existsSync(inRoot(path)), path).toBe(false);
    const left = await root.sh(
      "find /etc /usr /lib /var -xdev -name '*causeway*' ! -path '/var/log/*' ! -path '/var/cache/*' ! -path '/var/lib/dpkg/*'",
    );
    expect(left.stdout).toBe('');
  });

  it(
    'lintian has nothing to say',
    async () => {
      const names = packages.map((file) => `/packages/${basename(file)}`).join(' ');
      for (const file of packages) copyFileSync(file, inRoot(`/packages/${basename(file)}`));
      const { status, stdout, stderr } = await root.sh(
        `lintian --allow-root --fail-on error,warning --tag-display-limit 0 ${names}`,
        lintianTimeoutMs,
      );
      expect(`${stdout}${stderr}`).toBe('');
      expect(status).toBe(0);
    },
    lintianTimeoutMs,
  );
});

describe.skipIf(!there)('the packages, built again', () => {
  it('have the same bytes', async () => {
    const out = mkdtempSync(join(tmpdir(), 'causeway-deb-again-'));
    try {
      const recipe = join(import.meta.dirname, '../../deploy/packages/build.ts');
      const words = ['--out', out, '--version', `${programVersion}+later`, '--compression', 'none'];
      expect(await run(process.execPath, [recipe, ...words])).toMatchObject({ status: 0 });
      expect(readdirSync(out).sort()).toEqual(
        [...laterPackages.map((file) => basename(file)), 'SHA256SUMS'].sort(),
      );
      for (const file of laterPackages)
        expect(readFileSync(file).equals(readFileSync(join(out, basename(file)))), basename(file)).toBe(true);
    } finally {
      rmSync(out, { recursive: true, force: true });
    }
  });
});
