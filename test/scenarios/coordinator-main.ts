/** A coordinator as a process of its own, which a scenario can kill or stop; its leases and time limits are shorter than a program's. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MarkedStoreOptions } from '../../src/store/mark.ts';
import type { Store } from '../../src/store/store.ts';
import { callFrom } from './callers.ts';
import type { CoordinatorOrders } from './coordinators.ts';
import { stepDate } from './stepped-date.ts';

const orders: CoordinatorOrders = JSON.parse(process.argv[2] ?? '');
const { name, site, address, folder, timing, root } = orders;
let { steppedMs } = orders;
stepDate(() => steppedMs);
callFrom(orders.source);

// Of the tree that it is told, which may be another version's; what they are called by is the same there.
const of = (path: string): Promise<unknown> => import(join(root, 'src', path));
const { startCoordinator } = (await of(
  'coordinator/coordinator.ts',
)) as typeof import('../../src/coordinator/coordinator.ts');
const { createLog } = (await of('runtime/log.ts')) as typeof import('../../src/runtime/log.ts');
const { realClock } = (await of(
  'runtime/system-clock.ts',
)) as typeof import('../../src/runtime/system-clock.ts');
const { openEtcdStore } = (await of(
  'store/etcd/etcd-store.ts',
)) as typeof import('../../src/store/etcd/etcd-store.ts');
const { markedEtcdStore, openStateStore } = (await of(
  'store/mark.ts',
)) as typeof import('../../src/store/mark.ts');
const log = createLog(name, 'info');
// Older versions have none.
const steady = (await of('runtime/steady-clock.ts').catch(() => undefined)) as
  | typeof import('../../src/runtime/steady-clock.ts')
  | undefined;
const steadyClock = steady?.createSteadyClock(realClock, (byMs) => log.warn({ byMs }, 'stepped'));
const clock = steadyClock ?? realClock;

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

const coordinator = await startCoordinator({
  ...{ name, listen: '127.0.0.1:0', store: await openStore(), clock, randomBytes, log },
  ...(steadyClock === undefined ? {} : { clockTrouble: steadyClock.trouble }),
  planTickMs: timing.tickMs,
  ...(orders.etcd === undefined
    ? {}
    : { cluster: { site, address: () => address, random: Math.random, ttlMs: timing.leaseMs } }),
});
process.send?.({ port: coordinator.port });
