// What each program shows to Prometheus: its own words, of programs that do nothing yet.
import { createDirectorMetrics } from '../../agents/director/director-metrics.ts';
import { createRealServerMetrics } from '../../agents/realserver/real-server-metrics.ts';
import { createMetrics } from '../../src/coordinator/coordinator-metrics.ts';
import { createAgentRecords } from '../../src/coordinator/site/agent-record.ts';
import { showDisagreements } from '../../src/coordinator/site/choice-metrics.ts';
import { returnPathText, showProofs } from '../../src/coordinator/site/return-path-metrics.ts';
import { showSupervision } from '../../src/coordinator/site/supervision-metrics.ts';
import { inOneStep } from '../../src/domain/steps.ts';
import { expositionOf } from '../../src/runtime/exposition.ts';
import { code, table } from './tables.ts';

const none = () => [];
const zero = () => 0;
const no = () => false;

export async function metricsPage(): Promise<string> {
  const texts: readonly (readonly [program: string, port: number, text: string])[] = [
    ['causeway-coordinator', 7480, await coordinatorText()],
    ['causeway-director', 7481, await directorText()],
    ['causeway-realserver', 7482, await realServerText()],
  ];
  return [
    '# Metrics',
    '',
    'Names and labels are a promise: they are added, never renamed. All are at `/metrics`.',
    '',
    ...texts.flatMap(([program, port, text]) => [
      `## ${program}, port ${port}`,
      '',
      table(['name', 'kind', 'what'], [...described(text)]),
    ]),
  ].join('\n');
}

function* described(text: string): Generator<string[]> {
  for (const [, name = '', help = '', kind = ''] of text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)$/gm))
    yield [code(name), kind, help.replace(/\.$/, '')];
}

async function coordinatorText(): Promise<string> {
  const { registry } = createMetrics();
  const agents = createAgentRecords();
  showSupervision(registry, {
    agents,
    members: () => ({ directors: [], realServers: [] }),
    unsupervised: none,
  });
  showDisagreements(registry, none);
  showProofs(registry, () => ({ heard: 0, ignored: 0 }));
  const nobody = { services: [], realServers: [] };
  return await expositionOf(registry, () => returnPathText({ world: () => nobody, words: none })).metrics();
}

async function directorText(): Promise<string> {
  const metrics = createDirectorMetrics({
    paths: () => inOneStep(none),
    verdicts: none,
    held: no,
    claimed: zero,
    delayed: zero,
    snapshotVersion: zero,
    connected: no,
  });
  return await metrics.exposition.metrics();
}

async function realServerText(): Promise<string> {
  const load = {
    connections: undefined,
    connectionsUtil: undefined,
    cpuUtil: undefined,
    backlogUtil: undefined,
  };
  const { registry } = createRealServerMetrics({
    reports: none,
    load: () => load,
    answered: zero,
    ignored: zero,
    proofs: zero,
    missing: none,
    troubles: none,
    snapshotVersion: zero,
    connected: no,
  });
  return await registry.metrics();
}
