// The packages on a Debian 12 whose process 1 is systemd, on this machine's kernel: installed, started, hung, upgraded, taken away. What the
// agents do to a kernel is told where there is one that can do it (systemd-kernel.test.ts).
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programVersion } from '../../src/runtime/version.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { fiveMinutes } from './documented.ts';
import { bootLiveHost, type LiveHost, runOnThisMachine } from './live-systemd.ts';
import { readShipped } from './shipped.ts';

const { debian = '', packages = [], laterPackages = [], whyNotLive = '' } = readShipped(process.env);
const there = debian !== '' && packages.length > 0 && laterPackages.length > 0 && whyNotLive === '';
const roles = ['coordinator', 'director', 'realserver'] as const;
const units = roles.map((role) => `causeway-${role}`);
const kernelHasIpvs = existsSync('/proc/net/ip_vs');
/** A program that hangs is noticed after WatchdogSec, 30 s. */
const patienceMs = 90_000;
const lifeMs = 900_000;

describe.skipIf(!there)('under a live systemd', () => {
  let root: DebianRoot;
  let host: LiveHost;
  beforeAll(async () => {
    root = await openDebianRoot(debian);
    for (const [folder, files] of [
      ['now', packages],
      ['later', laterPackages],
    ] as const) {
      mkdirSync(join(root.folder, 'packages', folder));
      for (const file of files.filter((one) => /_(amd64|all)\.deb$/.test(one)))
        copyFileSync(file, join(root.folder, 'packages', folder, basename(file)));
    }
    const examples = join(import.meta.dirname, '../../deploy/examples');
    cpSync(examples, join(root.folder, 'root/deploy/examples'), { recursive: true });
    host = await bootLiveHost({
      root: root.folder,
      name: 'fra-d1',
      there: runOnThisMachine,
      patienceMs,
      lifeMs,
    });
    await said(host.beside('ip address add 10.1.0.2/24 dev lo && ip address add 10.1.0.11/24 dev lo'));
  });
  afterAll(async () => {
    await host?.stop();
    root?.remove();
  });

  /** Of a line that succeeds. */
  async function said(ended: ReturnType<LiveHost['sh']>): Promise<string> {
    const { status, stdout, stderr } = await ended;
    expect(status, `${stdout}${stderr}`).toBe(0);
    return stdout;
  }
  const sh = (line: string): Promise<string> => said(host.sh(line));
  const property = async (unit: string, name: string): Promise<string> =>
    (await sh(`systemctl show --property=${name} --value ${unit}`)).trim();
  const journal = (unit: string): Promise<string> =>
    sh(`journalctl --no-pager --output=cat _SYSTEMD_UNIT=${unit}.service`);
  /** A handshake with the port that directors knock at, ended by a reset, as they do. */
  const knock = (): Promise<string> =>
    said(
      host.beside(
        `'${process.execPath}' -e "require('net').connect(7483, '10.1.0.11', function () { this.resetAndDestroy() }).on('error', () => process.exit(1))"`,
      ),
    );
  const connected = () => host.until('. /root/admin && causeway status', /^fra-r1 .*connected/m);

  it('installed, nothing runs and nothing has failed; units are such as this systemd takes', async () => {
    const stdout = await sh('dpkg --install /packages/now/*.deb 2>&1');
    if (!kernelHasIpvs)
      expect(stdout).toMatch(/causeway-director: this kernel \(.*\) has no module ip_vs, without which/);
    expect(await sh('systemctl is-system-running')).toBe('running\n');
    for (const unit of units) {
      expect(await property(unit, 'ActiveState')).toBe('inactive');
      expect(await property(unit, 'UnitFileState')).toBe('disabled');
    }
    expect(await sh('systemd-analyze verify /lib/systemd/system/causeway-* 2>&1')).toBe('');
    expect(await sh('stat --format="%a %U %G %n" /etc/causeway /etc/causeway/* /usr/bin/causeway')).toBe(
      `755 root root /etc/causeway\n${roles.map((role) => `644 root root /etc/causeway/${role}.yaml\n`).join('')}755 root root /usr/bin/causeway\n`,
    );
    expect(await sh('cat /usr/lib/modules-load.d/causeway-*.conf')).toBe(
      'ip_vs\nnf_tables\nipip\nip_gre\nfou\nnf_tables\n',
    );
  });

  it('started with nothing configured, each ends once with its reason in the journal, and is not started again', async () => {
    for (const role of roles) {
      const unit = `causeway-${role}`;
      expect((await host.sh(`systemctl start ${unit}`)).status).not.toBe(0);
      const shown = ['ActiveState', 'Result', 'ExecMainStatus', 'NRestarts'];
      expect(await Promise.all(shown.map((name) => property(unit, name)))).toEqual([
        'failed',
        'exit-code',
        '2',
        '0',
      ]);
      const lines = (await journal(unit)).trim().split('\n');
      expect(lines[0]).toContain(`"site:" in /etc/causeway/${role}.yaml`);
      for (const line of lines) expect(line).toMatch(/^(site|address|coordinators): found nothing, expected/);
    }
    // Whoever sends data to the port for knocks has the agent tried once more; what waits there is thrown away, and does not try it again.
    await said(
      host.beside(
        `'${process.execPath}' -e "require('net').connect(7483, '10.1.0.11', function () { this.end('x') }).on('error', () => {})"`,
      ),
    );
    const starts = 'journalctl --no-pager --output=cat --unit=causeway-realserver | grep --count ^Starting';
    await host.until(
      `${starts}; systemctl show --property=ActiveState,SubState causeway-realserver causeway-realserver.socket`,
      /^2\nActiveState=failed\nSubState=failed\n\nActiveState=active\nSubState=listening\n$/,
    );
    await sh('systemctl stop causeway-realserver.socket && systemctl reset-failed');
  });

  it('a configuration that is wrong is one line in the journal', async () => {
    const before = await journal('causeway-director');
    await sh(
      `printf '%s\\n' 'site: fra' 'address: 10.1.0.300' 'coordinators: [10.1.0.2]' >/etc/causeway/director.yaml`,
    );
    await host.sh('systemctl start causeway-director');
    expect(await property('causeway-director', 'ActiveState')).toBe('failed');
    expect((await journal('causeway-director')).slice(before.length)).toMatch(
      /^\/etc\/causeway\/director\.yaml:2: address: found "10\.1\.0\.300", expected.*\n$/,
    );
  });

  it('the coordinator is active no sooner than it answers, with keys that root brought for root alone', async () => {
    const [certificates = '', , , , alice = ''] = fiveMinutes();
    await sh(`cd /root && ${certificates.split('\n').join(' && ')}
for host in fra-d1 fra-r1 alice; do cp causeway-pki/bundles/$host/* /etc/causeway/ || exit; done
chown root:root /etc/causeway/* && chmod 600 /etc/causeway/coordinator.key
printf '%s\\n' '${alice.split('\n')[0]}' >/root/admin`);
    await sh('systemctl enable --now causeway-coordinator && . /root/admin && causeway status');
    const runs = await sh(`ps -o user:30= -p ${await property('causeway-coordinator', 'MainPID')}`);
    expect(runs.trim()).toBe('causeway-coordinator');
    expect(
      await sh('stat --format="%a %U %G" /etc/causeway/coordinator.key /var/lib/causeway/coordinator'),
    ).toBe('640 root causeway-coordinator\n700 causeway-coordinator causeway-coordinator\n');
    const applied = alice
      .replace(/^causeway apply .*$/m, '$& --no-wait')
      .split('\n')
      .slice(0, 2)
      .join(' && ');
    expect(await sh(`cd /root && ${applied}`)).toMatch(/^Service\/web +created$/m);
  });

  it('the real server is connected; its port for knocks is systemd’s, and outlives it', async () => {
    await sh('systemctl enable --now causeway-realserver');
    expect(await sh('systemctl is-enabled causeway-realserver.socket')).toBe('enabled\n');
    await connected();
    await sh('systemctl stop causeway-realserver');
    await knock();
    expect(await property('causeway-realserver', 'ActiveState')).toBe('inactive');
    expect(await property('causeway-realserver.socket', 'ActiveState')).toBe('active');
    await sh('systemctl start causeway-realserver');
    await connected();
  });

  it.skipIf(kernelHasIpvs)(
    'a director on a kernel without IPVS says so and is started again and again',
    async () => {
      await host.sh('systemctl start causeway-director');
      await host.until('systemctl show --property=NRestarts --value causeway-director', /^[1-9]/);
      expect(await journal('causeway-director')).toContain(
        'the kernel has no IPVS: load it with `modprobe ip_vs`',
      );
      await sh('systemctl stop causeway-director');
    },
  );

  it('reloaded, they read their configuration again, and keys that came anew', async () => {
    const before = await property('causeway-coordinator', 'MainPID');
    await sh(`for role in coordinator realserver; do
  echo 'logLevel: debug' >>/etc/causeway/$role.yaml && systemctl reload causeway-$role || exit
done`);
    for (const unit of ['causeway-coordinator', 'causeway-realserver'])
      await host.until(
        `journalctl --no-pager --output=cat _SYSTEMD_UNIT=${unit}.service`,
        /"logLevel":"debug","msg":"the configuration is read again"/,
      );
    await sh('cd /etc/causeway && install --mode=600 coordinator.key new && mv new coordinator.key');
    await sh('systemctl reload causeway-coordinator');
    expect(await sh('stat --format="%a %G" /etc/causeway/coordinator.key')).toBe(
      '640 causeway-coordinator\n',
    );
    expect(await property('causeway-coordinator', 'MainPID')).toBe(before);
  });

  it('a coordinator that is started anew has its store and its agents', async () => {
    await sh('systemctl restart causeway-coordinator');
    expect(await sh('. /root/admin && causeway get service -o yaml')).toContain('name: web');
    await connected();
  });

  it('who hangs is killed and started again by systemd, and is connected again; the knock is answered meanwhile', async () => {
    const hung = ['causeway-coordinator', 'causeway-realserver'];
    for (const unit of hung) await sh(`kill -STOP ${await property(unit, 'MainPID')}`);
    await knock();
    for (const unit of hung)
      await host.until(
        `systemctl show --property=NRestarts,ActiveState,Result ${unit}`,
        /NRestarts=1\n(.*\n)*ActiveState=active/,
      );
    for (const unit of hung)
      expect(await sh(`journalctl --no-pager --output=cat --unit=${unit}`)).toContain(
        'Watchdog timeout (limit 30s)!',
      );
    await connected();
  });

  it('units are as closed as ever', async () => {
    const most = { coordinator: 20, director: 27, realserver: 27 };
    for (const role of roles)
      await sh(`systemd-analyze security --no-pager --threshold=${most[role]} causeway-${role}.service`);
  });

  it.each([
    ['an upgrade', 'later', `${programVersion}+later`],
    ['a downgrade', 'now', programVersion],
  ])(
    '%s restarts what runs and only that, keeps the store, and leaves the port for knocks alone',
    async (_, folder, version) => {
      const running = ['causeway-coordinator', 'causeway-realserver'];
      const pids = () => Promise.all(running.map((unit) => property(unit, 'MainPID')));
      const socketSince = () => property('causeway-realserver.socket', 'ActiveEnterTimestampMonotonic');
      const before = await pids();
      const since = await socketSince();
      await sh(`dpkg --install /packages/${folder}/*.deb 2>&1`);
      expect(await sh(`systemctl is-active ${running.join(' ')}`)).toBe('active\nactive\n');
      const after = await pids();
      for (const [index, pid] of after.entries()) expect(pid).not.toBe(before[index]);
      expect(await property('causeway-director', 'ActiveState')).toBe('inactive');
      expect(await socketSince()).toBe(since);
      await knock();
      await connected();
      expect(await sh('. /root/admin && causeway get service -o yaml')).toContain('name: web');
      expect(await journal('causeway-realserver')).toContain(`"version":"${version}"`);
      expect(await sh('systemctl is-system-running')).toBe('running\n');
    },
  );

  it('removed, they are stopped, and systemd knows them no more; configuration and state stay', async () => {
    const stdout = await sh(`dpkg --remove ${units.join(' ')} causeway 2>&1`);
    expect(stdout).not.toContain('rror');
    for (const unit of [...units, 'causeway-realserver.socket'])
      expect(await property(unit, 'ActiveState')).toBe('inactive');
    expect(await sh("systemctl list-units --all --no-legend 'causeway*'")).toBe('');
    expect((await host.sh('pgrep --full ^/usr/bin/causeway')).stdout).toBe('');
    await sh('test -e /var/lib/causeway/coordinator/store.db && test -e /etc/causeway/coordinator.yaml');
  });

  it('purged, they leave the user, what root brought to /etc/causeway, and nothing else', async () => {
    await sh(`dpkg --purge ${units.join(' ')} causeway 2>&1`);
    const left = await sh(
      "find /etc /usr /lib /var /run /tmp -xdev -name '*causeway*' ! -path '/var/log/journal/*' ! -path '/var/cache/*' ! -path '/var/lib/dpkg/*'",
    );
    expect(left).toBe('/etc/causeway\n');
    expect(await sh("find /etc/causeway -name '*.yaml'")).toBe('');
    await sh('getent passwd causeway-coordinator');
    expect(await sh('systemctl is-system-running')).toBe('running\n');
  });
});
