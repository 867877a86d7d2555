// The packages under systemd on a kernel with IPVS and tunnels: a director, with its coordinator, and a real server in their sandboxes carry
// traffic; neither a restart nor an upgrade of all programs changes what stands in the kernel, or breaks a connection.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nginxConfiguration } from '../../src/lab/nginx.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { type DebianRoot, openDebianRoot } from './debian-root.ts';
import { type LabMachine, openLabMachine } from './lab-machine.ts';
import { type LiveSite, lean, openLiveSite, said, tunnelled, vip } from './live-site.ts';
import { readShipped } from './shipped.ts';

const { debian = '', packages = [], laterPackages = [], whyNotLive = '', lab } = readShipped(process.env);
const there =
  debian !== '' && packages.length > 0 && laterPackages.length > 0 && whyNotLive === '' && lab !== undefined;
/** Emulated, and on a machine that others use. */
const patienceMs = 240_000;
const lifeMs = 1_800_000;
const storyTimeoutMs = 900_000;
/** For the machine itself, others may come first. */
const turnTimeoutMs = 3_600_000;

/** Words: FOLDER KIND. Asks again and again, over one connection (kept) or each time over a new one, and writes how it went, until FOLDER/stop is there. */
const client = `use strict; use warnings; use IO::Socket::INET; use Time::HiRes qw(sleep);
my ($folder, $kind) = @ARGV; my ($asked, $socket) = (0);
$SIG{ALRM} = sub { die "no answer\\n" }; $SIG{PIPE} = 'IGNORE';
sub write_down { open my $to, '>', "$folder/$kind.part" or die; print $to @_; close $to; rename "$folder/$kind.part", "$folder/$kind" or die }
my $ended = eval {
  until (-e "$folder/stop") {
    alarm 60;
    $socket = undef if $kind eq 'new';
    $socket //= IO::Socket::INET->new(PeerAddr => '${vip}:80') or die "cannot connect: $!\\n";
    print $socket "GET / HTTP/1.1\\r\\nHost: web\\r\\n\\r\\n";
    my ($length, $line);
    while (defined($line = <$socket>) && $line ne "\\r\\n") { $length = $1 if $line =~ /^content-length: (\\d+)/i }
    die "the connection ended: $!\\n" unless defined $length;
    read($socket, my $body, $length) == $length or die "half an answer\\n";
    $asked++; write_down("$asked answered\\n"); sleep 0.3;
  }
  1;
};
write_down($ended ? "$asked answered, all well\\n" : "$asked answered, then $@");
`;

