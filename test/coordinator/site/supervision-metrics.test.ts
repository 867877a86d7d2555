import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { showSupervision } from '../../../src/coordinator/site/supervision-metrics.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { UnsupervisedServer } from '../../../src/domain/status.ts';
import { world } from '../../plan/fixtures.ts';

test('a scrape shows what is so now, by site at 0 where there is nothing', async () => {
  const registry = new Registry();
  const agents = createAgentRecords();
  const members = world();
  let unsupervised: UnsupervisedServer[] = [];
  showSupervision(registry, { agents, members: () => members, unsupervised: () => unsupervised });
  const shown = async () =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith('causeway_coordinator_') && !line.endsWith(' 0'));
  expect(await shown()).toEqual([]);
  expect(await registry.metrics()).toContain('causeway_coordinator_directors_held{site="nyc"} 0');

  unsupervised = ['fra-1', 'fra-2', 'lon-1'].map((realServer) => ({
    realServer,
    reason: 'absent',
    sinceMs: 1,
  }));
  const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
  const report = { ...emptyReport, troubles: ['a', 'b'], held: 'all is silent' };
  Object.assign(agents.get('director', 'nyc-d'), { stream, report });
  Object.assign(agents.get('realserver', 'fra-1'), { report });
  expect(await shown()).toEqual([
    'causeway_coordinator_real_servers_unsupervised{site="fra"} 2',
    'causeway_coordinator_real_servers_unsupervised{site="lon"} 1',
    'causeway_coordinator_directors_held{site="nyc"} 1',
    'causeway_coordinator_agent_troubles{role="director",agent="nyc-d"} 2',
  ]);

  unsupervised = [];
  Object.assign(agents.get('director', 'nyc-d'), { report: emptyReport });
  expect(await shown()).toEqual([]);
});
