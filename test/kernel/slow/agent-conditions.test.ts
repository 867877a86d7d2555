// What a real host may have, and how agents cope with it: the VIP's own link, with the VIP on the director's card already; strict filters;
// an application on IPv4 alone, with a port that dies; more ports on a VIP than one answer to a probe tells of; a gateway that comes late and moves; somebody else's tunnel; a lost state directory.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { plainCheck } from '../../../src/domain/health-check.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import {
  type AgentPlace,
  cleanUp,
  envelope,
  placeSnapshot,
  signed,
  startAgent,
  until,
  vip,
} from '../agent-network.ts';
import { inside, run, runHere, withNamespaces } from '../namespace.ts';
import { deadline, deadlineSeconds } from '../pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-conditions-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = { director: '192.0.2.2', server: '192.0.2.11', neighbour: '192.0.2.100' } as const;
const vip6 = '2001:db8:a::10';
const [farClient, farTunnel] = ['198.51.100.7', '203.0.113.7'];
const vips = [vip, vip6];
const ports = [80, 81].map((port) => ({ protocol: 'tcp', port, targetPort: port }) as const);
const health = {
  ...plainCheck,
  ports: [],
  type: 'tcp',
  port: 0,
  path: '/',
  host: '',
  expectStatus: 200,
  intervalMs: 200,
  timeoutMs: 1_000,
  fall: 3,
  rise: 2,
} as const;
/** Nobody checks them, and each answer to a probe tells of some of them: the director must have heard of the last as well. */
const manyPorts = Array.from({ length: 300 }, (_, index) => 20_000 + index).map(
  (port) => ({ protocol: 'tcp', port, targetPort: port }) as const,
);
const lastPort = 20_299;
const programsMs = 90_000;

function directorSnapshot(): DirectorSnapshot {
  return signed<DirectorSnapshot>({
    kind: 'director',
    ...envelope,
    services: [
      {
        name: 'web',
        vips,
        ports,
        scheduler: 'wrr',
        persistenceSeconds: 0,
        drainSeconds: 0,
        withdrawn: false,
        destinations: [{ realServer: 'first', tier: 0, weight: 100, drained: false }],
      },
      {
        name: 'many',
        vips: [vip],
        ports: manyPorts,
        scheduler: 'wrr',
        persistenceSeconds: 0,
        drainSeconds: 0,
        withdrawn: false,
        destinations: [{ realServer: 'first', tier: 0, weight: 100, drained: false }],
      },
    ],
    realServers: [
      {
        name: 'first',
        site: 'first',
        address: at.server,
        probeSlot: 1,
        forwarding: 'tunnel',
        tunnel: 'ipip',
      },
    ],
  });
}

function realServerSnapshot(): RealServerSnapshot {
  return signed<RealServerSnapshot>({
    kind: 'realserver',
    ...envelope,
    tunnel: 'ipip',
    services: [
      { name: 'many', vips: [vip], ports: manyPorts, health: { ...health, type: 'none' } },
      { name: 'web', vips, ports, health },
    ],
    directors: [{ name: 'director', address: at.director, forwarding: 'tunnel' }],
  });
}

