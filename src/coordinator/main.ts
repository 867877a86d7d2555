/** The program causeway-coordinator. */
import { randomBytes } from 'node:crypto';
import { CausewayError } from '../domain/error.ts';
import { createProbeSocket } from '../probe/probe-socket.ts';
import type { CoordinatorConfig } from '../runtime/config.ts';
import { isOnLoopback, tlsFilesOf } from '../runtime/config-tls.ts';
import { serveHttp } from '../runtime/http.ts';
import { keepHeapLean } from '../runtime/lean-heap.ts';
import { openLineFile } from '../runtime/line-file.ts';
import { runProgram } from '../runtime/program.ts';
import { onShutdown } from '../runtime/shutdown.ts';
import { lockStateDir } from '../runtime/state-lock.ts';
import { createSteadyClock } from '../runtime/steady-clock.ts';
import { realClock } from '../runtime/system-clock.ts';
import { programVersion } from '../runtime/version.ts';
import { startCoordinator } from './coordinator.ts';
import type { ClusterPlace } from './coordinator-options.ts';
import { insecureWords } from './coordinator-troubles.ts';
import type { HearingPlace } from './hearing.ts';
import { openStore } from './open-store.ts';
import { ownAddresses } from './own-addresses.ts';
import { hearingAt, reachableAt } from './own-place.ts';

const shutdownGraceMs = 5_000;
/** Ready means that it answers; who starts it waits no longer than this. */
const startedByMs = 10_000;

keepHeapLean();

// No await at the top: the one executable is a script.
void runProgram('coordinator', process, async (config, log, ready) => {
  const { name, site, listen, stateDir } = config;
  // The store holds the key of the probes: for this program's eyes only, and written by nobody else.
  lockStateDir(stateDir, 'causeway-coordinator');
  // An etcd that can't be reached is waited for, for as long as it takes: whoever started this program need not wait as well.
  realClock.after(startedByMs, ready);
  const store = await openStore(config, { clock: realClock, random: Math.random, log });
  const clock = createSteadyClock(realClock, (byMs) => log.warn({ byMs }, "the host's clock was stepped"));
  const host = { clock, clockTrouble: clock.trouble, randomBytes, ownAddresses };
  const files = tlsFilesOf(config);
  const own = { role: 'coordinator', site, name } as const;
  const tls = files && { files, own, issuer: config.tlsIssuer };
  const insecure = files === undefined && !isOnLoopback(listen);
  if (insecure) log.warn(insecureWords);
  const audit =
    config.audit === undefined ? undefined : openLineFile({ path: config.audit, clock: realClock });
  // Whoever rotates it says so; renamed, it is noticed all the same. Without one nothing is to be done: not ending, as by default.
  process.on('SIGHUP', () => audit?.reopen());
  const coordinator = await startCoordinator({
    name,
    listen,
    tls,
    insecure,
    store,
    log,
    audit,
    ...host,
    hearing: hearingOf(config),
    ...(config.etcd === undefined ? {} : { cluster: placeOf(config) }),
  });
  const http =
    config.http === undefined
      ? undefined
      : await serveHttp({
          address: config.http,
          exposition: coordinator.exposition,
          healthy: coordinator.trouble,
          allow: config.httpAllow,
          ...{ log, clock: realClock },
        });
  onShutdown(
    async () => {
      log.info('stopping');
      await coordinator.close();
      await http?.close();
      await store.close();
    },
    { graceMs: shutdownGraceMs, onFailure: (error) => log.error({ err: error }, 'not stopped in order') },
  );
  log.info(
    { name, site, listen, http: http?.address, store: store.location, version: programVersion },
    'ready',
  );
});

/** Where real servers of other sites can send to it. */
function hearingOf({ site, listen, advertise, collector }: CoordinatorConfig): HearingPlace | undefined {
  if (!collector) return undefined;
  const at = hearingAt({ listen, advertise, own: ownAddresses() });
  return at && { site, ...at, random: Math.random, openSocket: createProbeSocket };
}

/** With an etcd there may be others. */
function placeOf({ site, listen, advertise, leaseSeconds }: CoordinatorConfig): ClusterPlace {
  const address = (port: number): string => {
    const found = advertise ?? reachableAt(listen, ownAddresses(), port);
    if (found !== undefined) return found;
    throw new CausewayError({
      code: 'invalid',
      operation: 'join other coordinators',
      message: 'this host has no address that others could reach: set advertise (--advertise HOST:PORT)',
    });
  };
  return { site, address, random: Math.random, ttlMs: 1_000 * leaseSeconds };
}
