// Makes a topology in the kernel, and takes it away again, also the one that a crashed run left behind.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { CausewayError } from '../domain/error.ts';
import { inNamespace } from './command.ts';
import type { Launcher } from './launcher.ts';
import { rootNamespace, type SysctlIn, type Topology } from './topology.ts';
import { type Batch, planBatches } from './topology-batch.ts';

/** Where `ip netns` keeps its names. */
const namespaceFolder = '/run/netns';
const removalTimeoutMs = 5_000;
const lookEveryMs = 50;

const labRecord = z.object({
  namespaces: z.array(z.string()),
  /** Of the root namespace. */
  devices: z.array(z.string()).default([]),
});

/**
 * Builds the topology; what it makes is first written to `recordFile`, so that `removeLab` finds it after a crash.
 * Throws `conflict` where a namespace of one of its names is somebody else's.
 */
export async function buildLab(topology: Topology, recordFile: string, launcher: Launcher): Promise<void> {
  const present = presentNamespaces();
  const taken = topology.namespaces.filter((name) => present.includes(name));
  if (taken.length > 0) {
    throw new CausewayError({
      code: 'conflict',
      operation: 'build the lab',
      subject: taken.join(', '),
      message:
        'network namespaces of these names are there already, and not of this lab; remove them or use --backend vm',
    });
  }
  mkdirSync(dirname(recordFile), { recursive: true });
  const devices = topology.wires
    .flatMap(({ a, b }) => [a, b])
    .filter(({ namespace }) => namespace === rootNamespace)
    .map(({ device }) => device);
  writeFileSync(recordFile, JSON.stringify({ namespaces: topology.namespaces, devices }));
  const batches = planBatches(topology);
  await launcher.run(['ip', '-batch', '-'], { input: batches.namespaces });
  // New devices take their settings from the namespace's defaults: so these first.
  await writeSysctls(topology.sysctls, launcher);
  await launcher.run(['ip', '-batch', '-'], { input: batches.wires });
  await Promise.all([
    ...batches.configure.map((batch) => runBatch('ip', batch, launcher)),
    ...batches.netem.map((batch) => runBatch('tc', batch, launcher)),
  ]);
}

async function runBatch(tool: 'ip' | 'tc', { namespace, text }: Batch, launcher: Launcher): Promise<void> {
  if (text !== '') await launcher.run(inNamespace(tool, namespace, '-batch', '-'), { input: text });
}

async function writeSysctls(sysctls: readonly SysctlIn[], launcher: Launcher): Promise<void> {
  const byNamespace = Map.groupBy(sysctls, ({ namespace }) => namespace);
  await Promise.all(
    [...byNamespace].map(([namespace, items]) => {
      const settings = items.map(({ name, value }) => `${name}=${value}`);
      return launcher.run(['ip', 'netns', 'exec', namespace, 'sysctl', '-q', '-w', ...settings]);
    }),
  );
}

/** Ends every process in the namespaces that `recordFile` names, and removes them; nothing there is no error. */
export async function removeLab(recordFile: string, launcher: Launcher): Promise<void> {
  if (!existsSync(recordFile)) return;
  const record = labRecord.safeParse(JSON.parse(readFileSync(recordFile, 'utf8')));
  const present = presentNamespaces();
  const namespaces = (record.data?.namespaces ?? []).filter((name) => present.includes(name));
  await endProcesses(namespaces, launcher);
  await launcher.run(['ip', '-batch', '-'], {
    input: namespaces.map((name) => `netns delete ${name}\n`).join(''),
  });
  // A veth goes with its peer's namespace, but not at once, and may be gone by now.
  for (const device of record.data?.devices ?? [])
    await launcher.run(inNamespace('ip', rootNamespace, 'link', 'delete', 'dev', device)).catch(() => {});
  rmSync(recordFile, { force: true });
}

/** What lives in the lab's namespaces is the lab's: SIGKILL, then wait until it is gone. */
async function endProcesses(namespaces: readonly string[], launcher: Launcher): Promise<void> {
  const giveUpAt = performance.now() + removalTimeoutMs;
  for (;;) {
    const pids = (await Promise.all(namespaces.map((name) => pidsIn(name, launcher)))).flat();
    if (pids.length === 0 || performance.now() > giveUpAt) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

async function pidsIn(namespace: string, launcher: Launcher): Promise<number[]> {
  const text = await launcher.run(['ip', 'netns', 'pids', namespace]);
  return text.split('\n').flatMap((line) => (/^\d+$/.test(line) ? [Number(line)] : []));
}

function presentNamespaces(): string[] {
  return existsSync(namespaceFolder) ? readdirSync(namespaceFolder) : [];
}
