/** A coordinator as a process of its own, which a scenario can kill or stop; its leases and time limits are shorter than a program's. */
import { randomBytes } from 'node:crypto';
import { startCoordinator } from '../../src/coordinator/coordinator.ts';
import type { Clock } from '../../src/domain/clock.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { markedEtcdStore } from '../../src/store/mark.ts';
import { type CoordinatorOrders, timing } from './coordinators.ts';

const orders: CoordinatorOrders = JSON.parse(process.argv[2] ?? '');
/** As when somebody sets the host's clock: what measures does not see it. */
let steppedMs = 0;
const clock: Clock = { ...realClock, nowMs: () => realClock.nowMs() + steppedMs };
const log = createLog(orders.name, 'info');

process.on('message', (message: { readonly steppedMs: number }) => {
  steppedMs = message.steppedMs;
});
process.once('disconnect', () => process.exit());

const opened = await openEtcdStore({
  ...{ endpoints: orders.etcd, prefix: '/scenario/', access: {}, clock, random: Math.random },
  timing: timing.etcd,
});
const store = await markedEtcdStore(opened, {
  ...{ folder: orders.folder, clock },
  onUnmarked: (error) => log.warn({ err: error }, 'unmarked'),
});
const coordinator = await startCoordinator({
  ...{ name: orders.name, listen: '127.0.0.1:0', store, clock, randomBytes, log },
  planTickMs: timing.tickMs,
  cluster: { site: orders.site, address: () => orders.address, random: Math.random, ttlMs: timing.leaseMs },
});
process.send?.({ port: coordinator.port });
