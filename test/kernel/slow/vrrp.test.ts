// Two directors of one VIP of each family on one link, without a routing protocol: a real keepalived does VRRP alone, by the configuration that `causeway vrrp` prints.
// An agent is killed, keepalived stopped, a director dies and returns, and connections go on; beside it keepalived as a whole in the same network.
import { expect, test } from 'vitest';
import { hostPrefixLength } from '../../../src/domain/address.ts';
import { cleanUp, startAgent, traces, until, vip, vip6 } from '../agent-network.ts';
import { run } from '../namespace.ts';
import { deadline } from '../pace.ts';
import { vips } from './routed-site.ts';
import {
  type DirectorName,
  directorNames,
  keepalivedAsWhole,
  type VrrpLink,
  vrrpAlone,
  withVrrpLink,
} from './vrrp-link.ts';

/** The kernel's local routes to the VIPs. */
async function localRoutes({ spaces }: VrrpLink, name: DirectorName): Promise<string[]> {
  const families = ['-4', '-6'].map((family) =>
    run(spaces[name], ['ip', family, 'route', 'show', 'table', 'local']),
  );
  const lines = (await Promise.all(families)).join('').split('\n');
  return lines.filter((line) => vips.some((one) => line.includes(one)));
}

/**
 * In content and order of destinations, which ipvsadm does not show: only then a connection is sent where it was sent before. On Linux 7.2 each
 * network namespace has tables of its own: how large that of connections is (the first line), and in which order services stand, says nothing.
 */
async function alike({ spaces }: VrrpLink): Promise<void> {
  const table = async (name: DirectorName) => {
    const [, , , ...lines] = (await run(spaces[name], ['cat', '/proc/net/ip_vs'])).split('\n');
    const text = lines.map((line) => line.replace(/ \d+ +\d+ *$/, '')).join('\n');
    return text
      .split(/\n(?! )/)
      .toSorted()
      .join('\n');
  };
  let tables: string[] = [];
  await until(
    () => `both directors have the same table: ${tables.join('\n')}`,
    async () => {
      tables = await Promise.all(directorNames.map(table));
      return tables[0] === tables[1] || undefined;
    },
  );
}

test('connections go on whichever director of a link is gone', { timeout: deadline(400_000) }, async () => {
  await withVrrpLink(async (link) => {
    const { spaces, places, agents, holds, goesOn, gapSince } = link;
    const told: string[] = [];
    for (const name of directorNames) link.startKeepalived(name, vrrpAlone(name), ['--vrrp']);
    await holds('at first', 'director');
    await link.ask();
    await alike(link);
    await goesOn('at rest');
    // The kernel's own route to the VIP came with the address; where it stayed, the director could not ask through the tunnel.
    await until('the address on the link does not make the VIP local', async () =>
      (await localRoutes(link, 'director')).length === 0 ? true : undefined,
    );
    expect(await run(spaces.other, ['cat', '/proc/sys/net/ipv4/conf/eth0/arp_ignore'])).toBe('1\n');

    // An agent that is gone changes nothing. Without its VIP on cw-director, which means that it can serve nothing, it gives way.
    await agents.director.kill('SIGKILL');
    await goesOn('agent killed');
    for (const one of vips)
      await run(spaces.director, [
        'ip',
        'address',
        'del',
        `${one}/${hostPrefixLength(one)}`,
        'dev',
        'cw-director',
      ]);
    await holds('nothing to serve', 'other');
    await goesOn('nothing to serve');
    agents.director = startAgent(places.director);
    await holds('agent restarted', 'director');
    await goesOn('agent restarted');
    await alike(link);

    const stoppedMs = Date.now();
    await link.endKeepalived('director');
    await holds('keepalived stopped', 'other');
    await goesOn('keepalived stopped');
    told.push(`keepalived stopped: no new connection for ${gapSince(stoppedMs)} ms`);
    link.startKeepalived('director', vrrpAlone('director'), ['--vrrp']);
    await holds('returned', 'director');
    await goesOn('returned');

    const deadMs = Date.now();
    await link.dies();
    await goesOn('dead');
    told.push(`director dead: no new connection for ${gapSince(deadMs)} ms`);
    await link.returns();
    await holds('back from the dead', 'director');
    await goesOn('back from the dead');
    // Nobody is blamed for what keepalived does.
    const log = directorNames.flatMap((name) => agents[name].log());
    expect(log.filter(({ trouble }) => /drift/.test(String(trouble)))).toEqual([]);

    // Undone while keepalived has the VIP on the link, the kernel's route comes back; where it has not, none is left behind.
    for (const name of directorNames) await agents[name].kill('SIGTERM');
    await Promise.all(directorNames.map((name) => cleanUp(places[name])));
    expect((await localRoutes(link, 'director')).filter((line) => line.includes(vip))).toHaveLength(1);
    expect((await localRoutes(link, 'other')).filter((line) => line.includes(vip))).toEqual([]);
    for (const name of directorNames) await link.endKeepalived(name);
    // Of IPv6 the kernel lets nobody put a route back with the metric of its own, 0: the one in its place does not go with the address.
    const left = await localRoutes(link, 'director');
    expect(left).toEqual([expect.stringContaining(`local ${vip6} dev eth0`)]);
    await run(spaces.director, ['ip', '-6', 'route', 'del', 'local', vip6, 'dev', 'eth0', 'table', 'local']);
    expect(await traces(spaces.director)).toBe(link.untouched);

    for (const name of directorNames) link.startKeepalived(name, keepalivedAsWhole(name));
    await holds('keepalived alone', 'director');
    const serves = (sinceMs: () => number) =>
      until('keepalived serves', () => link.lastMadeMs() > sinceMs() || undefined, 60_000);
    await serves(() => Date.now() - 1_000);
    const theirsMs = Date.now();
    await link.dies();
    await serves(() => theirsMs + 2_000);
    told.push(`beside it keepalived as a whole: no new connection for ${gapSince(theirsMs)} ms`);
    process.stdout.write(`${told.join('\n')}\n`);
  });
});