describe.skipIf(!there)('the packages under systemd on a kernel with IPVS', () => {
  let place: string;
  let root: DebianRoot;
  let machine: LabMachine;
  let site: LiveSite;
  const began = performance.now();
  const tell = (what: string): void =>
    console.log(`${what} after ${Math.round((performance.now() - began) / 1_000)} s`);

  beforeAll(async () => {
    place = mkdtempSync(join(tmpdir(), 'causeway-live-site-'));
    root = await openDebianRoot(debian);
    const installed = await root.install(packages.filter((file) => /_(amd64|all)\.deb$/.test(file)));
    expect(installed.status, installed.stdout).toBe(0);
    mkdirSync(join(root.folder, 'packages/later'));
    for (const file of laterPackages.filter((one) => /_(amd64|all)\.deb$/.test(one)))
      copyFileSync(file, join(root.folder, 'packages/later', basename(file)));
    const made = await root.sh(lean());
    expect(made.status, made.stderr).toBe(0);
    machine = await openLabMachine(lab ?? 'vm', tell);
    const addresses = { 'fra-d1': '10.1.0.2', 'fra-r1': '10.1.0.11' };
    site = await openLiveSite({ root: root.folder, there: machine.there, addresses, patienceMs, lifeMs });
    tell('systemd is up on both hosts');
  }, turnTimeoutMs);
  afterAll(async () => {
    await site?.close();
    await machine?.stop();
    root?.remove();
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
  }, patienceMs);

  const host = (name: string) => site.hosts.get(name) ?? expect.unreachable(name);
  const director = (line: string) => said(host('fra-d1').sh(line));
  const server = (line: string) => said(host('fra-r1').sh(line));
  const onLink = (line: string) => said(machine.there([...site.onLink, 'sh', '-c', line]));
  const asked = (kind: string): number =>
    existsSync(join(place, kind)) ? Number.parseInt(readFileSync(join(place, kind), 'utf8'), 10) : 0;
  const outcome = (kind: string): string => readFileSync(join(place, kind), 'utf8').replace(/^\d+ /, '');
  /** Both go on: each has been answered some times more. */
  async function goesOn(): Promise<void> {
    const before = { kept: asked('kept'), new: asked('new') };
    await expect.poll(() => asked('kept'), { timeout: patienceMs }).toBeGreaterThan(before.kept + 3);
    await expect.poll(() => asked('new'), { timeout: patienceMs }).toBeGreaterThan(before.new + 3);
    expect([outcome('kept'), outcome('new')]).toEqual(['answered\n', 'answered\n']);
  }
  /** All that agents made, by handle where there is one, without what counts. */
  async function inKernel(): Promise<string> {
    const state = 'nft --handle list ruleset; ip -details address; ip rule; ip route show table all';
    const beside = async (name: string): Promise<string> =>
      (await said(host(name).beside(`${state}; sed -E 's/ [0-9]+ +[0-9]+ *$//' /proc/net/ip_vs`)))
        .replace(/(packets|bytes) \d+/g, '$1')
        .replace(/(valid_lft|preferred_lft|expires) \S+/g, '$1');
    return `${await beside('fra-d1')}\n${await beside('fra-r1')}`;
  }
  const units = {
    'fra-d1': ['causeway-coordinator', 'causeway-director'],
    'fra-r1': ['causeway-realserver'],
  };
  const everywhere = (line: (units: string) => string): Promise<string[]> =>
    Promise.all([director(line(units['fra-d1'].join(' '))), server(line(units['fra-r1'].join(' ')))]);
  const settled = () =>
    host('fra-d1').until(
      'causeway status',
      /^fra-d1 .* connected +applied [\s\S]*^fra-r1 .* connected +applied /m,
    );

  it(
    'all are active in their sandboxes, and a client is answered through the tunnel',
    async () => {
      writeFileSync(
        join(place, 'nginx.conf'),
        nginxConfiguration({ name: 'fra-r1', site: 'fra', port: 80, folder: place }),
      );
      await said(
        host('fra-r1').beside(`setsid nginx -p '${place}' -c '${place}/nginx.conf' >/dev/null 2>&1 &`),
      );
      const common = 'site: fra\ninsecure: true\n';
      const agent = (address: string): string => `${common}address: ${address}\ncoordinators: [10.1.0.2]\n`;
      const write = (role: string, text: string): string =>
        `cat >/etc/causeway/${role}.yaml <<'END'\n${text}END\n`;
      await director(
        `${write('coordinator', `${common}name: fra-c1\n`)}${write('director', agent('10.1.0.2'))}systemctl enable --now causeway-coordinator causeway-director`,
      );
      tell('coordinator and director are active');
      await server(
        `${write('realserver', `${agent('10.1.0.11')}labels: { app: web }\n`)}systemctl enable --now causeway-realserver.socket causeway-realserver`,
      );
      tell('the real server is active');
      await director(
        `cat >/root/all.yaml <<'END'\n${tunnelled}END\ncauseway apply --no-wait -f /root/all.yaml`,
      );
      await onLink(`ip route add ${vip}/32 via 10.1.0.2`);
      await expect
        .poll(() => onLink(`curl -s -m 20 http://${vip}/ || true`), { timeout: patienceMs })
        .toBe('fra-r1 fra\n');
      tell('a client is answered');
      await settled();
      expect(await everywhere((all) => `systemctl is-active ${all}`)).toEqual([
        'active\nactive\n',
        'active\n',
      ]);
      expect(await server('systemctl is-active causeway-realserver.socket')).toBe('active\n');
      expect(await said(host('fra-d1').beside('cat /proc/net/ip_vs'))).toMatch(/-> 0A01000B:0050 +Tunnel/);
      const sandbox = await Promise.all(
        [director, server].map((on, index) =>
          on(
            `grep -E '^(VmRSS|CapEff|NoNewPrivs|Seccomp):' /proc/$(systemctl show --property=MainPID --value causeway-${index === 0 ? 'director' : 'realserver'})/status`,
          ),
        ),
      );
      for (const told of sandbox)
        expect(told).toMatch(/^VmRSS:.*\nCapEff:\t0000000000001000\nNoNewPrivs:\t1\nSeccomp:\t2\n/);
      console.log(sandbox.map((told) => told.split('\n')[0]).join('; '));
    },
    storyTimeoutMs,
  );

  it(
    'a restart of all of them changes nothing in the kernel, and no connection breaks',
    async () => {
      writeFileSync(join(place, 'client.pl'), client);
      for (const kind of ['kept', 'new'])
        await onLink(
          `setsid perl '${place}/client.pl' '${place}' ${kind} >'${place}/${kind}.log' 2>&1 </dev/null &`,
        );
      await goesOn();
      const before = await inKernel();
      await everywhere((all) => `systemctl restart ${all}`);
      await settled();
      tell('all are restarted');
      await goesOn();
      expect(await inKernel()).toBe(before);
    },
    storyTimeoutMs,
  );

  it(
    'nor does an upgrade of the packages',
    async () => {
      const before = await inKernel();
      await everywhere(
        (all) =>
          `dpkg --install /packages/later/causeway_*.deb ${all
            .split(' ')
            .map((unit) => `/packages/later/${unit}_*.deb`)
            .join(' ')} 2>&1`,
      );
      tell('the packages are upgraded');
      await settled();
      expect(await everywhere((all) => `systemctl is-active ${all}`)).toEqual([
        'active\nactive\n',
        'active\n',
      ]);
      expect(await server('causeway --version')).toBe(`${programVersion}+later\n`);
      expect(await director('journalctl --no-pager --output=cat -u causeway-director')).toContain(
        `"version":"${programVersion}+later"`,
      );
      await goesOn();
      expect(await inKernel()).toBe(before);
      writeFileSync(join(place, 'stop'), '');
      await expect.poll(() => outcome('kept'), { timeout: patienceMs }).toBe('answered, all well\n');
      await expect.poll(() => outcome('new'), { timeout: patienceMs }).toBe('answered, all well\n');
      console.log(`over one connection ${asked('kept')} answers, over new ones ${asked('new')}`);
    },
    storyTimeoutMs,
  );
});
