// Changes across hosts under load: a coordinator, a director and two real servers of two sites, each a program in its own namespace,
// a client that asks without a pause, and an operator who changes his mind. Nobody's request fails.
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { until } from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline } from './pace.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-handover-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [oldVip, newVip] = ['192.0.2.10', '192.0.2.20'];
const programsMs = 120_000;

const perl = {
  web: `use Socket; $SIG{CHLD}='IGNORE'; socket(S,PF_INET,SOCK_STREAM,6); setsockopt(S,SOL_SOCKET,SO_REUSEADDR,1); bind(S,sockaddr_in(80,INADDR_ANY)) or die; listen(S,1024);
while(1){ accept(C,S) or next; if(!fork){ close S; while(sysread(C,$b,4096)){ syswrite(C,"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok") } exit } close C }`,
  /** A request a turn, each on a connection of its own: a line with its time, and `ok` or what went wrong. */
  client: `use Socket; use Time::HiRes qw(time sleep alarm); my $vip=inet_aton($ARGV[0]); open(O,'>>',$ARGV[1]); O->autoflush(1); use IO::Handle;
while(1){my $c; local $SIG{ALRM}=sub{die "timeout\\n"};
 my $r=eval{ alarm 4; socket($c,PF_INET,SOCK_STREAM,6); connect($c,sockaddr_in(80,$vip)) or die "connect $!\\n"; syswrite($c,"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n") or die "write $!\\n"; my $n=sysread($c,my $b,4096); alarm 0; die "closed\\n" unless $n; 1 }; alarm 0;
 print O time," ",($r ? "ok\\n" : $@); close $c if $c; sleep 0.05 }`,
};

function declared(changes: { lon?: string; vip?: string; forwarding?: string }): string {
  const { lon = 'ipip', vip = oldVip, forwarding = 'auto' } = changes;
  const document = (kind: string, name: string, spec: object) =>
    JSON.stringify({ apiVersion: 'causeway/v1', kind, metadata: { name }, spec });
  const service = {
    vips: [vip],
    ports: ['80/tcp'],
    selector: { app: 'web' },
    sites: ['fra'],
    forwarding,
    placement: { policy: 'static' },
    // Running connections of this test are short.
    drainSeconds: 5,
  };
  return [
    document('Site', 'fra', { tunnel: { type: 'ipip' } }),
    document('Site', 'lon', { tunnel: { type: lon } }),
    document('Service', 'web', service),
  ].join('\n---\n');
}

