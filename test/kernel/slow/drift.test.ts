// Somebody on a host deletes or changes what is Causeway's: it is put right within two seconds, told by its name, and packets pass again. An
// agent that only observes tells the same, and does nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { DriftName } from '../../../src/domain/drift.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import {
  type Agent,
  type AgentPlace,
  addresses,
  directorSnapshot,
  placeSnapshot,
  realServerSnapshot,
  signed,
  startAgent,
  traces,
  until,
  vip,
  wire,
} from '../agent-network.ts';
import { inside, run, withNamespaces } from '../namespace.ts';
import { deadline, deadlineSeconds } from '../pace.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-drift-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows: readonly ['director' | 'first', DriftName, string][] = [
  ['director', 'ipvs-destination-missing', `ipvsadm -d -t ${vip}:80 -r 10.2.0.2:80`],
  ['director', 'ipvs-destination-changed', `ipvsadm -e -t ${vip}:80 -r 10.2.0.2:80 -i -w 0`],
  ['director', 'ipvs-service-missing', 'ipvsadm -C'],
  ['director', 'nft-missing', 'nft flush ruleset'],
  ['director', 'address-missing', `ip address del ${vip}/32 dev lo`],
  ['director', 'route-missing', `ip route del local ${vip}/32 dev lo table 7477`],
  ['director', 'route-returned', `ip route add local ${vip}/32 dev lo table local`],
  ['director', 'rule-missing', 'ip rule del pref 77'],
  ['director', 'sysctl-changed', 'sysctl -qw net.ipv4.vs.conn_reuse_mode=1'],
  ['first', 'link-missing', 'ip link del cw-ipip'],
  ['first', 'link-down', 'ip link set cw-ipip down'],
  ['first', 'address-missing', `ip address del ${vip}/32 dev cw-ipip`],
  ['first', 'nft-missing', 'nft flush ruleset'],
  ['first', 'sysctl-changed', 'sysctl -qw net.ipv4.conf.cw-ipip.rp_filter=1'],
];

function startApplication(namespace: string): ChildProcess {
  const home = join(folder, 'www');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'index.html'), 'served\n');
  const [program = '', ...words] = inside(namespace, ['busybox', 'httpd', '-f', '-p', '80', '-h', home]);
  return spawn(program, words, { stdio: 'ignore' });
}

test('what others change is put right, told, and works again', { timeout: deadline(400_000) }, async () => {
  await withNamespaces(['cl', 'di', 'r1', 'r2', 'ro'], async (client, director, first, second, router) => {
    await wire(router, { client, director, first, second });
    const { checksum: _, services, realServers, ...rest } = directorSnapshot();
    const snapshot = signed<DirectorSnapshot>({
      ...rest,
      services: services.map((one) => ({ ...one, destinations: one.destinations.slice(0, 1) })),
      realServers: realServers.slice(0, 1),
    });
    const places = {
      director: { role: 'director', name: 'director', namespace: director, folder },
      first: { role: 'realserver', name: 'first', namespace: first, folder },
      second: { role: 'realserver', name: 'second', namespace: second, folder, flags: ['--observe'] },
    } as const satisfies Record<string, AgentPlace>;
    const untouched = await traces(second);
    placeSnapshot(places.director, snapshot);
    placeSnapshot(places.first, realServerSnapshot('ipip'));
    placeSnapshot(places.second, realServerSnapshot('gre'));
    const application = startApplication(first);
    const agents: Record<keyof typeof places, Agent> = {
      director: startAgent(places.director),
      first: startAgent(places.first),
      second: startAgent(places.second),
    };
    try {
      const ask = () =>
        run(client, ['curl', '-s', '-m', deadlineSeconds(2), `http://${vip}/`]).catch(() => '');
      const served = async () => ((await ask()).trim() === 'served' ? true : undefined);
      await until('served', served, 90_000);

      const said = (agent: 'director' | 'first' | 'second', sinceMs: number, msg: RegExp, drift?: string) =>
        agents[agent]
          .log()
          .find(
            (one) =>
              Number(one.time) >= sinceMs &&
              msg.test(String(one.msg)) &&
              (drift === undefined || one.drift === drift),
          );
      const took: string[] = [];
      for (const [where, name, harm] of rows) {
        const sinceMs = Date.now();
        await run(places[where].namespace, harm.split(' '));
        const doneMs = Date.now();
        const { value: line } = await until(`${where}: ${name}`, () =>
          said(where, sinceMs, /^somebody else changed/, name),
        );
        const { value: mended } = await until(`${where}: ${name} mended`, () =>
          said(where, Number(line.time), /^(host|ipvs) changed$/),
        );
        const [after, seen] = [Date.parse(String(line.after)), Date.parse(String(line.seen))];
        const repairedMs = Number(mended.time) - doneMs;
        took.push(`${where} ${name} ${repairedMs} ms, known to ${seen - after} ms`);
        expect(repairedMs, harm).toBeLessThan(deadline(2_000));
        // It happened between the two looks, as far as this process can tell.
        expect(seen - sinceMs, `${name} seen`).toBeGreaterThanOrEqual(0);
        expect(after - doneMs, `${name} well`).toBeLessThanOrEqual(0);
        await until(`served after ${harm}`, served);
      }
      process.stdout.write(`${took.join('\n')}\n`);

      // Whoever only observes tells the same and does nothing.
      expect(said('second', 0, /^observe: would be done$/)?.operations).toContain(
        `add link cw-gre type gre local ${addresses.second}`,
      );
      expect(await traces(second)).toBe(untouched);
      await agents.director.kill('SIGTERM');
      const ledger = readFileSync(join(folder, 'director', 'ledger.json'), 'utf8');
      const lines = agents.director.log().length;
      agents.director = startAgent({ ...places.director, flags: ['--observe'] });
      const news = () => agents.director.log().slice(lines);
      await until(
        'observing',
        () => news().some(({ msg }) => msg === 'snapshot restored') || undefined,
        60_000,
      );
      await until(
        'healthy',
        () => news().some(({ msg, to }) => msg === 'application changed' && to === 'healthy') || undefined,
        60_000,
      );
      await until('all as it should be', async () => {
        const text = await run(director, ['ipvsadm', '-Sn']);
        return text.includes(`-t ${vip}:80 -r 10.2.0.2:80`) || undefined;
      });
      const sinceMs = Date.now();
      await run(director, ['ip', 'rule', 'del', 'pref', '77']);
      await run(director, ['ipvsadm', '-d', '-t', `${vip}:80`, '-r', '10.2.0.2:80']);
      for (const name of ['rule-missing', 'ipvs-destination-missing'])
        await until(`observed ${name}`, () => said('director', sinceMs, /^somebody else changed/, name));
      await until(
        'what is due',
        () =>
          news().some(
            (one) => one.msg === 'observe: would be done' && JSON.stringify(one).includes('add rule 77'),
          ) || undefined,
      );
      expect(await run(director, ['ip', 'rule'])).not.toContain('7477');
      expect(await run(director, ['ipvsadm', '-Sn'])).not.toContain('10.2.0.2:80');
      expect(readFileSync(join(folder, 'director', 'ledger.json'), 'utf8')).toBe(ledger);
      await agents.director.kill('SIGTERM');
      agents.director = startAgent(places.director);
      await until('served again', served, 60_000);
    } finally {
      application.kill();
      await Promise.all(Object.values(agents).map((agent) => agent.kill('SIGKILL')));
    }
  });
});
