// How a service stands, by whose word and how old: what nobody has said of late is told as old, not as well.
import { expect, test } from 'vitest';
import { serviceStatuses } from '../../../src/coordinator/serve/service-status.ts';
import { createAgentRecords } from '../../../src/coordinator/site/agent-record.ts';
import { emptyReport } from '../../../src/domain/agent-message.ts';
import type { AppVerdict } from '../../../src/domain/probe.ts';
import type { ApplicationReport, PathReport } from '../../../src/domain/report.ts';
import { realServer, world } from '../../plan/fixtures.ts';

const now = 1_000_000;
const stream = { peer: 'test', send: () => {}, holds: () => {}, close: () => {} };
const one = world({ realServers: [realServer('fra-1')] });
const failing: ApplicationReport['failing'] = {
  count: 1,
  ends: [{ vip: '192.0.2.10', port: 443, protocol: 'tcp', sinceMs: 1, reason: 'connection refused' }],
};

interface Told {
  readonly verdict?: AppVerdict;
  readonly failing?: ApplicationReport['failing'];
  readonly ageMs?: number;
  readonly isConnected?: boolean;
  readonly path?: Partial<PathReport>;
  readonly seen?: AppVerdict;
}

function standing(told: Told) {
  const agents = createAgentRecords();
  const own = agents.get('realserver', 'fra-1');
  own.stream = told.isConnected === false ? undefined : stream;
  own.reportedAtMs = now - (told.ageMs ?? 1_000);
  const application = { service: 'web', verdict: told.verdict ?? 'healthy', sinceMs: 1, reason: '' };
  const parts = told.failing === undefined ? {} : { failing: told.failing };
  own.report = { ...emptyReport, applications: [{ ...application, ...parts }] };
  const director = agents.get('director', 'fra-d');
  director.stream = stream;
  director.reportedAtMs = now - 1_000;
  const figures = { sinceMs: 1, rttP50Us: 300, rttP90Us: 300, loss: 0, answered: 30 };
  director.report = {
    ...emptyReport,
    paths: [{ realServer: 'fra-1', state: 'up', agent: 'absent', knock: 'works', ...figures, ...told.path }],
    destinations: [
      {
        service: 'web',
        realServer: 'fra-1',
        weight: 0,
        activeConnections: 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 0,
        verdict: told.seen ?? 'unknown',
      },
    ],
  };
  const made = serviceStatuses({ world: one, agents, unsupervised: [], monotonicMs: now });
  let step = made.next();
  while (step.done !== true) step = made.next();
  const [status] = step.value;
  return { healthy: status?.healthy, partly: status?.partly, old: status?.old };
}

test.each<[string, Told, { healthy: number; partly?: number; old?: { count: number; ageMs: number } }]>([
  ['well by its own word', {}, { healthy: 1 }],
  ['failing by its own word', { verdict: 'unhealthy' }, { healthy: 0 }],
  ['not checked, and reached', { verdict: 'unchecked' }, { healthy: 1 }],
  ['not checked, and lost', { verdict: 'unchecked', path: { state: 'down' } }, { healthy: 0 }],
  ['one port fails', { failing }, { healthy: 1, partly: 1 }],
  ['one VIP is lost', { path: { lostVips: ['2001:db8::10'] } }, { healthy: 1, partly: 1 }],
  ['its agent was heard half a minute ago', { ageMs: 30_000, isConnected: false }, { healthy: 1 }],
  [
    'its agent was heard minutes ago, and no director knows better',
    { ageMs: 240_000, isConnected: false },
    { healthy: 0, old: { count: 1, ageMs: 240_000 } },
  ],
  [
    'connected, but silent for minutes',
    { ageMs: 240_000 },
    { healthy: 0, old: { count: 1, ageMs: 240_000 } },
  ],
  ['heard minutes ago, but a director knocks there', { ageMs: 240_000, seen: 'healthy' }, { healthy: 1 }],
  ['failing by a word of minutes ago', { ageMs: 240_000, verdict: 'unhealthy' }, { healthy: 0 }],
])('%s', (_, told, expected) => {
  expect(standing(told)).toEqual({ partly: undefined, old: undefined, ...expected });
});
