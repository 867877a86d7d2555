// No single director: two of a site serve one VIP, which a real routing daemon beside each tells the router. One is killed, drained,
// restarted and returns, and connections go on; a site that can serve nothing is withdrawn.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type AgentPlace,
  addresses,
  cleanUp,
  placeSnapshot,
  startAgent,
  traces,
  until,
  vip,
  wireHosts,
} from './agent-network.ts';
import { run, withNamespaces } from './namespace.ts';
import { deadline } from './pace.ts';
import {
  type Daemon,
  exampleFor,
  routedSnapshot,
  servedSnapshot,
  serveWeb,
  startBird,
  startLoad,
  watchRoute,
} from './routed-site.ts';

const connections = 60;
const both = [addresses.director, addresses.other];

test(
  'BIRD: connections go on whichever director is gone, and a site that serves nothing attracts nobody',
  async () => {
    // In /run, which the machine has for itself: sockets live there.
    const folder = mkdtempSync('/run/causeway-routing-');
    const names = ['rcl', 'rro', 'rd1', 'rd2', 'rr1', 'rr2'] as const;
    await withNamespaces(names, async (client, router, director, other, first, second) => {
      await wireHosts(router, { client, director, other, first, second });
      await run(router, ['sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1']);
      const place = (role: AgentPlace['role'], name: AgentPlace['name'], namespace: string) =>
        ({ role, name, namespace, folder }) satisfies AgentPlace;
      const places = {
        director: place('director', 'director', director),
        other: place('director', 'other', other),
        first: place('realserver', 'first', first),
        second: place('realserver', 'second', second),
      };
      const before = await traces(director);
      placeSnapshot(places.director, routedSnapshot(1));
      placeSnapshot(places.other, routedSnapshot(1));
      placeSnapshot(places.first, servedSnapshot('ipip'));
      placeSnapshot(places.second, servedSnapshot('gre'));
      const route = watchRoute(router);
      const daemons: Daemon[] = [
        await startBird(
          router,
          join(folder, 'bird-router'),
          exampleFor('bird-router.conf', addresses.director),
        ),
        await startBird(
          director,
          join(folder, 'bird-d1'),
          exampleFor('bird-director.conf', addresses.director),
        ),
        await startBird(other, join(folder, 'bird-d2'), exampleFor('bird-director.conf', addresses.other)),
      ];
      const webs = { first: serveWeb(first), second: serveWeb(second) };
      const agents = {
        director: startAgent(places.director),
        other: startAgent(places.other),
        first: startAgent(places.first),
        second: startAgent(places.second),
      };
      let load: ReturnType<typeof startLoad> | undefined;
      const told: string[] = [];
      const say = (what: string, figures: object) => told.push(`${what}: ${JSON.stringify(figures)}`);
      const gatewaysAre = (what: string, ...wanted: string[]) =>
        until(
          `${what}: the router has ${wanted.length === 0 ? 'no way' : wanted}`,
          () =>
            String(route.seen().at(-1)?.gateways ?? []) === String(wanted) ? route.seen().at(-1) : undefined,
          60_000,
        );
      const address = (namespace: string) => run(namespace, ['ip', 'address', 'show', 'to', vip]);
      /** New ones are served, and none that lasts has ended. */
      const goesOn = async (what: string) => {
        const seen = () => load?.seen() ?? { rounds: 0, lasting: 0, ended: 0, served: 0, slowestMs: 0 };
        const from = seen().rounds;
        await until(
          `${what}: rounds`,
          () => (seen().rounds > from + 5 && seen().served > 3) || undefined,
          60_000,
        );
        const { lasting, ended, slowestMs } = seen();
        say(what, { lasting, ended, slowestMs });
        expect([what, lasting, ended]).toEqual([what, connections, 0]);
      };
      try {
        await gatewaysAre('both serve', ...both);
        expect(await address(director)).toContain('cw-director');
        load = startLoad(client, join(folder, 'load'), connections);
        await goesOn('at rest');
        const active = async (namespace: string) =>
          [...(await run(namespace, ['ipvsadm', '-Ln'])).matchAll(/-> \S+ +\S+ +\d+ +(\d+)/g)].reduce(
            (sum, [, count]) => sum + Number(count),
            0,
          );
        const spread = [await active(director), await active(other)];
        say('active connections', spread);
        expect(Math.min(...spread)).toBeGreaterThan(0);

        // Its agent is killed, and starts again: the network sees nothing.
        let sightings = route.seen().length;
        await agents.director.kill('SIGKILL');
        await goesOn('agent killed');
        agents.director = startAgent(places.director);
        const lines = (msg: string) => agents.director.log().filter((line) => line.msg === msg).length;
        await until('restored', () => lines('snapshot restored') > 1 || undefined, 60_000);
        await goesOn('agent restarted');
        expect(route.seen().slice(sightings)).toEqual([]);

        // Drained: away from the router, its table as it was.
        const table = async () =>
          (await run(director, ['ipvsadm', '-Sn'])).split('\n').filter((line) => line.includes(vip));
        const whole = await table();
        expect(whole).toHaveLength(3);
        await agents.director.kill('SIGTERM');
        placeSnapshot(places.director, routedSnapshot(2, true));
        agents.director = startAgent(places.director);
        await gatewaysAre('drained', addresses.other);
        await goesOn('drained');
        expect(await table()).toEqual(whole);
        await agents.director.kill('SIGTERM');
        placeSnapshot(places.director, routedSnapshot(3));
        agents.director = startAgent(places.director);
        await gatewaysAre('taken back', ...both);
        await goesOn('taken back');

        // Dead for everybody: nothing leaves it and nothing reaches it.
        sightings = route.seen().length;
        const lose = ['root', 'netem', 'loss', '100%'];
        const deadMs = Date.now();
        await run(router, ['tc', 'qdisc', 'add', 'dev', 'to-director', ...lose]);
        await run(director, ['tc', 'qdisc', 'add', 'dev', 'eth0', ...lose]);
        const { value: lost } = await gatewaysAre('dead', addresses.other);
        say('dead director left by the router', { ms: lost.atMs - deadMs });
        await goesOn('dead');
        // What hears nobody suspects itself, and takes nothing back.
        expect(await address(director)).toContain('cw-director');
        await run(router, ['tc', 'qdisc', 'del', 'dev', 'to-director', 'root']);
        await run(director, ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']);
        await gatewaysAre('returned', ...both);
        await goesOn('returned');

        // Nothing can be served any more: the last application takes no new connection.
        webs.first.kill('SIGKILL');
        const weightless = async (namespace: string) =>
          /:80 .*-w 0/.test(await run(namespace, ['ipvsadm', '-Sn'])) || undefined;
        for (const namespace of [director, other]) await until('first at 0', () => weightless(namespace));
        await goesOn('one left');
        const endedMs = Date.now();
        webs.second.kill('SIGKILL');
        const { value: gone } = await gatewaysAre('nothing to serve');
        const withdrawnMs = gone.atMs - endedMs;
        const times = (agent: { log(): Record<string, unknown>[] }) =>
          agent
            .log()
            .filter(({ time }) => Number(time) >= endedMs)
            .filter(({ msg }) => /application changed|attract|host changed/.test(String(msg)))
            .map(({ time, msg }) => `${msg} ${Number(time) - endedMs}`);
        say('withdrawn', { withdrawnMs, director: times(agents.director), other: times(agents.other) });
        expect(await run(director, ['ip', 'link', 'show', 'cw-director'])).toContain('UP');
        expect(await table()).toHaveLength(3);
        webs.first = serveWeb(first);
        webs.second = serveWeb(second);
        await gatewaysAre('served again', ...both);
        await goesOn('served again');
        expect(withdrawnMs).toBeLessThan(deadline(1_200));

        await agents.director.kill('SIGTERM');
        await cleanUp(places.director);
        await gatewaysAre('cleaned up', addresses.other);
        await goesOn('cleaned up');
        expect(await traces(director)).toBe(before);
      } finally {
        process.stdout.write(`${told.join('\n')}\n${JSON.stringify(route.seen())}\n`);
        for (const agent of Object.values(agents)) await agent.kill('SIGKILL');
        for (const daemon of daemons) await daemon.stop();
        for (const child of [...Object.values(webs), route.process, load?.process]) child?.kill('SIGKILL');
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
  deadline(400_000),
);
