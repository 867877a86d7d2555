// The module terraform/modules/site with packages, over a real sshd, on hosts whose process 1 is systemd: a coordinator and two real servers.
// This machine's kernel may have neither tunnels nor IPVS, so here nothing is balanced, and no director is among them.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { type Folder, openFolder, program } from '../terraform/acceptance/workplace.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { type LiveSite, makeHostKeys, openLiveSite, prepareForSsh } from './live-site.ts';
import { runOnThisMachine } from './live-systemd.ts';
import { readShipped } from './shipped.ts';

const { x64, debian = '', packages = [], laterPackages = [], whyNotLive = '' } = readShipped(process.env);
const there =
  debian !== '' &&
  packages.length > 0 &&
  laterPackages.length > 0 &&
  whyNotLive === '' &&
  program !== undefined;
const repository = join(import.meta.dirname, '../..');
const later = `${programVersion}+later`;
const patienceMs = 120_000;
const lifeMs = 1_200_000;
const applyTimeoutMs = 600_000;

const wanted = {
  'fra-c1': { address: '10.1.0.2', role: 'coordinator' },
  'fra-r1': { address: '10.1.0.11', role: 'realserver' },
  'fra-r2': { address: '10.1.0.12', role: 'realserver' },
} as const;
type Name = keyof typeof wanted;
const names: readonly Name[] = ['fra-c1', 'fra-r1', 'fra-r2'];

