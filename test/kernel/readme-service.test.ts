// README's first service of your own, on hosts with its addresses: every command as it is written there, run where it says.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { isHealthy, logged, traces, until } from './agent-network.ts';
import { inside, run, runHere, withNamespaces } from './namespace.ts';
import { deadline, deadlineSeconds } from './pace.ts';
import { wireSites } from './two-sites.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-first-service-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = readFileSync(join(root, 'README.md'), 'utf8');
const section = text.slice(
  text.indexOf('## A first service of your own'),
  text.indexOf('## Where connections go'),
);
const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim().split('\n'));

function inline(pattern: RegExp): string {
  const found = [...section.matchAll(/`([^`\n]+)`/g)]
    .map(([, code = '']) => code)
    .find((code) => pattern.test(code));
  if (found === undefined) throw new Error(`README has no ${pattern}`);
  return found;
}

const programsMs = 90_000;

test('README: a first service of your own', { timeout: deadline(400_000) }, async () => {
  // [build], [coordinator, director], [fra-r1, lon-r1], [plan, apply, status], [curl]
  expect(blocks.map((block) => block.length)).toEqual([4, 2, 2, 3, 1]);
  const [
    ,
    [coordinatorLine = '', directorLine = ''] = [],
    [nearLine = '', farLine = ''] = [],
    ask = [],
    [curl = ''] = [],
  ] = blocks;
  const routeLine = inline(/^ip route add/);
  const deleteLine = inline(/^causeway\.mjs delete/);

  await withNamespaces(['cl', 'ro', 'd1', 'r1', 'l1'], async (client, router, director, near, far) => {
    await wireSites({ client, router, director, near, far });
    const hosts = [director, near, far];
    const before = await Promise.all(hosts.map(traces));
    const started: ChildProcess[] = [];

    /** As root on that host: its own /var/lib, the repository where the README's build left it. */
    function shell(host: string, line: string): string[] {
      const own = join(folder, host);
      mkdirSync(own, { recursive: true });
      return inside(host, ['sh', '-c', `mount --bind ${own} /var/lib && cd ${root} && exec ${line}`]);
    }
    function start(host: string, line: string, log: string): ChildProcess {
      const [program = '', ...words] = shell(host, line);
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout?.pipe(createWriteStream(join(folder, log)));
      started.push(child);
      return child;
    }
    const application = (host: string, name: string): ChildProcess => {
      const home = join(folder, `${name}-www`);
      mkdirSync(home, { recursive: true });
      writeFileSync(join(home, 'index.html'), `${name}\n`);
      return start(host, `busybox httpd -f -p 80 -h ${home}`, `${name}-www.log`);
    };
    const causeway = (line: string) => runHere(shell(director, line));
    const fetched = () =>
      run(client, curl.split(' ').toSpliced(1, 0, '-s', '-m', deadlineSeconds(2))).catch(() => '');
    const servedBy = (name: string) =>
      until(
        `served by ${name}`,
        async () => ((await fetched()).trim() === name ? true : undefined),
        programsMs,
      );

    try {
      const nearApplication = application(near, 'fra-r1');
      application(far, 'lon-r1');
      const agents = [
        { host: director, line: coordinatorLine },
        { host: director, line: directorLine },
        { host: near, line: nearLine },
        { host: far, line: farLine },
      ];
      const processes = agents.map(({ host, line }, index) => start(host, line, `agent-${index}.log`));

      const [plan = '', apply = '', status = ''] = ask;
      for (const index of [1, 2, 3])
        await logged(join(folder, `agent-${index}.log`), /"coordinator connected"/, 1, programsMs);
      // Whoever is quicker than the agents is warned that the selector matches nothing yet.
      await until(
        'plan',
        async () => {
          const planned = await causeway(plan).catch(() => '');
          return ['fra-d1', 'fra-r1', 'lon-r1'].every((name) => planned.includes(name)) || undefined;
        },
        programsMs,
      );
      await causeway(apply);
      await logged(join(folder, 'agent-1.log'), isHealthy, 2, programsMs);
      await until(
        'two healthy',
        async () => (/^web .* 2\/2\b/m.test(await causeway(status)) ? true : undefined),
        programsMs,
      );

      await run(router, routeLine.split(' '));
      await servedBy('fra-r1');
      // One link: LVS/DR; another site: LVS/TUN.
      const table = await run(director, ['ipvsadm', '-Sn']);
      expect(table).toContain('-r 10.1.0.11:80 -g -w 100');
      expect(table).toContain('-r 10.2.0.11:80 -i -w 0 --tun-type gre');
      nearApplication.kill('SIGKILL');
      await servedBy('lon-r1');
      const [gre] = JSON.parse(await run(far, ['ip', '-j', '-s', 'link', 'show', 'cw-gre']));
      expect(gre.stats64.rx.packets).toBeGreaterThan(5);

      await causeway(`node_modules/.bin/node dist/${deleteLine}`);
      for (const process of processes) process.kill('SIGTERM');
      await until('ended', () => processes.every(({ exitCode }) => exitCode !== null) || undefined);
      expect(processes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0]);
      await Promise.all(agents.slice(1).map(({ host, line }) => runHere(shell(host, `${line} --cleanup`))));
      expect(await Promise.all(hosts.map(traces))).toEqual(before);
    } catch (error) {
      for (const index of [0, 1, 2, 3]) {
        const file = join(folder, `agent-${index}.log`);
        if (existsSync(file))
          process.stdout.write(`${file}\n${readFileSync(file, 'utf8').split('\n').slice(-25).join('\n')}\n`);
      }
      throw error;
    } finally {
      for (const child of started) child.kill('SIGKILL');
    }
  });
});