/** One link for a client, the director and the real server, behind a router with two addresses; another client is far away. */
async function wire(hosts: Readonly<Record<'router' | 'director' | 'server' | 'neighbour' | 'far', string>>) {
  const { router, director, server, far } = hosts;
  const on = (host: string, lines: readonly string[]) =>
    run(host, ['sh', '-ec', lines.map((line) => line.replace(/^(link|addr|route) /, 'ip $1 ')).join('\n')]);
  for (const host of Object.values(hosts))
    await on(host, ['sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0']);
  await on(router, ['link add lan type bridge', 'link set lan up']);
  for (const name of ['director', 'server', 'neighbour'] as const) {
    const peer = ['type', 'veth', 'peer', 'name', name, 'netns', router];
    await runHere(['ip', 'link', 'add', 'eth0', 'netns', hosts[name], ...peer]);
    await on(router, [`link set ${name} master lan`, `link set ${name} up`]);
    await on(hosts[name], ['link set lo up', `addr add ${at[name]}/24 dev eth0`, 'link set eth0 up']);
  }
  await runHere([
    'ip',
    'link',
    'add',
    'eth0',
    'netns',
    far,
    'type',
    'veth',
    'peer',
    'name',
    'far',
    'netns',
    router,
  ]);
  await on(router, [
    'sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.promote_secondaries=1',
    'addr add 192.0.2.1/24 dev lan',
    'addr add 192.0.2.3/24 dev lan',
    'addr add 2001:db8:1::1/64 dev lan',
    'addr add 203.0.113.1/24 dev far',
    'addr add 198.51.100.1/24 dev far',
    'link set far up',
  ]);
  await on(far, [
    `addr add ${farTunnel}/24 dev eth0`,
    `addr add ${farClient}/24 dev eth0`,
    'link set eth0 up',
    'route add default via 203.0.113.1',
    `link add theirs type ipip local ${farTunnel} remote ${at.server}`,
    'addr add 172.16.0.2/30 dev theirs',
    'link set theirs up',
  ]);
  // A VIP that somebody has given the card already, and strict filters everywhere.
  const strict = 'sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1';
  await on(director, [strict, `addr add ${vip}/24 dev eth0`, 'addr add 2001:db8:1::2/64 dev eth0']);
  await on(director, ['route add default via 192.0.2.1', 'ip -6 route add default via 2001:db8:1::1']);
  await on(server, [
    strict,
    'addr add 2001:db8:1::11/64 dev eth0',
    'route add 203.0.113.0/24 via 192.0.2.3',
    `link add theirs type ipip local ${at.server} remote ${farTunnel}`,
    'addr add 172.16.0.1/30 dev theirs',
    'link set theirs up',
  ]);
}

