/** How a director's agent begins on a real host: what it needs is there, or one line says what is missing. */
import { join } from 'node:path';
import { connectAgent } from '../../src/api/agent-client.ts';
import { emptyHostState, type HostState } from '../../src/domain/host-state.ts';
import { createHost } from '../../src/kernel/host.ts';
import { foreignObjects } from '../../src/kernel/host-read.ts';
import { createIpvs } from '../../src/kernel/ipvs/ipvs.ts';
import { openLedger } from '../../src/kernel/ledger.ts';
import { realClock } from '../../src/runtime/clock.ts';
import type { DirectorConfig } from '../../src/runtime/config.ts';
import { serveHttp } from '../../src/runtime/http.ts';
import type { Logger } from '../../src/runtime/log.ts';
import { onShutdown } from '../../src/runtime/shutdown.ts';
import { createSnapshotFile } from '../../src/runtime/snapshot-file.ts';
import { programVersion } from '../../src/runtime/version.ts';
import { createDirectorAgent } from './agent.ts';
import { cleanUp } from './cleanup.ts';
import { createNonces } from './nonce.ts';

const shutdownGraceMs = 5_000;
/** Names of ours, not to be made, only asked about: whoever else bears one is asked to make room. */
const ownNames: HostState = {
  ...emptyHostState,
  nft: [{ kind: 'probe-marks', name: 'causeway_director', vips: [], probePort: 0, marks: [] }],
};

export async function startDirector(config: DirectorConfig, log: Logger): Promise<void> {
  const ledger = await openLedger(join(config.stateDir, 'ledger.json'));
  const ipvs = await createIpvs();
  const host = await createHost();
  const file = createSnapshotFile(join(config.stateDir, 'snapshot.json'), 'director');
  if (config.cleanup) {
    const operations = await cleanUp(ipvs, host, ledger);
    await file.remove();
    log.info({ operations }, 'host cleaned up');
    ipvs.close();
    host.close();
    return;
  }
  // Also the first use of nft, so that its absence is said at the start.
  const [conflict] = foreignObjects(ownNames, await host.read([ownNames]), ledger.made());
  if (conflict !== undefined) throw conflict;
  const agent = await createDirectorAgent({
    config,
    ipvs,
    host,
    ledger,
    file,
    connect: (handlers) =>
      connectAgent({ coordinators: config.coordinators, clock: realClock, random: Math.random, ...handlers }),
    clock: realClock,
    random: Math.random,
    nonce: createNonces(),
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
    'director started',
  );
  onShutdown(
    async () => {
      await Promise.all([agent.close(), http?.close()]);
      ipvs.close();
      host.close();
      log.info('stopped; the kernel stays as it is');
    },
    { graceMs: shutdownGraceMs, onFailure: (reason) => log.error({ err: reason }, 'not stopped in order') },
  );
}
