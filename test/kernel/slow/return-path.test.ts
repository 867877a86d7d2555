// Whether what real servers send from the VIPs gets out of their site: a router that filters foreign source addresses at the edge of one
// site and not of the other, on both families; a service that requires the proof; and what the loss of a collector changes: nothing. A coordinator of a third site is
// a collector as well, and in the end the only one.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { logged, until } from '../agent-network.ts';
import { inside, run, runHere, withNamespaces } from '../namespace.ts';
import { deadline, deadlineSeconds } from '../pace.ts';

const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-return-path-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const programsMs = 90_000;
const vips = ['192.0.2.10', '2001:db8:a::10'] as const;
/** The third of the four numbers, and the third of IPv6. */
const hosts = { 'fra-d1': 1, 'fra-r1': 2, 'lon-d1': 3, 'lon-r1': 4, 'ams-c1': 5, client: 9 } as const;
type HostName = keyof typeof hosts;
const address = (name: HostName): string => `10.${hosts[name]}.0.2`;

/** Each host in a subnet of its own, of both families; who is in which site, the router alone knows. */
async function wire(router: string, namespaces: Readonly<Record<HostName, string>>): Promise<void> {
  await run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  for (const [name, namespace] of Object.entries(namespaces)) {
    const number = hosts[name as HostName];
    const peer = ['type', 'veth', 'peer', 'name', name, 'netns', router];
    await runHere(['ip', 'link', 'add', 'eth0', 'netns', namespace, ...peer]);
    const ends = [
      { at: router, link: name, last: 1 },
      { at: namespace, link: 'eth0', last: 2 },
    ];
    for (const { at, link, last } of ends) {
      const lines = [
        `sysctl -qw net.ipv6.conf.${link}.accept_dad=0`,
        `ip address add 10.${number}.0.${last}/24 dev ${link}`,
        `ip address add 2001:db8:${number}::${last}/64 dev ${link} nodad`,
        `ip link set ${link} up`,
      ];
      await run(at, ['sh', '-ec', lines.join('\n')]);
    }
    const ways = [
      `ip route add default via 10.${number}.0.1`,
      `ip -6 route add default via 2001:db8:${number}::1`,
    ];
    await run(namespace, ['sh', '-ec', ways.join('\n')]);
  }
  await run(router, ['ip', 'route', 'add', `${vips[0]}/32`, 'via', address('fra-d1')]);
  await run(router, ['ip', '-6', 'route', 'add', `${vips[1]}/128`, 'via', '2001:db8:1::2']);
}

/** BCP 38 at the edge of fra: what comes of its real server goes no further from an address that is not fra's. */
const filter = `table inet edge {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "fra-r1" oifname "fra-d1" accept
    iifname "fra-r1" ip saddr ${vips[0]} counter drop
    iifname "fra-r1" ip6 saddr ${vips[1]} counter drop
  }
}
`;

const resources = `apiVersion: causeway/v1
kind: Site
metadata: { name: fra }
spec: { tunnel: { type: ipip } }
---
apiVersion: causeway/v1
kind: Site
metadata: { name: lon }
spec: { tunnel: { type: ipip } }
---
apiVersion: causeway/v1
kind: Service
metadata: { name: web }
spec:
  vips: [${vips.map((vip) => `"${vip}"`).join(', ')}]
  ports: [80/tcp]
  selector: { app: web }
  placement: { policy: local }
  health: { type: http, path: / }
  requireReturnPath: true
`;