test('tunnel type, forwarding and VIP change under load', { timeout: deadline(400_000) }, async () => {
  await withNamespaces(['hc', 'ho', 'hd', 'hr', 'hl'], async (client, router, director, near, far) => {
    await wire({ client, router, director, near, far });
    const started: ChildProcess[] = [];
    const shell = (host: string, line: string): string[] => {
      const own = join(folder, host);
      mkdirSync(own, { recursive: true });
      return inside(host, ['sh', '-c', `mount --bind ${own} /var/lib && cd ${root} && exec ${line}`]);
    };
    const start = (argv: readonly string[], log: string): void => {
      const [program = '', ...words] = argv;
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout?.pipe(createWriteStream(join(folder, log)));
      started.push(child);
    };
    const program = (host: string, name: string, options: string): void =>
      start(
        shell(host, `node_modules/.bin/node dist/causeway-${name}.mjs ${options}`),
        `${name}-${host}.log`,
      );
    const requests = (vip: string) =>
      readFileSync(join(folder, vip), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => {
          const [time = '', ...words] = line.split(' ');
          return { time: Number(time), outcome: words.join(' ') };
        });
    const answered = async (vip: string, count: number) => {
      const oks = () => requests(vip).filter(({ outcome }) => outcome === 'ok').length;
      const before = oks();
      await until(`${count} answers of ${vip}`, () => oks() - before >= count || undefined, programsMs);
    };
    const failures = (vip: string) => requests(vip).filter(({ outcome }) => outcome !== 'ok');
    const causeway = (line: string) =>
      runHere(shell(director, `node_modules/.bin/node dist/causeway.mjs ${line}`));
    const apply = async (changes: Parameters<typeof declared>[0]) => {
      writeFileSync(join(folder, 'declared.yaml'), declared(changes));
      await causeway(`apply --timeout 300 -f ${join(folder, 'declared.yaml')}`);
    };
    const table = () => run(director, ['ipvsadm', '-Sn']);

    try {
      for (const host of [near, far]) start(inside(host, ['perl', '-e', perl.web]), `web-${host}.log`);
      program(director, 'coordinator', '--site fra --name c1');
      program(director, 'director', '--site fra --name fra-d1 --address 10.1.0.2 --coordinators 10.1.0.2');
      const labels = '--coordinators 10.1.0.2 --labels app=web';
      program(near, 'realserver', `--site fra --name fra-r1 --address 10.1.0.11 ${labels}`);
      program(far, 'realserver', `--site lon --name lon-r1 --address 10.2.0.11 ${labels}`);
      await until(
        'agents',
        async () => {
          const status = await causeway('status').catch(() => '');
          return ['fra-d1', 'fra-r1', 'lon-r1'].every((name) => status.includes(name)) || undefined;
        },
        programsMs,
      );
      await apply({});
      await until(
        'both carry',
        async () => ((await table()).match(/-w 100/g)?.length ?? 0) >= 2 || undefined,
        programsMs,
      );
      for (const vip of [oldVip, newVip]) writeFileSync(join(folder, vip), '');
      start(inside(client, ['perl', '-e', perl.client, oldVip, join(folder, oldVip)]), 'client-old.log');
      await answered(oldVip, 20);

      await apply({ lon: 'gre' });
      await answered(oldVip, 20);
      expect(failures(oldVip)).toEqual([]);
      expect(await table()).toContain('-r 10.2.0.11:80 -i -w 100 --tun-type gre');
      // apply has waited for it: the old device is needed by nobody.
      await until(
        'no ipip',
        async () => ((await run(far, ['ip', 'link'])).includes('cw-ipip') ? undefined : true),
        programsMs,
      );
      await answered(oldVip, 20);
      expect(failures(oldVip)).toEqual([]);

      await apply({ lon: 'gre', forwarding: 'tunnel' });
      await answered(oldVip, 20);
      expect(failures(oldVip)).toEqual([]);
      expect(await table()).toMatch(/-r 10\.1\.0\.11:80 -i -w 100/);

      start(inside(client, ['perl', '-e', perl.client, newVip, join(folder, newVip)]), 'client-new.log');
      await apply({ lon: 'gre', forwarding: 'tunnel', vip: newVip });
      await answered(newVip, 20);
      const firstOk =
        requests(newVip).find(({ outcome }) => outcome === 'ok')?.time ?? Number.POSITIVE_INFINITY;
      expect(failures(newVip).filter(({ time }) => time > firstOk)).toEqual([]);
      // The old one was served for as long as the new one was not.
      expect(failures(oldVip).filter(({ time }) => time < firstOk)).toEqual([]);
      expect(await table()).not.toContain(`${oldVip}:80`);
    } finally {
      for (const child of started) child.kill('SIGKILL');
    }
  });
});

/** Site fra is one link with director and real server on it; lon is another; the client is elsewhere. */
async function wire(hosts: Readonly<Record<'client' | 'router' | 'director' | 'near' | 'far', string>>) {
  const { router } = hosts;
  await run(router, ['ip', 'link', 'add', 'fra', 'type', 'bridge']);
  const wires = [
    { host: hosts.client, address: '203.0.113.7/24', gateway: '203.0.113.1', port: 'client' },
    { host: hosts.director, address: '10.1.0.2/24', gateway: '10.1.0.1', port: 'fra-d1', bridge: 'fra' },
    { host: hosts.near, address: '10.1.0.11/24', gateway: '10.1.0.1', port: 'fra-r1', bridge: 'fra' },
    { host: hosts.far, address: '10.2.0.11/24', gateway: '10.2.0.1', port: 'lon' },
  ];
  for (const { host, address, gateway, port, bridge } of wires) {
    const peer = ['type', 'veth', 'peer', 'name', port, 'netns', router];
    await runHere(['ip', 'link', 'add', 'eth0', 'netns', host, ...peer]);
    await run(host, ['ip', 'address', 'add', address, 'dev', 'eth0']);
    await run(host, ['ip', 'link', 'set', 'eth0', 'up']);
    if (bridge === undefined) await run(router, ['ip', 'address', 'add', `${gateway}/24`, 'dev', port]);
    else await run(router, ['ip', 'link', 'set', port, 'master', bridge]);
    await run(router, ['ip', 'link', 'set', port, 'up']);
    await run(host, ['ip', 'route', 'add', 'default', 'via', gateway]);
  }
  await run(router, ['ip', 'address', 'add', '10.1.0.1/24', 'dev', 'fra']);
  await run(router, ['ip', 'link', 'set', 'fra', 'up']);
  await run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  await run(router, ['ip', 'route', 'add', '192.0.2.0/24', 'via', '10.1.0.2']);
}
