/** How a real server's agent begins on a real host, and how all traces of it are removed. */
import { join } from 'node:path';
import { connectAgent } from '../../src/api/agent-client.ts';
import { CausewayError } from '../../src/domain/error.ts';
import { describeHostOperation } from '../../src/domain/host-state.ts';
import { createHost, type Host } from '../../src/kernel/host.ts';
import { cleanup } from '../../src/kernel/host-apply.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { type Ledger, openLedger } from '../../src/kernel/ledger.ts';
import { createRtnetlinkClient } from '../../src/kernel/link/rtnetlink-client.ts';
import { createConnection } from '../../src/kernel/netlink/connection.ts';
import { realClock } from '../../src/runtime/clock.ts';
import type { RealServerConfig } from '../../src/runtime/config.ts';
import { serveHttp } from '../../src/runtime/http.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { onShutdown } from '../../src/runtime/shutdown.ts';
import { createSnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { createRealServerAgent } from './agent.ts';
import { ownNames } from './own-names.ts';

const shutdownGraceMs = 5_000;

export async function startRealServer(config: RealServerConfig, log: Logger): Promise<void> {
  const ledger = await openLedger(join(config.stateDir, 'ledger.json'));
  const host = await createHost();
  const file = createSnapshotFile(join(config.stateDir, 'snapshot.json'), 'realserver');
  if (config.cleanup) {
    await cleanUp(host, ledger, log);
    await file.remove();
    host.close();
    return;
  }
  await refuseStrangers(host, ledger);
  const connection = createConnection(0);
  const rtnetlink = createRtnetlinkClient(connection);
  const agent = await createRealServerAgent({
    config,
    host,
    ledger,
    file,
    links: () => rtnetlink.links(),
    connect: (handlers) =>
      connectAgent({ coordinators: config.coordinators, clock: realClock, random: Math.random, ...handlers }),
    clock: realClock,
    random: Math.random,
    log,
    programVersion,
  });
  const http =
    config.http === undefined
      ? undefined
      : await serveHttp({ address: config.http, registry: agent.registry, healthy: agent.healthy });
  const { name, site, address, stateDir } = config;
  log.info(
    { name, site, address, stateDir, http: http?.address, version: programVersion },
    'real server started',
  );
  onShutdown(
    async () => {
      await Promise.all([agent.close(), http?.close()]);
      connection.close();
      host.close();
      log.info('stopped; the host stays as it is');
    },
    { graceMs: shutdownGraceMs, onFailure: (reason) => log.error({ err: reason }, 'not stopped in order') },
  );
}

/** Also the first use of nft, so that its absence is said at the start. Error `conflict` where a name of ours is taken. */
async function refuseStrangers(host: Host, ledger: Ledger): Promise<void> {
  const [conflict] = foreignObjects(ownNames, await host.read([ownNames]), ledger.made());
  if (conflict !== undefined) throw conflict;
}

async function cleanUp(host: Host, ledger: Ledger, log: Logger): Promise<void> {
  const count = ledger.undoOperations().length;
  const [first, ...others] = await cleanup(host, ledger);
  if (first === undefined) return log.info({ operations: count }, 'host cleaned up');
  throw new CausewayError({
    code: first.error.code,
    operation: 'clean up',
    subject: describeHostOperation(first.operation),
    message: `${first.error.message}${others.length === 0 ? '' : ` (and ${others.length} more)`}; run it again to continue`,
    cause: first.error,
  });
}
