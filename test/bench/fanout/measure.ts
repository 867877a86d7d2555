/** One run of the fan-out: so many agents on one coordinator, through all that is measured. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AdminClient, connectAdmin } from '../../../src/api/admin-client.ts';
import type { RealServer } from '../../../src/domain/resource.ts';
import { adminPath, filesOf, makeCertificates, materialOf } from './certificates.ts';
import { type Child, startChild } from './child.ts';
import type { CoordinatorFigures, CoordinatorQuestion } from './coordinator.ts';
import { type Crowd, startCrowd } from './crowd.ts';
import { fleetOf, servicesAt } from './fleet.ts';

export interface FanoutRun {
  readonly agents: number;
  readonly tls: boolean;
  /** From the apply of a change that concerns every agent to the last acknowledgement, over the rounds. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Acknowledged snapshots a second, over the same rounds. */
  readonly pushesPerS: number;
  /** Of the coordinator, user and system, over the same rounds: on a busy machine times say little of it. */
  readonly cpuMsPerPush: number;
  /**
   * In the coordinator, of 1,000 bytes: what is there with all agents connected and was not without them. The heap in use and what the
   * allocator holds, of which the first is exact; whole pages that V8 has taken for garbage to come are no agent's.
   */
  readonly kbPerAgent: number;
  readonly heapKbPerAgent: number;
  /** Part of the allocator's. */
  readonly externalKbPerAgent: number;
  /** By the kernel's count, with all that V8 has taken. */
  readonly residentKbPerAgent: number;
  /** Of the coordinator, for each agent that connects and gets its first snapshot, user and system. */
  readonly connectCpuMs: number;
  /** Of one core, with every agent reporting as agents do and nothing changing. */
  readonly restCores: number;
  /** A coordinator is killed and another begins: from when it listens until all are connected and have acknowledged a change made meanwhile. */
  readonly stormMs: number;
  /** Connections in it, of each agent, that were lost or did not come about; 1 is the one that the crash cut. */
  readonly stormAttempts: number;
  /** What the storm took of processors, s: the coordinator that begins, and all agents together. */
  readonly stormCpuS: number;
  readonly stormAgentsCpuS: number;
  /** To each director concerned, when the weight of one real server changes; with HTTP/2's own. */
  readonly deltaBytes: number;
}

const coordinatorFile = fileURLToPath(new URL('./coordinator.ts', import.meta.url));
const rounds = 20;
const restMs = 10_000;
const adminTimeoutMs = 5 * 60_000;

type Coordinator = Child<CoordinatorQuestion, CoordinatorFigures>;

export interface FanoutShape {
  readonly agents: number;
  readonly tls: boolean;
  /** Processes that do nothing but take processors from the others while there is a storm. */
  readonly spinners: number;
}

