// Ranges of ports as the agents make them: one firewall-mark service for all ports of a protocol at each VIP, over both families and two
// tunnels, and what may happen to it: the agent killed, nft flushed, a real server drained, an application that dies unsupervised.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { ServicePort } from '../../../src/domain/resource.ts';
import { serviceMark } from '../../../src/domain/service-mark.ts';
import type { DirectorSnapshot, RealServerSnapshot } from '../../../src/domain/snapshot.ts';
import {
  type AgentPlace,
  addresses,
  cleanUp,
  directorSnapshot,
  holder,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  traces,
  until,
  vip,
  wire,
  wireIpv6,
} from '../agent-network.ts';
import { run, withNamespaces } from '../namespace.ts';
import { deadline } from '../pace.ts';
import { asker, children, perl, serve, talker } from './many-ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-ranges-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vip6 = '2001:db8:a::10';
const vips = [vip, vip6];
const range = (protocol: 'tcp' | 'udp', port: number, lastPort: number): ServicePort => ({
  protocol,
  port,
  lastPort,
  targetPort: port,
});
const services = {
  media: {
    ports: [range('tcp', 8_000, 8_100), range('udp', 10_000, 20_000)],
    persistenceSeconds: 0,
    askedPort: 8_000,
  },
  /** As FTP has it: one port to speak at, others for what is asked for there. */
  sticky: {
    ports: [{ protocol: 'tcp', port: 21, targetPort: 21 }, range('tcp', 30_000, 30_009)],
    persistenceSeconds: 300,
    askedPort: 21,
  },
} as const;
type Name = keyof typeof services;
const names: readonly Name[] = ['media', 'sticky'];
/** Within, at the ends, and beside. */
const heard = { tcp: [21, 8_000, 8_050, 8_100, 30_000, 30_009], udp: [10_000, 15_000, 20_000] } as const;
const unheard = { tcp: [7_999, 8_101], udp: [9_999, 20_001] } as const;
const mark = (name: Name, address: string, protocol: 'tcp' | 'udp') =>
  String(serviceMark(name, address, protocol));

function directorWants(drained?: string): DirectorSnapshot {
  const { checksum: _, services: given, ...rest } = directorSnapshot();
  return signed<DirectorSnapshot>({
    ...rest,
    services: given.flatMap((service) =>
      names.map((name) => ({
        ...service,
        ...services[name],
        name,
        vips,
        destinations: service.destinations.map((one) =>
          one.realServer === drained ? { ...one, weight: 0, drained: true } : one,
        ),
      })),
    ),
  });
}

function realServerWants(tunnel: 'ipip' | 'gre'): RealServerSnapshot {
  const { checksum: _, services: given, ...rest } = realServerSnapshot(tunnel);
  return signed<RealServerSnapshot>({
    ...rest,
    services: given.flatMap((service) =>
      names.map((name) => ({
        name,
        vips,
        ports: services[name].ports,
        health: { ...service.health, type: 'tcp' as const, port: services[name].askedPort },
      })),
    ),
  });
}

