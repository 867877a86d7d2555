// No single director: two of a site serve one VIP, which a real routing daemon beside each tells the router. One is killed, drained,
// restarted and returns, and connections go on; a site that can serve nothing is withdrawn.
import { expect, test } from 'vitest';
import { addresses, cleanUp, placeSnapshot, startAgent, traces, until, vip } from '../agent-network.ts';
import { run } from '../namespace.ts';
import { deadline } from '../pace.ts';
import { exampleFor, startBird, startFrr } from './routed-daemons.ts';
import { type RoutedSite, routedSnapshot, serveWeb, withRoutedSite } from './routed-site.ts';

const both = [addresses.director, addresses.other];

const bird = {
  router: (namespace: string, folder: string) =>
    startBird(namespace, folder, exampleFor('bird-router.conf', addresses.director)),
  director: (namespace: string, folder: string) =>
    startBird(namespace, folder, exampleFor('bird-director.conf', addresses.director)),
  other: (namespace: string, folder: string) =>
    startBird(namespace, folder, exampleFor('bird-director.conf', addresses.other)),
};
/** Beside FRR one that has not changed over yet: their paths are equal. */
const frr = {
  ...bird,
  router: (namespace: string, folder: string) =>
    startFrr(namespace, folder, exampleFor('frr-router.conf', addresses.director)),
  director: (namespace: string, folder: string) =>
    startFrr(namespace, folder, exampleFor('frr-director.conf', addresses.director)),
};

/** Nothing leaves the first director and nothing reaches it, for so long as `work` takes. */
async function whileDead({ spaces, route, say }: RoutedSite, work: () => Promise<void>): Promise<void> {
  const lose = ['root', 'netem', 'loss', '100%'];
  await run(spaces.director, ['tc', 'qdisc', 'add', 'dev', 'eth0', ...lose]);
  const deadMs = Date.now();
  await run(spaces.router, ['tc', 'qdisc', 'add', 'dev', 'to-director', ...lose]);
  const { atMs } = await route.leadsTo('dead', addresses.other);
  say('dead director left by the router', { ms: atMs - deadMs });
  await work();
  await run(spaces.router, ['tc', 'qdisc', 'del', 'dev', 'to-director', 'root']);
  await run(spaces.director, ['tc', 'qdisc', 'del', 'dev', 'eth0', 'root']);
  await route.leadsTo('returned', ...both);
}

/** The applications take no new connection any more, one after the other. How long the router kept the last way is printed, not judged: six hosts share two emulated processors. */
async function serveNothing({ spaces, webs, agents, route, goesOn, say }: RoutedSite): Promise<void> {
  webs.first.kill('SIGKILL');
  for (const namespace of [spaces.director, spaces.other])
    await until('first at 0', async () =>
      /-r 10\.2\.0\.2:80 .*-w 0/.test(await run(namespace, ['ipvsadm', '-Sn'])) ? true : undefined,
    );
  await goesOn('one left');
  const endedMs = Date.now();
  webs.second.kill('SIGKILL');
  const { atMs } = await route.leadsTo('nothing to serve');
  const steps = (agent: { log(): Record<string, unknown>[] }) =>
    agent
      .log()
      .filter(({ time, msg }) => Number(time) >= endedMs && /application|attract|host/.test(String(msg)))
      .map(({ time, msg }) => `${msg}: ${Number(time) - endedMs}`);
  say('withdrawn', {
    withdrawnMs: atMs - endedMs,
    director: steps(agents.director),
    other: steps(agents.other),
  });
}

async function serveAgain({ spaces, webs, route, goesOn }: RoutedSite): Promise<void> {
  webs.first = serveWeb(spaces.first);
  webs.second = serveWeb(spaces.second);
  await route.leadsTo('served again', ...both);
  await goesOn('served again');
}

test(
  'BIRD: connections go on whichever director is gone, and a site that serves nothing attracts nobody',
  async () => {
    await withRoutedSite('r', bird, async (site) => {
      const { spaces, places, agents, route, goesOn, say } = site;
      const { director, other } = spaces;
      const address = () => run(director, ['ip', 'address', 'show', 'to', vip]);
      const ipvs = async (namespace: string) =>
        (await run(namespace, ['ipvsadm', '-Sn'])).split('\n').filter((line) => line.includes(vip));
      await route.leadsTo('both serve', ...both);
      expect(await address()).toContain('cw-director');
      await site.ask();
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
      const sightings = route.seen().length;
      await agents.director.kill('SIGKILL');
      await goesOn('agent killed');
      const restored = () => agents.director.log().filter(({ msg }) => msg === 'snapshot restored').length;
      const before = restored();
      agents.director = startAgent(places.director);
      await until('restored', () => restored() > before || undefined, 60_000);
      await goesOn('agent restarted');
      expect(route.seen().slice(sightings)).toEqual([]);

      // Drained: away from the router, its table as it was; and back.
      const whole = await ipvs(director);
      expect(whole).toHaveLength(3);
      const told = async (version: number, withdrawn: boolean) => {
        await agents.director.kill('SIGTERM');
        placeSnapshot(places.director, routedSnapshot(version, withdrawn));
        agents.director = startAgent(places.director);
      };
      await told(2, true);
      await route.leadsTo('drained', addresses.other);
      await goesOn('drained');
      expect(await ipvs(director)).toEqual(whole);
      await told(3, false);
      await route.leadsTo('taken back', ...both);
      await goesOn('taken back');

      await whileDead(site, async () => {
        await goesOn('dead');
        // What hears nobody suspects itself, and takes nothing back.
        expect(await address()).toContain('cw-director');
      });
      await goesOn('returned');

      await serveNothing(site);
      expect(await address()).toBe('');
      expect(await run(director, ['ip', 'link', 'show', 'cw-director'])).toContain('UP');
      expect(await ipvs(director)).toHaveLength(3);
      await serveAgain(site);

      await agents.director.kill('SIGTERM');
      await cleanUp(places.director);
      await route.leadsTo('cleaned up', addresses.other);
      await goesOn('cleaned up');
      expect(await traces(director)).toBe(site.untouched);
    });
  },
  deadline(400_000),
);

test(
  'FRR: the same where a director dies and where nothing can be served, beside a director with BIRD',
  async () => {
    await withRoutedSite('f', frr, async (site) => {
      await site.route.leadsTo('both serve', ...both);
      await site.ask();
      await site.goesOn('at rest');
      await whileDead(site, () => site.goesOn('dead'));
      await site.goesOn('returned');
      await serveNothing(site);
      await serveAgain(site);
    });
  },
  deadline(300_000),
);
