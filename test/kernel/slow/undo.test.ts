// An agent that dies amid its operations on a real kernel, also by SIGKILL: clean-up ends where all began, and a start where it was to go.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../../src/domain/snapshot.ts';
import { createLife, type Life } from '../../host/crash/life.ts';
import { ledgerText, type Program } from '../../host/crash/world.ts';
import { here, hostSnapshot, prepareNamespace, slowTestMs } from '../host-tools.ts';
import { ipvsadm } from '../ipvs-tools.ts';
import { deadline } from '../pace.ts';
import { typescriptNode } from '../typescript-program.ts';
import { programs, type RealPlace, realPlace } from './undo-place.ts';

const folder = mkdtempSync(join(tmpdir(), 'causeway-undo-'));
const child = fileURLToPath(new URL('./undo-child.ts', import.meta.url));
const [node = '', ...flags] = typescriptNode;
let place: RealPlace;

beforeAll(async () => {
  await prepareNamespace();
  await here('ip link add eth0 type dummy');
  await here('ip link set eth0 up');
  for (const address of ['10.1.0.2/24', '10.1.0.11/24', '2001:db8:1::2/64', '192.0.2.10/32'])
    await here(`ip addr add ${address} dev eth0`);
  await here('ip route add default via 10.1.0.1');
  await here('ip rule add pref 90 from 10.9.0.0/16 lookup 90');
  await here('ip route add blackhole default table 90');
  await here('sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv4.ip_local_reserved_ports=8080');
  await here('nft add table inet others');
  place = await realPlace(folder);
  ipvsadm('-A', '-t', '198.51.100.9:80', '-s', 'rr');
  ipvsadm('--set', '0', '0', '250');
});
afterAll(() => {
  place.close();
  rmSync(folder, { recursive: true, force: true });
});

/**
 * All of the host, whatever numbers the kernel gives to devices and packets, and which addresses of IPv6's own to new devices; by these it
 * orders their local routes.
 */
async function everything(): Promise<string> {
  const text = await hostSnapshot(['ipvsadm -Sn', 'ipvsadm -L --timeout', 'ip fou show']);
  return text
    .replaceAll(/^\d+: (?=\S+:? )/gm, '')
    .replaceAll(/packets \d+ bytes \d+/g, 'packets')
    .replaceAll(/fe80::[0-9a-f:]+/g, 'fe80::')
    .replaceAll(
      /(?:^local fe80:: .*\n)+/gm,
      (lines) => `${lines.trimEnd().split('\n').toSorted().join('\n')}\n`,
    );
}

const whole = () => createLife();
/** Of the moments before and after each operation; all of them are tried on the model (test/host/crash). */
const stride = Number(process.env.CAUSEWAY_UNDO_STRIDE ?? 5);

for (const role of ['director', 'realserver'] as const)
  describe(`a ${role}`, { timeout: 4 * slowTestMs }, () => {
    const { program, wanted } = programs[role];
    const { run, cleanUp } = program as Program<Snapshot>;

    async function dies(work: (life: Life) => Promise<void>, moment: number): Promise<string | undefined> {
      const life = createLife(moment);
      await work(life).catch((error: unknown) => {
        if (life.end() === undefined) throw error;
      });
      return life.end();
    }

    test('killed amid its way there and back', async () => {
      const before = await everything();
      await run(place, whole(), ...wanted);
      const converged = await everything();
      expect(converged).not.toBe(before);
      const counted = createLife();
      await cleanUp(place, counted);
      expect(await everything()).toBe(before);
      expect(await ledgerText(place, whole())).toBe('');

      let deaths = 0;
      for (let moment = 1; ; moment += stride) {
        const end = await dies((life) => run(place, life, ...wanted), moment);
        if (end === undefined) break;
        deaths += 1;
        if (deaths % 4 === 0) {
          await run(place, whole(), ...wanted);
          expect(await everything(), `started after death ${end}`).toBe(converged);
        }
        await cleanUp(place, whole());
        expect(await everything(), `cleaned up after death ${end}`).toBe(before);
      }
      expect(deaths).toBeGreaterThan(8);

      for (let moment = 1; moment < counted.moments(); moment += 2 * stride) {
        await run(place, whole(), ...wanted);
        const end = await dies((life) => cleanUp(place, life), moment);
        expect(end).toBeDefined();
        await cleanUp(place, whole());
        expect(await everything(), `cleaned up again after death ${end}`).toBe(before);
      }
    });

    test('killed by SIGKILL in a process of its own', async () => {
      const before = await everything();
      const kill = (task: string, moment: number) =>
        spawnSync(node, [...flags, child, role, folder, task, String(moment)], {
          timeout: deadline(60_000),
          encoding: 'utf8',
        });
      for (const moment of [2, 11, 24]) {
        const { signal, stderr } = kill('run', moment);
        expect(signal, stderr).toBe('SIGKILL');
        if (moment === 11) expect(kill('cleanup', 3).signal).toBe('SIGKILL');
        const { status, stderr: told } = kill('cleanup', 1e9);
        expect(status, told).toBe(0);
        expect(await everything(), `SIGKILL at ${moment}`).toBe(before);
      }
    });
  });