export async function measureFanout(
  { agents: count, tls, spinners }: FanoutShape,
  log: (line: string) => void,
): Promise<FanoutRun> {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-fanout-'));
  const certificates = tls ? folder : undefined;
  const port = await freePort();
  if (tls) {
    log(`${count} certificates …`);
    await makeCertificates(folder, fleetOf(count).members);
  }
  const start = (): Promise<Coordinator> =>
    startChild(coordinatorFile, [
      ...[String(port), folder, String(count)],
      ...(certificates === undefined ? [] : [certificates]),
    ]);
  let coordinator = await start();
  const agents = await startCrowd(port, count, certificates);
  const admin = connectAdmin({
    address: `127.0.0.1:${port}`,
    timeoutMs: adminTimeoutMs,
    ...(tls ? { tls: materialOf(filesOf(folder, adminPath)) } : {}),
  });
  try {
    const before = await coordinator.ask({});
    log(`${count} agents connect, ${tls ? 'mTLS' : 'plain'} …`);
    await agents.ask({ kind: 'connect' });
    await agents.ask({ kind: 'await', round: 0 });
    const connected = await coordinator.ask({});
    const kbPerAgent = (bytes: (one: CoordinatorFigures) => number): number =>
      (bytes(connected) - bytes(before)) / 1_000 / count;
    log(`${rounds} changes that concern all …`);
    const tookMs: number[] = [];
    for (let round = 1; round <= rounds; round += 1) tookMs.push(await changeAll(admin, agents, round));
    const changed = await coordinator.ask({});
    log('one real server …');
    const deltaBytes = await changeOne(admin, agents, count);
    log('at rest …');
    const restCores = await coresAtRest(coordinator, agents);
    log('a storm …');
    const calm = await agents.ask({ kind: 'figures' });
    const stop = startSpinners(spinners);
    await coordinator.kill();
    coordinator = await start();
    const stormMs = await changeAll(admin, agents, rounds + 1).finally(stop);
    const settled = await agents.ask({ kind: 'figures' });
    const begun = await coordinator.ask({});
    const sorted = tookMs.toSorted((a, b) => a - b);
    return {
      agents: count,
      tls,
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      pushesPerS: (1_000 * count * rounds) / tookMs.reduce((sum, one) => sum + one, 0),
      cpuMsPerPush: (changed.cpuMs - connected.cpuMs) / (count * rounds),
      kbPerAgent: kbPerAgent(({ heapBytes, allocatorBytes }) => heapBytes + allocatorBytes),
      heapKbPerAgent: kbPerAgent(({ heapBytes }) => heapBytes),
      externalKbPerAgent: kbPerAgent(({ externalBytes }) => externalBytes),
      residentKbPerAgent: kbPerAgent(({ residentBytes }) => residentBytes),
      connectCpuMs: (connected.cpuMs - before.cpuMs) / count,
      restCores,
      stormMs,
      stormAttempts: (settled.attempts - calm.attempts) / count,
      stormCpuS: begun.cpuMs / 1_000,
      stormAgentsCpuS: (settled.cpuMs - calm.cpuMs) / 1_000,
      deltaBytes,
    };
  } finally {
    admin.close();
    await Promise.all([agents.kill(), coordinator.kill()]);
    rmSync(folder, { recursive: true });
  }
}

/** From the apply to the last acknowledgement, ms. */
async function changeAll(admin: AdminClient, agents: Crowd, round: number): Promise<number> {
  const beganMs = nowMs();
  const { problems } = await admin.apply(servicesAt(round));
  if (problems[0] !== undefined) throw new Error(`apply: ${JSON.stringify(problems[0])}`);
  const { atMs } = await agents.ask({ kind: 'await', round });
  return atMs - beganMs;
}

async function changeOne(admin: AdminClient, agents: Crowd, count: number): Promise<number> {
  const { members } = fleetOf(count);
  const server = members.find(({ role }) => role === 'realserver');
  const [service] = servicesAt(0).filter(({ selector }) => selector.at === server?.site);
  if (server === undefined || service === undefined) throw new Error('a fleet without real servers');
  const concerned = members.filter(({ role, site }) => role === 'director' && service.sites.includes(site));
  let bytes = 0;
  // The second time: what the first change of all brings with it is not this one's.
  for (const weight of [90, 80]) {
    const beganMs = nowMs();
    const before = await agents.ask({ kind: 'figures' });
    const policy: RealServer = { kind: 'RealServer', name: server.name, weight, drain: false };
    await admin.apply([policy]);
    const after = await agents.acknowledged(before.acknowledged + concerned.length);
    const tookMs = nowMs() - beganMs;
    // Connections say now and then that they live.
    await passed(tookMs);
    const quiet = await agents.ask({ kind: 'figures' });
    bytes = after.bytesRead - before.bytesRead - (quiet.bytesRead - after.bytesRead);
  }
  return bytes / concerned.length;
}

async function coresAtRest(coordinator: Coordinator, agents: Crowd): Promise<number> {
  await agents.ask({ kind: 'report', isOn: true });
  await passed(restMs / 2);
  const before = await coordinator.ask({});
  await passed(restMs);
  const after = await coordinator.ask({});
  await agents.ask({ kind: 'report', isOn: false });
  return (after.cpuMs - before.cpuMs) / restMs;
}

function startSpinners(count: number): () => void {
  const spinning = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return () => {
    for (const child of spinning) child.kill('SIGKILL');
  };
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Of this host, for all processes alike. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
