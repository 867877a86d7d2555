// What a router that filters foreign source addresses at the edge of one site, and not of the other, leaves of the return path: by packets,
// on both families, at a collector in a third site that has none of the VIPs. Needs neither IPVS nor tunnels.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { collectorPort } from '../../src/domain/return-path.ts';
import { atOnce } from '../../src/domain/steps.ts';
import { createCollector } from '../../src/probe/collector.ts';
import { createProbeKeys } from '../../src/probe/keys.ts';
import { createProbeSocket } from '../../src/probe/probe-socket.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { until } from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline } from './pace.ts';
import type { ReturnPathOrders } from './return-path-end.ts';
import { typescriptNode } from './typescript-program.ts';

const vips = ['192.0.2.10', '2001:db8:a::10'];
const keys = createProbeKeys([{ epoch: 7, secretHex: 'ab'.repeat(32) }], 7);
const program = fileURLToPath(new URL('return-path-end.ts', import.meta.url));
/** The test's own host is the collector. It comes last: while a kernel before 6.13 has an eth0 here, it makes none elsewhere from here. */
const numbers = { fra: 2, lon: 3, ams: 1 } as const;
const own = ['10.1.0.2', '2001:db8:1::2'];

const filter = (action: 'accept' | 'drop') => `table inet edge {
  chain forward {
    type filter hook forward priority filter; policy accept;
    iifname "fra" ip saddr 192.0.2.10 counter ${action}
    iifname "fra" ip6 saddr 2001:db8:a::10 counter ${action}
  }
}
`;

async function wire(router: string, namespaces: Readonly<Record<'fra' | 'lon', string>>): Promise<void> {
  await run(router, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
  const shell = (site: keyof typeof numbers, script: string) =>
    site === 'ams' ? runHere(['sh', '-ec', script]) : run(namespaces[site], ['sh', '-ec', script]);
  await shell('ams', 'ip link set lo up');
  for (const [site, number] of Object.entries(numbers) as [keyof typeof numbers, number][]) {
    const at = site === 'ams' ? [] : ['netns', namespaces[site]];
    await runHere([
      'ip',
      'link',
      'add',
      'eth0',
      ...at,
      'type',
      'veth',
      'peer',
      'name',
      site,
      'netns',
      router,
    ]);
    const address = (last: number, link: string) =>
      `ip address add 10.${number}.0.${last}/24 dev ${link}; ip address add 2001:db8:${number}::${last}/64 dev ${link} nodad; ip link set ${link} up`;
    await run(router, ['sh', '-ec', address(1, site)]);
    const ways = `ip route add default via 10.${number}.0.1; ip -6 route add default via 2001:db8:${number}::1`;
    await shell(site, `${address(2, 'eth0')}; ${ways}`);
    if (site !== 'ams') await shell(site, vips.map((vip) => `ip address add ${vip} dev lo nodad`).join('; '));
  }
}

test('a router that filters is found out, of both families, and found open again', {
  timeout: deadline(120_000),
}, async () => {
  await withNamespaces(['ro', 'fr', 'lo'], async (router, fra, lon) => {
    await wire(router, { fra, lon });
    const load = async (action: 'accept' | 'drop') => {
      await run(router, [
        'sh',
        '-ec',
        `nft delete table inet edge 2>/dev/null || :; printf '%s' '${filter(action)}' | nft -f -`,
      ]);
    };
    await load('drop');
    const collector = createCollector({
      addresses: own,
      clock: realClock,
      random: Math.random,
      openSocket: createProbeSocket,
    });
    const started: ChildProcess[] = [];
    const ended: string[] = [];
    try {
      collector.watch(keys.ofCollector('ams-d1'));
      for (const [name, number, namespace] of [
        ['fra-r1', numbers.fra, fra],
        ['lon-r1', numbers.lon, lon],
      ] as const) {
        const keyHex = keys.toCollector('ams-d1', name)?.keyHex ?? '';
        const collectors = [{ name: 'ams-d1', addresses: own, epoch: 7, keyHex }];
        const orders: ReturnPathOrders = { name, address: `10.${number}.0.2`, vips, collectors };
        const [command = '', ...words] = inside(namespace, [
          ...typescriptNode,
          program,
          JSON.stringify(orders),
        ]);
        const child = spawn(command, words, { stdio: ['ignore', 'ignore', 'inherit'] });
        child.once('exit', (status, signal) => ended.push(`${name} (${signal ?? status})`));
        started.push(child);
      }
      const heard = () => JSON.stringify(atOnce(collector.report()).returnPaths);
      const is = (...returnPaths: object[]) =>
        until(
          () =>
            `${JSON.stringify(returnPaths)}; found ${heard()} of ${JSON.stringify(collector.counts())} datagrams, ` +
            `trouble: ${collector.trouble() ?? 'none'}, ended: ${ended.join(', ') || 'none'}`,
          () => (heard() === JSON.stringify(returnPaths) ? true : undefined),
          60_000,
        );
      const shown = (realServer: string) => ({ realServer, heard: vips, silent: [] });
      await is({ realServer: 'fra-r1', heard: [], silent: vips }, shown('lon-r1'));
      const rules = await run(router, ['nft', 'list', 'table', 'inet', 'edge']);
      // Each VIP was sent from, and stopped there.
      expect(rules.match(/counter packets [1-9]\d*/g)).toHaveLength(2);
      await load('accept');
      await is(shown('fra-r1'), shown('lon-r1'));
      expect(await runHere(['ss', '-Hlun', 'sport', '=', `:${collectorPort}`])).toMatch(/10\.1\.0\.2/);
    } finally {
      for (const child of started) child.kill('SIGKILL');
      collector.close();
    }
  });
});
