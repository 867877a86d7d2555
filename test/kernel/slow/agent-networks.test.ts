// VIPs that are whole networks, as the agents make them: every address of them is served over two tunnels by both families, and a host
// of before and after is the same.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ServicePort } from '../../../src/domain/resource.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import { hostOf } from '../../../src/domain/vip-network.ts';
import {
  type AgentPlace,
  addresses,
  cleanUp,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  traces,
  until,
  wire,
  wireIpv6,
} from '../agent-network.ts';
import { run, withNamespaces } from '../namespace.ts';
import { deadline } from '../pace.ts';
import { asker, children, perl, serve, talker } from './many-ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-networks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const networks = ['203.0.113.64/28', '2001:db8:b::/64'];
const vips = networks.map(hostOf);
/** Of each: the one at which directors ask, one of its midst, its last. */
const heardAt = [
  '203.0.113.65',
  '203.0.113.70',
  '203.0.113.79',
  '2001:db8:b::1',
  '2001:db8:b::70',
  '2001:db8:b:0:ffff:ffff:ffff:ffff',
];
const outside = ['203.0.113.63', '203.0.113.80', '2001:db8:b:1::1'];
const ports: ServicePort[] = [
  { protocol: 'tcp', port: 8_050, targetPort: 8_050 },
  { protocol: 'tcp', port: 9_000, lastPort: 9_009, targetPort: 9_000 },
  { protocol: 'udp', port: 15_000, targetPort: 15_000 },
];
const service = { name: 'blocks', vips, networks, ports };

function directorWants(): DirectorSnapshot {
  const { checksum: _, services, ...rest } = directorSnapshot();
  return signed<DirectorSnapshot>({
    ...rest,
    services: services.map((one) => ({ ...one, ...service, askedPort: 8_050 })),
  });
}

function realServerWants(tunnel: 'ipip' | 'gre'): RealServerSnapshot {
  const { checksum: _, services, ...rest } = realServerSnapshot(tunnel);
  return signed<RealServerSnapshot>({
    ...rest,
    services: services.map(({ health }) => ({
      ...service,
      health: { ...health, type: 'tcp' as const, port: 8_050 },
    })),
  });
}

test('every address of a network is served, and none beside it', { timeout: deadline(300_000) }, async () => {
  await withNamespaces(['cl', 'di', 'r1', 'r2', 'ro'], async (client, director, first, second, router) => {
    const hosts = { client, director, first, second };
    await wire(router, hosts);
    await wireIpv6(router, hosts);
    await run(router, ['ip', 'route', 'add', '203.0.113.0/24', 'via', addresses.director]);
    await run(router, ['ip', 'route', 'add', '2001:db8:b::/56', 'via', '2001:db8:1::2']);
    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: first, folder },
      second: { role: 'realserver', name: 'second', namespace: second, folder },
    } as const satisfies Record<string, AgentPlace>;
    const listening = { tcp: [8_050, 9_004], udp: [15_000] };
    for (const [namespace, name] of [
      [first, 'first'],
      [second, 'second'],
    ] as const)
      await serve(namespace, name, [...heardAt, ...outside], listening);
    const before = await Promise.all([director, first, second].map(traces));
    placeSnapshot(places.director, directorWants());
    placeSnapshot(places.first, realServerWants('ipip'));
    placeSnapshot(places.second, realServerWants('gre'));
    const ask = asker(client);
    const table = async () => (await run(director, ['ipvsadm', '-Sn'])).trim().split('\n');

    let agent = startAgent(places.director);
    const realServers = [startAgent(places.first), startAgent(places.second)];
    try {
      // Of two networks and two protocols, at two real servers.
      await until(
        'all is carried',
        async () => (await table()).filter((line) => line.includes(' -w 100')).length === 8 || undefined,
        120_000,
      );
      const lines = await table();
      expect(lines.filter((line) => /^-A -[tu] /.test(line))).toEqual([]);
      process.stdout.write(
        `${await run(first, ['sh', '-c', 'ip route show table local type local; ip -6 route show table local type local; nft list set inet causeway_realserver ports-tcp4'])}\n`,
      );

      for (const address of heardAt) {
        await until(
          `${address} is served by both`,
          async () => {
            const tcp = await ask('tcp', address, [8_050, 9_004], 2);
            const udp = await ask('udp', address, [15_000], 4);
            return (
              [tcp, udp].every((answers) => [...new Set(answers)].toSorted().join() === 'first,second') ||
              undefined
            );
          },
          120_000,
        );
      }
      for (const address of outside) expect(await ask('tcp', address, [8_050], 1, 1), address).toEqual(['']);
      expect(await ask('tcp', heardAt[1] ?? '', [8_051, 9_010], 1, 1)).toEqual(['', '']);

      // A connection to its midst outlives the director's agent, and nothing changes when that comes back.
      const said: string[] = [];
      perl(client, talker, [heardAt[1] ?? '', '9004'], (line) => said.push(line));
      await until('it talks', () => said.length > 2 || undefined);
      await agent.kill('SIGKILL');
      const known = agent.log().length;
      agent = startAgent(places.director);
      const told = () => agent.log().slice(known);
      await until(
        'it has heard of both',
        () =>
          told().filter(({ msg, to }) => msg === 'application changed' && to === 'healthy').length >= 2 ||
          undefined,
        90_000,
      );
      const written = told().flatMap(({ operations }) =>
        Array.isArray(operations) ? operations.map(String) : [],
      );
      expect(written.filter((line) => /^((add|delete|edit) service|load nft)/.test(line))).toEqual([]);
      const count = said.length;
      await until('the connection goes on', () => said.length > count + 5 || undefined);

      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all([agent, ...realServers].map((one) => one.kill('SIGTERM')));
      await Promise.all(Object.values(places).map(cleanUp));
      expect(await Promise.all([director, first, second].map(traces))).toEqual(before);
    } catch (error) {
      const logs = [agent, ...realServers].flatMap((one) => one.log());
      const lines = logs.filter(({ msg }) => / changed$|trouble|not as/.test(String(msg)));
      process.stdout.write(
        `${(await table()).join('\n')}\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`,
      );
      throw error;
    } finally {
      for (const one of [agent, ...realServers]) await one.kill('SIGKILL');
      for (const child of children.splice(0)) child.kill('SIGKILL');
    }
  });
});