test('what a host may have', { timeout: deadline(300_000) }, async () => {
  await withNamespaces(['ro', 'di', 'rs', 'nb', 'fa'], async (router, director, server, neighbour, far) => {
    await wire({ router, director, server, neighbour, far });
    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder, address: at.director },
      server: { role: 'realserver', name: 'first', namespace: server, folder, address: at.server },
    } as const satisfies Record<string, AgentPlace>;
    const home = join(folder, 'www');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.html'), 'word\n');
    const listen = (port: number): ChildProcess => {
      const httpd = ['busybox', 'httpd', '-f', '-p', `0.0.0.0:${port}`, '-h', home];
      const [program = '', ...words] = inside(server, httpd);
      return spawn(program, words, { stdio: 'ignore' });
    };
    const applications = [listen(80), listen(81), listen(lastPort)];
    placeSnapshot(places.director, directorSnapshot());
    placeSnapshot(places.server, realServerSnapshot());
    const agents = { director: startAgent(places.director), server: startAgent(places.server) };
    const theirs = () => run(far, ['ping', '-c', '1', '-W', deadlineSeconds(3), '172.16.0.1']);
    const ask = (host: string, port: number, ...from: string[]) =>
      run(host, ['curl', '-s', '-m', deadlineSeconds(3), ...from, `http://${vip}:${port}/`]).catch(() => '');
    const asked = (what: string, host: string, port: number, ...from: string[]) =>
      until(what, async () => ((await ask(host, port, ...from)) === 'word\n' ? true : undefined));
    const weight = async (service: string) => {
      const lines = (await run(director, ['ipvsadm', '-Sn'])).split('\n');
      const line = lines.find((one) => one.startsWith(`-a -t ${service} `));
      return line === undefined ? -1 : Number(/-w (\d+)/.exec(line)?.[1]);
    };
    const weightIs = (service: string, wanted: number, limitMs?: number) =>
      until(`${service} at ${wanted}`, async () => (await weight(service)) === wanted || undefined, limitMs);

    try {
      // The VIP was on the card, and the card's filter is strict: the local route is moved, and probes are heard.
      await weightIs(`${vip}:80`, 100, programsMs);
      await weightIs(`${vip}:81`, 100);
      expect(await run(director, ['ip', 'route', 'show', 'table', 'local', vip])).toBe('');
      await asked('a neighbour is served', neighbour, 80);
      await weightIs(`${vip}:${lastPort}`, 100);
      await asked('by the last of very many ports', neighbour, lastPort);
      // Whoever asks on the VIP's own link hears of it from the director alone.
      const heard = await run(neighbour, ['busybox', 'arping', '-c', '3', '-w', '5', '-I', 'eth0', vip]);
      const [card] = JSON.parse(await run(director, ['ip', '-j', 'link', 'show', 'eth0']));
      const answers = new Set([...heard.matchAll(/\[([\da-f:]{17})\]/g)].map(([, mac]) => mac));
      expect([...answers]).toEqual([card.address]);

      // IPv6 stands on the VIP and not in the application: of IPv4 that says nothing.
      const unhealthy = () =>
        agents.director.log().some((one) => one.vip === vip6 && one.to === 'unhealthy') || undefined;
      await until('IPv6 is known to fail', unhealthy);
      expect(await weight(`[${vip6}]:80`)).toBeLessThan(1);
      expect(await weight(`${vip}:80`)).toBe(100);

      // A port of its own dies, and takes nothing else along.
      applications[1]?.kill('SIGKILL');
      await weightIs(`${vip}:81`, 0);
      expect(await weight(`${vip}:80`)).toBe(100);
      expect(await ask(neighbour, 80)).toBe('word\n');

      // The real server's gateway comes after its agent, and moves.
      const remote = ['--interface', farClient];
      await run(router, ['ip', 'route', 'add', `${vip}/32`, 'via', at.director]);
      await run(server, ['ip', 'route', 'add', 'default', 'via', '192.0.2.1']);
      await asked('by the gateway', far, 80, ...remote);
      await run(server, ['ip', 'route', 'replace', 'default', 'via', '192.0.2.3']);
      await run(director, ['ip', 'route', 'replace', 'default', 'via', '192.0.2.3']);
      await run(router, ['ip', 'address', 'delete', '192.0.2.1/24', 'dev', 'lan']);
      await asked('by the other gateway', far, 80, ...remote);
      // Tunnels of others on the real server carry on.
      await theirs();

      // State directories are lost: what bears our names is known again, and goes when it is told to.
      const table = await run(director, ['ipvsadm', '-Sn']);
      await Promise.all(Object.values(agents).map((agent) => agent.kill('SIGKILL')));
      for (const { name } of Object.values(places)) rmSync(join(folder, name), { recursive: true });
      placeSnapshot(places.director, directorSnapshot());
      const lines = agents.director.log().length;
      agents.director = startAgent(places.director);
      const restored = () =>
        agents.director
          .log()
          .slice(lines)
          .find(({ msg }) => msg === 'snapshot restored');
      expect((await until('restored', restored, programsMs)).value).not.toHaveProperty('trouble');
      expect(await run(director, ['ipvsadm', '-Sn'])).toBe(table);
      expect(await ask(neighbour, 80)).toBe('word\n');
      await agents.director.kill('SIGTERM');
      await Promise.all(Object.values(places).map(cleanUp));
      expect(await run(director, ['ipvsadm', '-Sn'])).toBe('');
      expect(await run(director, ['ip', 'address', 'show', 'dev', 'lo', 'to', vip])).toBe('');
      // The card has what it had.
      expect(await run(director, ['ip', 'route', 'show', 'table', 'local', vip])).toContain('dev eth0');
      for (const host of [director, server]) {
        expect(await run(host, ['ip', 'rule'])).not.toMatch(/747[78]/);
        expect(await run(host, ['nft', 'list', 'tables'])).not.toContain('causeway');
        expect(await run(host, ['ip', '-o', 'link'])).not.toMatch(/: cw/);
      }
      await theirs();
    } finally {
      for (const agent of Object.values(agents)) await agent.kill('SIGKILL');
      for (const application of applications) application.kill('SIGKILL');
    }
  });
});