describe.skipIf(!there)(`the module site with packages under a live systemd, ${program?.title}`, () => {
  let place: string;
  let root: DebianRoot;
  let site: LiveSite;
  let here: Folder;
  const hostKeys = new Map<string, string>();
  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'causeway-site-'));
    for (const folder of ['terraform', 'deploy'])
      cpSync(join(repository, folder), join(place, folder), { recursive: true });
    mkdirSync(join(place, 'dist/deb'), { recursive: true });
    for (const file of [...packages, ...laterPackages])
      copyFileSync(file, join(place, 'dist/deb', basename(file)));
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(place, 'key')]);
    root = await openDebianRoot(debian);
    prepareForSsh(
      root.folder,
      readFileSync(join(place, 'key.pub'), 'utf8'),
      existsSync('/sys/module/ip_vs') && existsSync('/sys/module/ipip'),
    );
    const addresses = Object.fromEntries(names.map((name) => [name, wanted[name].address]));
    site = await openLiveSite({
      ...{ root: root.folder, there: runOnThisMachine, addresses },
      ...{ patienceMs, lifeMs },
    });
    for (const [name, host] of site.hosts) hostKeys.set(name, await makeHostKeys(host));
    here = openFolder(mkdtempSync(join(place, 'run-')), '/dev/null', {}, site.onLink);
  });
  afterAll(async () => {
    await site?.close();
    root?.remove();
    rmSync(place, { recursive: true, force: true });
  });

  function text(release: string, app = 'web'): string {
    const hosts = names.map((name) => {
      const { address, role } = wanted[name];
      const labels = role === 'realserver' ? `labels = { app = "${name === 'fra-r1' ? app : 'web'}" }` : '';
      return `    ${name} = { host_key = ${JSON.stringify(hostKeys.get(name))}, address = "${address}", roles = ["${role}"], ${labels} }`;
    });
    const bundles = names.map((name) => {
      const { address, role } = wanted[name];
      return `    ${name} = { site = "fra", address = "${address}", roles = ["${role}"], coordinators = ["10.1.0.2"] }`;
    });
    return `module "pki" {
  source   = "../terraform/modules/pki"
  domain   = "causeway.example"
  causeway = "${x64}"
  hosts = {
${bundles.join('\n')}
  }
}
module "fra" {
  source               = "../terraform/modules/site"
  site                 = "fra"
  coordinators         = ["10.1.0.2"]
  bundles              = module.pki.bundles
  dist                 = "../dist"
  release              = "${release}"
  ssh_private_key_file = "${place}/key"
  ssh_timeout_seconds  = 20
  hosts = {
${hosts.join('\n')}
  }
}
`;
  }
  /** What a line says there. */
  async function on(name: Name, line: string): Promise<string> {
    const { status, stdout, stderr } = await (site.hosts.get(name) ?? expect.unreachable(name)).sh(line);
    expect(status, `${name}: ${line}\n${stdout}${stderr}`).toBe(0);
    return stdout.trim();
  }
  const each = (line: (role: string) => string): Promise<string[]> =>
    Promise.all(names.map((name) => on(name, line(wanted[name].role))));
  /** Microseconds of the one clock that all these hosts have. */
  const time = async (name: Name, what: string, unit = `causeway-${wanted[name].role}.service`) =>
    Number(await on(name, `systemctl show --property=${what}TimestampMonotonic --value ${unit}`));
  const released = () => each((role) => `dpkg-query --show --showformat='\${Version}' causeway-${role}`);
  const pids = () => each((role) => `systemctl show --property=MainPID --value causeway-${role}`);
  /** Each began only when the one before was ready; of the real servers either may be the first. */
  async function expectOneAfterTheOther(): Promise<void> {
    const turns = await Promise.all(
      names.map(async (name) => ({
        begun: await time(name, 'ExecMainStart'),
        ready: await time(name, 'ActiveEnter'),
      })),
    );
    const [coordinator, ...servers] = turns;
    const [first, second] = servers.toSorted((a, b) => a.begun - b.begun);
    expect(first?.begun).toBeGreaterThan(coordinator?.ready ?? Number.NaN);
    expect(second?.begun).toBeGreaterThan(first?.ready ?? Number.NaN);
  }

  it(
    'installs packages on bare hosts, one after the other, until each is well; then there is nothing to do',
    async () => {
      here.write(text(programVersion));
      expect(await here.run('init')).toMatchObject({ status: 0 });
      await here.apply();
      expect(await released()).toEqual(names.map(() => programVersion));
      expect(await each((role) => `systemctl is-active causeway-${role}`)).toEqual(names.map(() => 'active'));
      expect(await each((role) => `systemctl is-enabled causeway-${role}`)).toEqual(
        names.map(() => 'enabled'),
      );
      expect(await on('fra-r1', 'systemctl is-active causeway-realserver.socket')).toBe('active');
      await expectOneAfterTheOther();
      for (const name of ['fra-r1', 'fra-r2'] as const)
        await site.hosts
          .get(name)
          ?.until(
            'journalctl --no-pager --output=cat -u causeway-realserver',
            /"msg":"coordinator connected"/,
          );
      expect(await each(() => 'ls -A /root | grep causeway || true')).toEqual(names.map(() => ''));
      expect(await on('fra-c1', 'stat --format="%a %U %G" /etc/causeway/coordinator.key')).toBe(
        '640 root causeway-coordinator',
      );
      expect(await here.plan()).toBe(0);
    },
    applyTimeoutMs,
  );

  it(
    'another label is one restart, of one program on one host',
    async () => {
      const before = await pids();
      here.write(text(programVersion, 'shop'));
      await here.apply();
      const after = await pids();
      expect(names.filter((_, index) => before[index] !== after[index])).toEqual(['fra-r1']);
      expect(await on('fra-r1', 'cat /etc/causeway/realserver.yaml')).toContain('"app": "shop"');
      expect(await here.plan()).toBe(0);
    },
    applyTimeoutMs,
  );

  it(
    'an upgrade takes one host after the other, and keeps the store and the port for knocks',
    async () => {
      const socket = () => time('fra-r1', 'ActiveEnter', 'causeway-realserver.socket');
      const before = { pids: await pids(), socket: await socket() };
      here.write(text(later, 'shop'));
      await here.apply();
      expect(await released()).toEqual(names.map(() => later));
      const after = await pids();
      for (const [index, name] of names.entries()) expect(after[index], name).not.toBe(before.pids[index]);
      await expectOneAfterTheOther();
      expect(await socket()).toBe(before.socket);
      expect(await here.plan()).toBe(0);
    },
    applyTimeoutMs,
  );

  it(
    'destroyed, agents have cleaned up, packages are purged, and the coordinator’s store is what is left',
    async () => {
      // Something to clean up, as far as this kernel lets an agent go: a VIP without its tunnel.
      const pki = `'${x64}' pki bundle alice admin/alice --coordinators 10.1.0.2 --place '${here.path}/causeway-pki/bundles/alice'`;
      const apply = `set -a; . causeway-pki/bundles/alice/admin.env; set +a; '${x64}' apply --no-wait -f '${repository}/deploy/examples/first-service'`;
      execFileSync(site.onLink[0] ?? '', [...site.onLink.slice(1), 'sh', '-ec', `${pki} && ${apply}`], {
        cwd: here.path,
      });
      await site.hosts.get('fra-r2')?.until('cat /var/lib/causeway/realserver/ledger*', /192\.0\.2\.10/);
      const ended = await here.run('destroy', '-auto-approve');
      expect(ended.status, ended.said).toBe(0);
      expect(await each(() => "dpkg-query --list 'causeway*' 2>/dev/null | grep ^ii || true")).toEqual(
        names.map(() => ''),
      );
      expect(await each(() => 'pgrep --full ^/usr/bin/causeway || true')).toEqual(names.map(() => ''));
      expect(await each(() => 'ls -A /etc/causeway 2>/dev/null || true')).toEqual(names.map(() => ''));
      expect(await each(() => 'ls -A /var/lib/causeway 2>/dev/null || true')).toEqual([
        'coordinator',
        '',
        '',
      ]);
      expect(await on('fra-r2', 'nft list ruleset')).toBe('');
      expect(await each(() => 'systemctl is-system-running')).toEqual(names.map(() => 'running'));
    },
    applyTimeoutMs,
  );
});