test('ranges of ports at two VIPs over two tunnels, and what may happen to them', {
  timeout: deadline(400_000),
}, async () => {
  await withNamespaces(['cl', 'di', 'r1', 'r2', 'ro'], async (client, director, first, second, router) => {
    const hosts = { client, director, first, second };
    await wire(router, hosts);
    const at = (namespace: string, line: string) => run(namespace, line.split(' '));
    await wireIpv6(router, hosts);
    await at(router, `ip route add ${vip6}/128 via 2001:db8:1::2`);

    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: first, folder },
      second: { role: 'realserver', name: 'second', namespace: second, folder },
    } as const satisfies Record<string, AgentPlace>;
    const all = { tcp: [...heard.tcp, ...unheard.tcp], udp: [...heard.udp, ...unheard.udp] };
    await serve(first, 'first', vips, all);
    // What outlives its agent there: by it the director knows the host alive.
    perl(second, holder, [], () => {});
    const applicationOfSecond = await serve(second, 'second', vips, all);
    const before = await Promise.all([director, first, second].map(traces));
    placeSnapshot(places.director, directorWants());
    placeSnapshot(places.first, realServerWants('ipip'));
    placeSnapshot(places.second, realServerWants('gre'));

    const ask = asker(client);
    const table = async () => (await run(director, ['ipvsadm', '-Sn'])).trim().split('\n');
    /** Entries of a service; `-Sn` names marks, not families: of each VIP it is another mark. */
    const entriesOf = async (key: string) =>
      (await table()).filter((line) => line.startsWith(`-a -f ${key} `));

    let agent = startAgent(places.director);
    const realServers = [startAgent(places.first), startAgent(places.second)];
    try {
      const marks = vips.flatMap((address) => [
        mark('media', address, 'tcp'),
        mark('media', address, 'udp'),
        mark('sticky', address, 'tcp'),
      ]);
      await until(
        'both carry all of it',
        async () => {
          const carrying = await Promise.all(marks.map(entriesOf));
          return (
            carrying.every((own) => own.filter((line) => / -w 100\b/.test(line)).length === 2) || undefined
          );
        },
        120_000,
      );

      // One virtual service for each protocol and VIP, and none by address.
      const all = await table();
      process.stdout.write(
        `${all.join('\n')}\n${await run(director, ['nft', 'list', 'table', 'inet', 'causeway_director'])}`,
      );
      expect(all.filter((line) => /^-A -[tu] /.test(line))).toEqual([]);
      for (const key of marks) expect(all.filter((line) => line.startsWith(`-A -f ${key} `))).toHaveLength(1);

      // Every port of it, over both real servers, by both protocols and families; and none beside it.
      for (const address of vips) {
        for (const [protocol, ports] of [
          ['tcp', [8_000, 8_050, 8_100]],
          ['udp', heard.udp],
        ] as const) {
          // Of twelve flows by turns six each; a machine that is busy may quiesce one of them for a moment.
          await until(
            `${address} ${protocol} is spread`,
            async () => {
              const answers = await ask(protocol, address, ports, 4);
              const counts = [...Map.groupBy(answers, (name) => name)].map(
                ([name, own]) => `${name} ${own.length}`,
              );
              return counts.toSorted().join() === 'first 6,second 6' || undefined;
            },
            120_000,
          );
          const others = await ask(protocol, address, unheard[protocol], 1, 1);
          expect(others).toEqual(['', '']);
        }
        // Who speaks at one port of a persistent service meets the same real server at all others.
        await until(`${address} sticks`, async () => {
          const stuck = new Set(await ask('tcp', address, [21, 30_000, 30_009], 3));
          return (stuck.size === 1 && !stuck.has('')) || undefined;
        });
      }

      // A connection to each of the two.
      const said: string[][] = [];
      for (let index = 0; index < 2; index += 1) {
        const own: string[] = [];
        said.push(own);
        perl(client, talker, [vip, '8050'], (line) => own.push(line));
        await until('it talks', () => own.length > 2 || undefined);
      }
      expect(new Set(said.map(([name]) => name))).toEqual(new Set(['first', 'second']));
      const goOn = (what: string) => {
        const counts = said.map((own) => own.length);
        return until(what, () => said.every((own, at) => own.length > (counts[at] ?? 0) + 5) || undefined);
      };

      // Killed and started anew, it changes nothing.
      const stood = await table();
      await agent.kill('SIGKILL');
      await goOn('connections go on without the agent');
      expect(await ask('tcp', vip, [8_000], 4)).not.toContain('');
      const known = agent.log().length;
      agent = startAgent(places.director);
      const told = () => agent.log().slice(known);
      await until(
        'it has heard of both',
        () =>
          told().filter(({ msg, to }) => msg === 'application changed' && to === 'healthy').length >= 4 ||
          undefined,
        90_000,
      );
      const written = told().flatMap(({ operations }) =>
        Array.isArray(operations) ? operations.map(String) : [],
      );
      expect(written.filter((line) => /^((add|delete|edit) service|load nft)/.test(line))).toEqual([]);
      expect((await table()).filter((line) => line.startsWith('-A '))).toEqual(
        stood.filter((line) => line.startsWith('-A ')),
      );
      await goOn('connections go on with the new one');

      // Somebody flushes nft: connections do not notice; new ones are let in again.
      const flushedAt = performance.now();
      await run(director, ['nft', 'flush', 'ruleset']);
      await until('new ones as well', async () => {
        const answers = await ask('udp', vip, [15_000], 1, 1);
        return answers.every((name) => name !== '') || undefined;
      });
      process.stdout.write(`new ones again after ${Math.round(performance.now() - flushedAt)} ms\n`);
      await goOn('connections go on over the flush');
      expect(
        (await run(director, ['nft', 'list', 'table', 'inet', 'causeway_director'])).match(/8000-8100/g),
      ).toHaveLength(2);

      // Drained: new ones go elsewhere, its running connection goes on.
      await agent.kill('SIGTERM');
      placeSnapshot(places.director, directorWants('first'));
      agent = startAgent(places.director);
      await until(
        'first gets no new ones',
        async () => {
          const own = await entriesOf(mark('media', vip, 'tcp'));
          return (
            own.some((line) => line.includes(`-r ${addresses.first}:`) && line.includes(' -w 0')) || undefined
          );
        },
        90_000,
      );
      expect(new Set(await ask('tcp', vip, [8_000, 8_050, 8_100], 3))).toEqual(new Set(['second']));
      await goOn('the drained one keeps its connection');

      // The agent of the other is killed, then its application dies: the director's knocks at the port of its health tell.
      await realServers[1]?.kill('SIGKILL');
      await until(
        'it is unsupervised',
        () => agent.log().find(({ msg, to }) => msg === 'agent changed' && to === 'absent'),
        60_000,
      );
      const beforeDeath = agent.log().length;
      applicationOfSecond.kill('SIGKILL');
      const dead = await until(
        'its death is told',
        () =>
          agent
            .log()
            .slice(beforeDeath)
            .find(
              ({ msg, to, service }) =>
                msg === 'application changed' && to === 'unhealthy' && service === 'media',
            ),
        60_000,
      );
      process.stdout.write(`${JSON.stringify(dead.value)}\n`);

      for (const child of children.splice(0)) child.kill('SIGKILL');
      await Promise.all([agent, ...realServers].map((one) => one.kill('SIGTERM')));
      await Promise.all(Object.values(places).map(cleanUp));
      expect(await Promise.all([director, first, second].map(traces))).toEqual(before);
    } catch (error) {
      const told = agent.log().filter(({ msg }) => / changed$|trouble/.test(String(msg)));
      process.stdout.write(
        `${(await table()).join('\n')}\n${told.map((line) => JSON.stringify(line)).join('\n')}\n`,
      );
      throw error;
    } finally {
      for (const one of [agent, ...realServers]) await one.kill('SIGKILL');
      for (const child of children.splice(0)) child.kill('SIGKILL');
    }
  });
});
