// The VIP is no door: what listens on every address of a director or a real server is reached by nobody who asks the VIP. Scanned with
// and without what keeps it shut.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, expect, test } from 'vitest';
import type { DirectorSnapshot, RealServerSnapshot } from '../../src/domain/snapshot.ts';
import {
  type AgentPlace,
  addresses,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  until,
  vip,
  wire,
} from './agent-network.ts';
import { inside, run, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';
import { listener, scan } from './scan.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-doors-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vip6 = '2001:db8:a::10';
/** What hosts have open beside the service: SSH, a coordinator's, the agents' own, an exporter's. */
const others = [22, 7400, 7480, 7481, 7482, 9100, 65_535];
const everyPort = { first: 1, last: 65_535 };
/** Of them those that anybody listens on, but for the last. */
const manyPorts = { first: 1, last: 10_000 };

const children: ChildProcess[] = [];

/** What any of them hears by UDP. */
const heard: string[] = [];

async function listen(namespace: string, ports: readonly number[]): Promise<void> {
  const [program = '', ...words] = inside(namespace, ['perl', '-e', listener, ...ports.map(String)]);
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise<void>((resolve) => {
    createInterface(child.stdout).on('line', (line) => (line === 'listening' ? resolve() : heard.push(line)));
  });
}

/** Packets that a rule met, by its comment; undefined where there is no such table. */
async function met(namespace: string, table: string, comment: string): Promise<number | undefined> {
  const listing = await run(namespace, ['nft', 'list', 'table', 'inet', table]).catch(() => '');
  const line = listing.split('\n').find((one) => one.includes(`comment "${comment}"`));
  return line === undefined ? undefined : Number(/counter packets (\d+)/.exec(line)?.[1]);
}

test('nobody reaches a program of a director or of a real server by the VIP', {
  timeout: deadline(400_000),
}, async () => {
  await withNamespaces(['cl', 'di', 'r1', 'r2', 'ro'], async (client, director, first, second, router) => {
    await wire(router, { client, director, first, second });
    const at = (namespace: string, line: string) => run(namespace, line.split(' '));
    await at(router, 'sysctl -qw net.ipv6.conf.all.forwarding=1');
    for (const [namespace, far, net] of [
      [client, 'to-client', 9],
      [director, 'to-director', 1],
      [first, 'to-first', 2],
    ] as const) {
      await at(namespace, `ip address add 2001:db8:${net}::2/64 dev eth0 nodad`);
      await at(router, `ip address add 2001:db8:${net}::1/64 dev ${far} nodad`);
      await at(namespace, `ip route add default via 2001:db8:${net}::1`);
    }
    await at(router, `ip route add ${vip6}/128 via 2001:db8:1::2`);

    const both = [vip, vip6];
    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: first, folder },
    } as const satisfies Record<string, AgentPlace>;
    const { checksum: _, services, ...rest } = directorSnapshot();
    placeSnapshot(
      places.director,
      signed<DirectorSnapshot>({ ...rest, services: services.map((one) => ({ ...one, vips: both })) }),
    );
    const { checksum: __, services: carried, ...content } = realServerSnapshot('ipip');
    placeSnapshot(
      places.first,
      signed<RealServerSnapshot>({ ...content, services: carried.map((one) => ({ ...one, vips: both })) }),
    );
    const home = join(folder, 'www');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.html'), 'served\n');
    const [program = '', ...words] = inside(first, ['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
    children.push(spawn(program, words, { stdio: 'ignore' }));
    for (const namespace of [director, first]) await listen(namespace, others);
    const reach = (address: string, port: number) => {
      const script = `exec 3<>/dev/tcp/${address}/${port}`;
      return run(client, ['timeout', deadlineSeconds(2), 'bash', '-c', script]).then(
        () => true,
        () => false,
      );
    };
    const word = (address: string) =>
      run(client, ['bash', '-c', `echo -n word > /dev/udp/${address}/${others[0]}`]);

    let agent = startAgent(places.director);
    const realServer = startAgent(places.first);
    try {
      const ask = () =>
        run(client, ['curl', '-s', '-m', deadlineSeconds(2), `http://${vip}/`]).catch(() => '');
      await until('it serves', async () => ((await ask()) === 'served\n' ? true : undefined), 90_000);
      await until('by IPv6 as well', async () => ((await reach(vip6, 80)) ? true : undefined));

      // From outside, every port of it.
      const table = 'causeway_director';
      const shut = 'to a VIP of IPv4, but to no service';
      const before = (await met(director, table, shut)) ?? 0;
      const startedAt = performance.now();
      const outside = await scan(client, { from: addresses.client, to: vip, ...everyPort });
      process.stdout.write(`65,535 ports in ${Math.round(performance.now() - startedAt)} ms\n`);
      expect(outside).toEqual({ open: [80], refused: 0 });
      // They all got there: what did not answer was not lost on the way.
      expect(((await met(director, table, shut)) ?? 0) - before).toBeGreaterThanOrEqual(65_534);
      await word(vip);
      await word(vip6);
      expect(await Promise.all([22, 7400].map((port) => reach(vip6, port)))).toEqual([false, false]);
      await Promise.all(
        both.map((address) => run(client, ['ping', '-c', '1', '-W', deadlineSeconds(2), address])),
      );

      // Out of the tunnel, by somebody who has taken over a director, or who sends from its address.
      const through = { from: addresses.director, to: addresses.first };
      const inner = { from: addresses.director, to: vip };
      const behind = await scan(director, { ...inner, ...manyPorts, through });
      expect(behind.open).toEqual([80, 7483]);
      // Port 7484 is closed, and is there to be seen closed.
      expect(behind.refused).toBe(1);
      expect(heard).toEqual([]);

      // What shuts them: without it they all answer.
      await agent.kill('SIGKILL');
      await at(director, `nft flush chain inet ${table} doors`);
      const few = { first: 1, last: 128 };
      expect((await scan(client, { from: addresses.client, to: vip, ...few })).open).toEqual([22, 80]);
      expect(await reach(vip6, 7400)).toBe(true);
      await word(vip);
      await until('a program of the director hears', () => heard.includes('heard word') || undefined);
      await realServer.kill('SIGKILL');
      await at(first, 'nft flush chain inet causeway_realserver only-vips');
      expect((await scan(director, { ...inner, ...few, through })).open).toEqual([22, 80]);

      // And the next life shuts them again.
      agent = startAgent(places.director);
      await until(
        'shut again',
        async () => ((await met(director, table, shut)) === undefined ? undefined : true),
        90_000,
      );
      expect((await scan(client, { from: addresses.client, to: vip, ...few })).open).toEqual([80]);
    } finally {
      await agent.kill('SIGKILL');
      await realServer.kill('SIGKILL');
      for (const child of children.splice(0)) child.kill('SIGKILL');
    }
  });
});
