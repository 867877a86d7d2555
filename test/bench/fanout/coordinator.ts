/** The coordinator of the fan-out, as the program is but for its figures: `PORT FOLDER AGENTS [CERTIFICATES]`. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startCoordinator } from '../../../src/coordinator/coordinator.ts';
import { createLog } from '../../../src/runtime/log.ts';
import { realClock } from '../../../src/runtime/system-clock.ts';
import { openEmbeddedStore } from '../../../src/store/embedded.ts';
import { memberKey, resourceKey } from '../../../src/store/keys.ts';
import { encodeRecord } from '../../../src/store/record.ts';
import type { Write } from '../../../src/store/store.ts';
import { coordinatorPath, filesOf } from './certificates.ts';
import { fleetOf, servicesAt } from './fleet.ts';
import { type Memory, memoryNow } from './memory.ts';

/** What is asked: what it uses now. */
export type CoordinatorQuestion = Record<never, never>;

export interface CoordinatorFigures extends Memory {
  /** Of this process since it began, user and system. */
  readonly cpuMs: number;
}

const [port = '0', folder = '', agents = '0', certificates] = process.argv.slice(2);
const store = openEmbeddedStore({ file: join(folder, 'store.db'), clock: realClock });
if ((await store.read({ prefix: '' })).entries.length === 0)
  await store.commit({ conditions: [], writes: recordsOf(Number(agents)) });
await startCoordinator({
  name: 'bench',
  listen: `127.0.0.1:${port}`,
  store,
  clock: realClock,
  randomBytes,
  log: createLog('bench', 'silent'),
  ...(certificates === undefined
    ? {}
    : {
        tls: {
          files: filesOf(certificates, coordinatorPath),
          own: { role: 'coordinator', site: 'site-00', name: 'bench' },
        },
      }),
});

/** The members are known already: what is measured is no registration. */
function recordsOf(count: number): Write[] {
  const { sites, members } = fleetOf(count);
  return [
    ...[...sites, ...servicesAt(0)].map((value): Write => {
      return { kind: 'put', key: resourceKey(value), value: encodeRecord({ kind: 'resource', value }) };
    }),
    ...members.map((value): Write => {
      const key = memberKey(value.role, value.name);
      return { kind: 'put', key, value: encodeRecord({ kind: 'member', value }) };
    }),
  ];
}

process.on('message', async () => {
  const memory = await memoryNow();
  const { user, system } = process.cpuUsage();
  const figures: CoordinatorFigures = {
    ...memory,
    cpuMs: (user + system) / 1_000,
  };
  process.send?.(figures);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
