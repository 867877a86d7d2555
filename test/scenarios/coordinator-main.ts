/** A coordinator as a process of its own, which a scenario can kill or stop; its leases and time limits are shorter than a program's. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCoordinator } from '../../src/coordinator/coordinator.ts';
import { createLog } from '../../src/runtime/log.ts';
import { realClock } from '../../src/runtime/system-clock.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type MarkedStoreOptions, markedEtcdStore, openStateStore } from '../../src/store/mark.ts';
import type { Store } from '../../src/store/store.ts';
import { callingFrom } from './callers.ts';
import type { CoordinatorOrders } from './coordinators.ts';
import { stepDate } from './stepped-date.ts';

const orders: CoordinatorOrders = JSON.parse(process.argv[2] ?? '');
const { name, site, address, folder, timing } = orders;
let { steppedMs } = orders;
stepDate(() => steppedMs);
const clock = realClock;
const log = createLog(name, 'info');

process.on('message', (message: { readonly steppedMs: number }) => {
  steppedMs = message.steppedMs;
});
process.once('disconnect', () => process.exit());

async function openStore(): Promise<Store> {
  const marking: MarkedStoreOptions = {
    ...{ folder, clock },
    onUnmarked: (error) => log.warn({ err: error }, 'unmarked'),
  };
  if (orders.etcd === undefined) return openStateStore(marking);
  const { endpoints, tlsFolder } = orders.etcd;
  const contents = (file: string): Buffer => readFileSync(join(tlsFolder ?? '', file));
  const tls = () => ({ ca: contents('ca.pem'), cert: contents('client.pem'), key: contents('client.key') });
  const opened = await openEtcdStore({
    ...{ endpoints, prefix: '/scenario/', clock, random: Math.random, timing: timing.etcd },
    access: tlsFolder === undefined ? {} : { tls },
  });
  return markedEtcdStore(opened, marking);
}

const coordinator = await callingFrom(orders.source, async () =>
  startCoordinator({
    ...{ name, listen: '127.0.0.1:0', store: await openStore(), clock, randomBytes, log },
    planTickMs: timing.tickMs,
    ...(orders.etcd === undefined
      ? {}
      : { cluster: { site, address: () => address, random: Math.random, ttlMs: timing.leaseMs } }),
  }),
);
process.send?.({ port: coordinator.port });
