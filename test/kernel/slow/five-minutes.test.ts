// docs/security.md, "In five minutes", on hosts with its addresses: every command as it is written there, run where it says, until
// clients are served by both sites. That whoever has a certificate of another CA is served by nobody needs no data plane:
// test/deploy/five-minutes.test.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isHealthy, logged, until } from '../agent-network.ts';
import { inside, run, runHere, withNamespaces } from '../namespace.ts';
import { deadline, deadlineSeconds } from '../pace.ts';
import { wireSites } from '../two-sites.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'causeway-five-minutes-'));
const bin = join(folder, 'bin');
const etc = '/etc/causeway';
const isOwnEtc = !existsSync(etc);

const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
const section = page.slice(page.indexOf('## In five minutes'), page.indexOf('## Renewing'));
const blocks = [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim().split('\n'));

beforeAll(() => {
  // A place to mount each host's own on; on a machine that has none.
  if (isOwnEtc) mkdirSync(etc);
  mkdirSync(bin);
  const node = `exec ${join(root, 'node_modules/.bin/node')} ${root}dist`;
  for (const name of ['causeway', 'causeway-coordinator', 'causeway-director', 'causeway-realserver'])
    script(name, `${node}/${name}.mjs "$@"`);
  // To root@HOST:/etc/causeway/, without a network and its daemons.
  script('scp', `for to; do :; done; host=\${to#root@}; cp "\${@:1:$#-1}" ${folder}/\${host%%:*}/etc/`);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  if (isOwnEtc) rmdirSync(etc);
});

function script(name: string, text: string): void {
  writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(bin, name), 0o755);
}

const programsMs = 120_000;
const logOf = (host: string, program: string): string => join(folder, `${host}-${program}.log`);

test('docs/security.md: in five minutes', { timeout: deadline(600_000) }, async () => {
  // [pki], [scp], [coordinator, director], [realserver], [environment, apply, status]
  expect(blocks.map((block) => block.length)).toEqual([5, 4, 2, 1, 3]);
  const [
    make = [],
    bring = [],
    [coordinatorLine = '', directorLine = ''] = [],
    [serverLine = ''] = [],
    ask = [],
  ] = blocks;
  const [environment = '', apply = '', look = ''] = ask;

  await withNamespaces(['cl', 'ro', 'd1', 'r1', 'l1'], async (client, router, director, near, far) => {
    await wireSites({ client, router, director, near, far });
    const started: ChildProcess[] = [];
    for (const host of ['fra-d1', 'fra-r1', 'lon-r1', 'alice'])
      for (const place of ['etc', 'lib']) mkdirSync(join(folder, host, place), { recursive: true });

    /** As root on that host: its own /etc/causeway and /var/lib. */
    function shell(namespace: string, host: string, line: string): string[] {
      const own = (place: string): string => join(folder, host, place);
      const mounts = `mount --bind ${own('etc')} ${etc} && mount --bind ${own('lib')} /var/lib`;
      return inside(namespace, ['bash', '-c', `${mounts} && cd ${root} && PATH=${bin}:$PATH && ${line}`]);
    }
    /** On a machine that needs no network. */
    const offline = (line: string) =>
      runHere(['bash', '-c', `cd ${join(folder, 'alice')} && PATH=${bin}:$PATH && ${line}`]);
    function start(namespace: string, host: string, line: string): ChildProcess {
      const [program = '', ...words] = shell(namespace, host, `exec ${line}`);
      const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout?.pipe(createWriteStream(logOf(host, line.split(' ')[0] ?? '')));
      started.push(child);
      return child;
    }
    const alice = (line: string) => runHere(shell(client, 'alice', `${environment}\n${line}`));
    const fetched = () =>
      run(client, ['curl', '-s', '-m', deadlineSeconds(2), 'http://192.0.2.10/']).catch(() => '');

    try {
      for (const [namespace, name] of [
        [near, 'fra-r1'],
        [far, 'lon-r1'],
      ] as const) {
        const home = join(folder, `${name}-www`);
        mkdirSync(home);
        writeFileSync(join(home, 'index.html'), `${name}\n`);
        start(namespace, name, `busybox httpd -f -p 80 -h ${home}`);
      }
      await run(router, ['ip', 'route', 'add', '192.0.2.10/32', 'via', '10.1.0.2']);

      const begunMs = performance.now();
      for (const line of [...make, ...bring]) await offline(line);
      start(director, 'fra-d1', coordinatorLine);
      start(director, 'fra-d1', directorLine);
      start(near, 'fra-r1', serverLine);
      start(far, 'lon-r1', serverLine);
      for (const [host, role] of Object.entries({
        'fra-d1': 'director',
        'fra-r1': 'realserver',
        'lon-r1': 'realserver',
      }))
        await logged(logOf(host, `causeway-${role}`), /"coordinator connected"/, 1, programsMs);
      // Whoever is quicker than the programs asks again.
      await until(
        'applied',
        async () =>
          alice(apply).then(
            () => true,
            () => undefined,
          ),
        programsMs,
      );
      await logged(logOf('fra-d1', 'causeway-director'), isHealthy, 2, programsMs);
      await until(
        'two healthy',
        async () => (/^web .* 2\/2\b/m.test(await alice(look).catch(() => '')) ? true : undefined),
        programsMs,
      );
      await until(
        'served',
        async () => ((await fetched()).trim() === 'fra-r1' ? true : undefined),
        programsMs,
      );
      console.log(`set up and served after ${Math.round((performance.now() - begunMs) / 1_000)} s`);

      // The same service from both sites at once.
      const web = readFileSync(join(root, 'deploy/examples/first-service/web.yaml'), 'utf8');
      const both = join(folder, 'both.yaml');
      writeFileSync(both, web.replace('policy: local', 'policy: static'));
      await alice(`causeway apply -f ${both}`);
      const served = new Set<string>();
      await until(
        'served by both',
        async () => (served.add((await fetched()).trim()).has('fra-r1') && served.has('lon-r1')) || undefined,
        programsMs,
      );
    } finally {
      for (const child of started) child.kill('SIGKILL');
    }
  });
});
