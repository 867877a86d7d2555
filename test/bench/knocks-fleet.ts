/** The measured process of `npm run bench -- knocks`: health, schedule and sockets as a director has them, against the loopback. */
import { fork } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createKnocker } from '../../agents/director/knocker.ts';
import { createKnocking } from '../../agents/director/knocking.ts';
import type { SelfCheck, SelfState } from '../../agents/director/self-check.ts';
import { createHealth } from '../../agents/director/server-paths.ts';
import { defaultProbe } from '../../src/coordinator/view/world-of-store.ts';
import type { DirectorSnapshot } from '../../src/domain/snapshot.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import type { KnocksReport } from './knocks.ts';

const probe = { keyHex: '', ...defaultProbe };
const settleMs = 6_000;
const measureMs = 10_000;

if (process.argv[2] === 'serve') serve();
else await measure(Number(process.argv[2]), process.argv[3] === 'present');

/** The other end: completes handshakes on every address of the loopback. */
function serve(): void {
  const server = createServer((socket) => socket.on('error', () => {}));
  server.listen({ port: 0, host: '0.0.0.0', backlog: 4_096 }, () => {
    const address = server.address();
    process.send?.(typeof address === 'object' ? address?.port : 0);
  });
}

async function measure(servers: number, present: boolean): Promise<void> {
  const other = fork(fileURLToPath(import.meta.url), ['serve']);
  const port = await new Promise<number>((resolve) => other.once('message', (told) => resolve(Number(told))));
  const names = Array.from({ length: servers }, (_, index) => `r${index + 1}`);
  const vipOf = (index: number) => `127.1.${index >> 8}.${index & 255}`;
  let down = 0;
  const health = createHealth({
    monotonicMs: realClock.monotonicMs,
    nowMs: realClock.nowMs,
    onTransition: (transition) => {
      if (transition.kind === 'path' && transition.to === 'down') down += 1;
    },
  });
  const targets = names.map((realServer, index) => ({
    realServer,
    address: '127.0.0.1',
    key: undefined,
    slot: index + 1,
    vips: [{ address: vipOf(index + 1), ports: 1, tcpPorts: [port] }],
  }));
  const snapshot = { probe, services: [], realServers: [] } as unknown as DirectorSnapshot;
  health.watch(snapshot, targets);
  let knocks = 0;
  const well: SelfState = { isWell: true, marks: { state: 'in-place', table: undefined, lapses: 0 } };
  const knocker = createKnocker({
    address: '127.0.0.1',
    otherAddresses: [],
    clock: realClock,
    connect,
    onOutcome: () => (knocks += 1),
  });
  const self: SelfCheck = {
    check: async () => well,
    hasLasted: async () => true,
    marksState: async () => 'in-place',
  };
  const knock = createKnocking({ health, knocker, self, clock: realClock, carries: () => true });

  /** A quarter of them at each of four beats an interval, as the prober goes about it. */
  let beat = 0;
  let id = 0;
  let answering = true;
  const timer = setInterval(() => {
    const atMs = realClock.monotonicMs();
    beat = (beat + 1) % 4;
    for (const [index, realServer] of names.entries()) {
      if (index % 4 !== beat) continue;
      const path = { realServer, vip: vipOf(index + 1) };
      id += 1;
      health.sent(path, id, atMs);
      if (answering) health.answered(path, id, atMs, [], true);
      health.round(realServer, atMs);
      knock(realServer);
    }
  }, probe.intervalMs / 4);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await pause(settleMs);
  answering = present;
  await pause(settleMs);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = { knocks, cpu: process.cpuUsage(), atMs: performance.now() };
  await pause(measureMs);
  delay.disable();
  const seconds = (performance.now() - before.atMs) / 1_000;
  const { user, system } = process.cpuUsage(before.cpu);
  const perSecond = (knocks - before.knocks) / seconds;
  const report: KnocksReport = {
    realServers: servers,
    seconds,
    knocksPerSecond: perSecond,
    everyMs: perSecond === 0 ? 0 : (1_000 * servers) / perSecond,
    cores: (user + system) / 1e6 / seconds,
    turnP99Ms: delay.percentile(99) / 1e6,
    turnMaxMs: delay.max / 1e6,
    down,
  };
  clearInterval(timer);
  knocker.close();
  other.kill();
  process.stdout.write(JSON.stringify(report), () => process.exit(0));
}
