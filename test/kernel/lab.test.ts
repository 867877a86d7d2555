// Is the lab's network what its scenario says? Round trips, a host that vanishes and comes back, nothing left behind.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLab, removeLab } from '../../src/lab/build.ts';
import { blackholeOf, type Cut } from '../../src/lab/cuts.ts';
import { DirectorTables } from '../../src/lab/director-tables.ts';
import { Launcher } from '../../src/lab/launcher.ts';
import { silence } from '../../src/lab/silence.ts';
import { planTopology } from '../../src/lab/topology.ts';
import { smallScenario } from '../lab/story.ts';
import { deadline, deadlineSeconds } from './pace.ts';

const scenario = smallScenario();
// Loss would make the pings a matter of luck.
const topology = planTopology({ ...scenario, wan: scenario.wan.map((circuit) => ({ ...circuit, loss: 0 })) });
const folder = mkdtempSync(join(tmpdir(), 'causeway-lab-test-'));
const recordFile = join(folder, 'lab.json');
const launcher = new Launcher(join(folder, 'commands'));

beforeAll(() => buildLab(topology, recordFile, launcher), deadline(120_000));
afterAll(async () => {
  await removeLab(recordFile, launcher);
  launcher.close();
  rmSync(folder, { recursive: true, force: true });
}, deadline(120_000));

function ping(from: string, to: string, ...words: string[]): Promise<string> {
  const address = topology.hosts.find(({ name }) => name === to)?.address ?? '';
  return launcher.run(['ip', 'netns', 'exec', from, 'busybox', 'ping', ...words, address]);
}

/** Shortest of five round trips, ms: what the network takes, not what a busy machine adds. */
async function roundTripMs(from: string, to: string): Promise<number> {
  const text = await ping(from, to, '-c', '5', '-W', deadlineSeconds(5));
  return Number(/min\/avg\/max = ([\d.]+)/.exec(text)?.[1]);
}

describe('the lab on this kernel', () => {
  it('has the round trip that the scenario says, between sites and within one', async () => {
    const between = await roundTripMs('ams-client', 'par-r1');
    expect(between).toBeGreaterThanOrEqual(10);
    expect(between).toBeLessThan(40);
    expect(await roundTripMs('ams-client', 'ams-r2')).toBeLessThan(10);
  });

  it('lets a whole site vanish without a word, and come back', async () => {
    const hosts = ['ams-r1', 'ams-r2'];
    // Both have their ends at the same router.
    const quiet = await Promise.all(hosts.map((host) => silence(host, topology, launcher)));
    const answers =
      (count: number) =>
      (host: string): Promise<boolean> =>
        ping('par-client', host, '-c', String(count), '-W', deadlineSeconds(2)).then(
          () => true,
          () => false,
        );
    for (const each of quiet) each.begin();
    expect(await Promise.all(hosts.map(answers(1)))).toEqual([false, false]);
    await Promise.all(quiet.map((each) => each.end()));
    expect(await Promise.all(hosts.map(answers(4)))).toEqual([true, true]);
  });

  it('cuts hosts and sites off from each other, one way or both, and nobody else', async () => {
    const passes = async (...pairs: [string, string][]): Promise<boolean[]> =>
      Promise.all(
        pairs.map(([from, to]) =>
          ping(from, to, '-c', '2', '-W', deadlineSeconds(2)).then(
            () => true,
            () => false,
          ),
        ),
      );
    const cutting = async (verb: 'add' | 'del', cuts: readonly Cut[]): Promise<void> => {
      for (const { namespace, selector } of cuts.map((cut) => blackholeOf(cut, topology)))
        await launcher.run(['ip', '-n', namespace, 'rule', verb, ...selector.split(' '), 'blackhole']);
    };
    const hosts = [{ from: 'ams-r1', to: 'ams-r2' }];
    await cutting('add', hosts);
    expect(await passes(['ams-r1', 'ams-r2'], ['ams-r2', 'ams-r1'], ['ams-r1', 'ams-d1'])).toEqual([
      ...[false, false, true],
    ]);
    await cutting('del', hosts);
    const sites = [{ from: 'par', to: 'ams' }];
    await cutting('add', sites);
    expect(await passes(['par-r1', 'ams-r1'], ['ams-r1', 'ams-r2'])).toEqual([false, true]);
    await cutting('del', sites);
    expect(await passes(['par-r1', 'ams-r1'], ['ams-r1', 'par-r1'])).toEqual([true, true]);
  });

  it("reads a director's table from outside its namespace", async () => {
    const tables = await DirectorTables.open(['ams-d1'], launcher);
    const rules = '-A -t 192.0.2.10:80 -s wrr\n-a -t 192.0.2.10:80 -r 10.1.11.2:80 -i -w 7\n';
    await launcher.run(['ip', 'netns', 'exec', 'ams-d1', 'ipvsadm', '-R'], { input: rules });
    expect([...tables.read('ams-d1')]).toEqual([['192.0.2.10:80 → 10.1.11.2:80', 7]]);
    await launcher.run(['ip', 'netns', 'exec', 'ams-d1', 'ipvsadm', '-C']);
    expect(tables.read('ams-d1').size).toBe(0);
    tables.close();
  });

  it('refuses names that are taken', async () => {
    const again = buildLab(topology, join(folder, 'other.json'), launcher);
    await expect(again).rejects.toMatchObject({ code: 'conflict' });
  });

  it('leaves nothing behind', async () => {
    launcher.start(['ip', 'netns', 'exec', 'par-d1', 'sleep', '1000']);
    await removeLab(recordFile, launcher);
    expect(readdirSync('/run/netns').filter((name) => topology.namespaces.includes(name))).toEqual([]);
    await removeLab(recordFile, launcher);
  });
});