test('a site that filters what is sent from the VIPs is told, and gets no connections of a service that requires the proof', {
  timeout: deadline(500_000),
}, async () => {
  await withNamespaces(
    ['ro', 'cl', 'c1', 'd1', 'r1', 'd2', 'r2'],
    async (router, client, c1, d1, r1, d2, r2) => {
      const namespaces = { client, 'ams-c1': c1, 'fra-d1': d1, 'fra-r1': r1, 'lon-d1': d2, 'lon-r1': r2 };
      await wire(router, namespaces);
      const filterFile = join(folder, 'edge.nft');
      writeFileSync(filterFile, filter);
      await run(router, ['nft', '-f', filterFile]);
      const started: ChildProcess[] = [];

      function start(host: string, log: string, argv: readonly string[]): ChildProcess {
        const [program = '', ...words] = inside(host, argv);
        const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
        child.stdout?.pipe(createWriteStream(join(folder, log)));
        started.push(child);
        return child;
      }
      const agent = (
        role: 'director' | 'realserver',
        name: Exclude<HostName, 'client' | 'ams-c1'>,
      ): ChildProcess => {
        const site = name.slice(0, 3);
        const own = [
          '--site',
          site,
          '--name',
          name,
          '--address',
          address(name),
          '--insecure',
          '--http',
          'off',
        ];
        const labels = role === 'realserver' ? ['--labels', 'app=web'] : [];
        const program = join(dist, `causeway-${role}.mjs`);
        const state = ['--state-dir', join(folder, name), '--coordinators', address('ams-c1')];
        return start(namespaces[name], `${name}.log`, [
          process.execPath,
          program,
          ...own,
          ...state,
          ...labels,
        ]);
      };
      const causeway = (...words: string[]) =>
        run(c1, [process.execPath, join(dist, 'causeway.mjs'), ...words], programsMs);
      /** Of a coordinator, without a program of Node each time. */
      const metrics = () =>
        run(c1, ['curl', '-s', '-m', deadlineSeconds(5), 'http://127.0.0.1:7480/metrics']);
      /** `fra refuted, lon proved`, where both VIPs of a site are alike. */
      const paths = async (): Promise<string> => {
        const lines = (await metrics().catch(() => '')).matchAll(
          /^causeway_coordinator_return_path\{site="(.*)",vip=".*",state="(.*)"\} 1$/gm,
        );
        return [...new Set([...lines].map(([, site, state]) => `${site} ${state}`))].join(', ');
      };
      const pathsAre = (wanted: string) =>
        until(wanted, async () => ((await paths()) === wanted ? true : undefined), programsMs);
      const ask = async (vip: string): Promise<string> => {
        const host = vip.includes(':') ? `[${vip}]` : vip;
        const argv = ['curl', '-s', '-g', '-m', deadlineSeconds(2), `http://${host}/`];
        return (await run(client, argv).catch(() => '')).trim();
      };
      const servedBy = async (name: string) => {
        for (const vip of vips)
          await until(
            `${vip} served by ${name}`,
            async () => ((await ask(vip)) === name ? true : undefined),
            programsMs,
          );
      };
      /** fra-r1's in fra-d1's table; −1: it is not there. */
      const weight = async (): Promise<number> =>
        Number(/-t 192\S+ -r 10\.2\.0\.2:80 .*-w (\d+)/.exec(await run(d1, ['ipvsadm', '-Sn']))?.[1] ?? -1);

      try {
        for (const name of ['fra-r1', 'lon-r1'] as const) {
          const home = join(folder, `${name}-www`);
          mkdirSync(home, { recursive: true });
          writeFileSync(join(home, 'index.html'), `${name}\n`);
          start(namespaces[name], `${name}-www.log`, ['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
        }
        start(c1, 'coordinator.log', [
          ...[process.execPath, join(dist, 'causeway-coordinator.mjs'), '--site', 'ams', '--name', 'c1'],
          ...['--insecure', '--http', '127.0.0.1:7480', '--state-dir', join(folder, 'coordinator')],
        ]);
        agent('director', 'fra-d1');
        const collector = agent('director', 'lon-d1');
        for (const name of ['fra-d1', 'lon-d1'] as const)
          await logged(join(folder, `${name}.log`), /"coordinator connected"/, 1, programsMs);
        const server = agent('realserver', 'fra-r1');
        agent('realserver', 'lon-r1');
        for (const name of ['fra-r1', 'lon-r1'] as const)
          await logged(join(folder, `${name}.log`), /"coordinator connected"/, 1, programsMs);
        const file = join(folder, 'resources.yaml');
        writeFileSync(file, resources);
        await causeway('apply', '-f', file, '--timeout', deadlineSeconds(60));

        await pathsAre('fra refuted, lon proved');
        // It was never sent anything: what its own director hears of it proves nothing to clients.
        await servedBy('lon-r1');
        expect(await weight()).toBeLessThanOrEqual(0);
        const isTold =
          /site fra: what fra-r1 sends from .* does not get out: coordinator\/c1, lon-d1 hear the host itself/;
        await until(
          'status tells it',
          async () =>
            isTold.test(await causeway('status', '--timeout', deadlineSeconds(60)).catch(() => '')) ||
            undefined,
          programsMs,
        );
        const dropped = await run(router, ['nft', 'list', 'table', 'inet', 'edge']);
        expect(dropped.match(/counter packets [1-9]/g)).toHaveLength(2);

        await run(router, ['nft', 'delete', 'table', 'inet', 'edge']);
        await pathsAre('fra proved, lon proved');
        await servedBy('fra-r1');
        expect(await weight()).toBeGreaterThan(0);

        // A director that hears fra is gone: that refutes nothing.
        collector.kill('SIGKILL');
        await until(
          'the collector is seen gone',
          async () =>
            /^causeway_coordinator_agents_connected\{role="director"\} 1$/m.test(await metrics()) ||
            undefined,
          programsMs,
        );
        expect(await paths()).toBe('fra proved, lon proved');
        expect(await weight()).toBeGreaterThan(0);
        await servedBy('fra-r1');

        // No director elsewhere hears fra any more; the coordinator does.
        await run(router, ['nft', '-f', filterFile]);
        // One that begins shows it every two seconds; later on it would take two minutes.
        const ended = once(server, 'exit');
        server.kill('SIGKILL');
        await ended;
        agent('realserver', 'fra-r1');
        await pathsAre('fra refuted, lon proved');
        await servedBy('lon-r1');
        await run(router, ['nft', 'delete', 'table', 'inet', 'edge']);
        await pathsAre('fra proved, lon proved');
      } catch (error) {
        for (const log of ['coordinator.log', 'fra-r1.log', 'lon-d1.log'])
          process.stdout.write(`${log}:\n${readFileSync(join(folder, log), 'utf8').slice(-4_000)}\n`);
        throw error;
      } finally {
        for (const child of started) child.kill('SIGKILL');
      }
    },
  );
});
