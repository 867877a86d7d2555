/** The program causeway-coordinator. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CausewayError, messageOf } from '../domain/error.ts';
import { realClock } from '../runtime/clock.ts';
import { serveHttp } from '../runtime/http.ts';
import { runProgram } from '../runtime/program.ts';
import { onShutdown } from '../runtime/shutdown.ts';
import { programVersion } from '../runtime/version.ts';
import { openEmbeddedStore } from '../store/embedded.ts';
import { startCoordinator } from './coordinator.ts';

const shutdownGraceMs = 5_000;

await runProgram('coordinator', process, async (config, log) => {
  const { name, site, listen, stateDir } = config;
  await makeStateDir(stateDir);
  const store = openEmbeddedStore({ file: join(stateDir, 'store.db') });
  const coordinator = await startCoordinator({ name, listen, store, clock: realClock, randomBytes, log });
  const http =
    config.http === undefined
      ? undefined
      : await serveHttp({
          address: config.http,
          registry: coordinator.metrics.registry,
          healthy: coordinator.trouble,
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

/** The store holds the key of the probes: for this program's eyes only. */
async function makeStateDir(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CausewayError({
      code: 'permission',
      operation: 'make state directory',
      subject: folder,
      message: `${messageOf(error)}; choose another with --state-dir`,
      cause: error,
    });
  }
}
