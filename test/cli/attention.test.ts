import { expect, test } from 'vitest';
import { attentionLines } from '../../src/cli/attention.ts';
import { emptyReport } from '../../src/domain/agent-message.ts';
import type { PathReport } from '../../src/domain/report.ts';
import type { AgentStatus, Status } from '../../src/domain/status.ts';
import { nowMs } from './fake-io.ts';
import { status } from './status.fixture.ts';

const quiet: Status = { ...status, agents: [], services: [] };

function agent(name: string, changes: Partial<AgentStatus> = {}): AgentStatus {
  return {
    ...emptyReport,
    role: name.includes('-d') ? 'director' : 'realserver',
    name,
    site: 'fra',
    address: '10.1.0.2',
    connected: true,
    lastSeenMs: nowMs,
    wantedVersion: 1,
    appliedVersion: 1,
    refusal: '',
    ...changes,
  };
}

function path(realServer: string, changes: Partial<PathReport> = {}): PathReport {
  const figures = { sinceMs: nowMs - 7_000, rttP50Us: 300, rttP90Us: 300, loss: 0, answered: 30 };
  return { realServer, state: 'up', agent: 'present', knock: 'works', ...figures, ...changes };
}

const many = Array.from({ length: 12 }, (_, index) => `fra-r${index + 1}`);
const shown = 'fra-r1, fra-r2, fra-r3, fra-r4, fra-r5, …';
const unsupervised = (names: readonly string[], reason: Status['unsupervised'][number]['reason']) =>
  names.map((realServer, index) => ({ realServer, reason, sinceMs: nowMs - 15_000 + 1_000 * index }));

test.each<[string, Partial<Status>, string[]]>([
  [
    'many real servers without an agent, in one line, and none besides for each that is not connected',
    {
      agents: many.map((name) => agent(name, { connected: false })),
      unsupervised: unsupervised(many, 'absent'),
    },
    [
      `12 real servers unsupervised for 4 s to 15 s: ${shown}: no agent answers there; traffic goes on with the last verdicts`,
    ],
  ],
  [
    'directors that would not choose alike',
    {
      disagreements: (['content', 'content', 'order'] as const).map((about, index) => ({
        ...{ service: 'web', site: 'fra', directors: ['fra-d1', 'fra-d2'], about, sinceMs: nowMs - 20_000 },
        ...(index === 0 ? { detail: 'fra-r1 has weight 61 by fra-d1 and weight 0 by fra-d2' } : {}),
      })),
    },
    [
      'service web: directors fra-d1 and fra-d2 of fra choose differently for 20 s, so connections that move from one to another may end: fra-r1 has weight 61 by fra-d1 and weight 0 by fra-d2',
      'service web: directors fra-d1 and fra-d2 of fra choose differently for 20 s, so connections that move from one to another may end: their weights are the same, so it is scheduler, flags or settings: compare ipvsadm -Sn and sysctl net.ipv4.vs.sloppy_tcp there',
      'service web: directors fra-d1 and fra-d2 of fra have its real servers in another order for 20 s: of connections that move from one to another, about one in 200 ends',
    ],
  ],
  [
    'a service of which some ports fail',
    {
      agents: [
        agent('fra-r1', {
          applications: [
            {
              service: 'web',
              verdict: 'healthy',
              sinceMs: 0,
              reason: '',
              failing: {
                count: 3,
                ends: [
                  {
                    vip: '192.0.2.10',
                    port: 443,
                    protocol: 'tcp',
                    sinceMs: nowMs - 4_000,
                    reason: 'status 503',
                  },
                  { vip: '2001:db8::1', port: 80, protocol: 'tcp', sinceMs: nowMs - 4_000, reason: '' },
                ],
              },
            },
          ],
        }),
      ],
    },
    [
      'realserver fra-r1: web fails in part: 443/tcp at 192.0.2.10 for 4 s (status 503), 80/tcp at 2001:db8::1 for 4 s and 1 more',
    ],
  ],
  [
    'a VIP that does not get through, where others do',
    { agents: [agent('fra-d1', { paths: many.map((name) => path(name, { lostVips: ['2001:db8::1'] })) })] },
    [`director fra-d1: 2001:db8::1 is not reached at 12 real servers whose other VIPs are: ${shown}`],
  ],
  [
    'what was said long ago, with its age',
    {
      agents: [
        agent('fra-r1', {
          reportAgeMs: 240_000,
          applications: [
            { service: 'web', verdict: 'unhealthy', sinceMs: nowMs - 300_000, reason: 'connection refused' },
          ],
        }),
      ],
    },
    ['realserver fra-r1: web unhealthy for 5 min: connection refused (as it said 4 min ago)'],
  ],
  [
    'one that its coordinator alone misses',
    {
      agents: [agent('fra-r1', { connected: false })],
      unsupervised: unsupervised(['fra-r1'], 'unconnected'),
    },
    [
      '1 real server unsupervised for 15 s: fra-r1: directors hear the agent there, but it is not connected here: load and settings stand still',
    ],
  ],
  [
    'one that no director hears',
    { unsupervised: unsupervised(['fra-r1'], 'unanswering') },
    [
      '1 real server unsupervised for 15 s: fra-r1: the agent there is connected here, but answers no director (is UDP 7483 let through?); traffic goes on with the last verdicts',
    ],
  ],
  [
    'one that this director alone does not hear',
    { agents: [agent('fra-d1', { paths: [path('lon-r1', { agent: 'absent' })] })] },
    [
      'director fra-d1: 1 agent that others hear does not answer it: lon-r1: it goes by knocks and the last verdicts there (is UDP 7483 let through?)',
    ],
  ],
  [
    'a director that suspects itself',
    {
      agents: [
        agent('fra-d1', {
          held: 'its nft marks are gone',
          paths: [path('fra-r1', { state: 'down' })],
        }),
      ],
    },
    [
      'director fra-d1: suspects itself, and holds weights and deletions: its nft marks are gone',
      'director fra-d1: path to fra-r1 down for 7 s (held: its weights stay)',
    ],
  ],
  [
    'troubles of two',
    { agents: [agent('fra-r1', { troubles: ['a', 'b'] }), agent('fra-d1', { troubles: ['a'] })] },
    ['realserver fra-r1: a', 'realserver fra-r1: b', 'director fra-d1: a'],
  ],
  [
    'what many hosts lack alike',
    { agents: many.map((name) => agent(name, { troubles: ['no causeway-realserver.socket: enable it'] })) },
    [`12 real servers (${shown}): no causeway-realserver.socket: enable it`],
  ],
  [
    'knocks that prove nothing, but not where the path is down',
    {
      agents: [
        agent('fra-d1', {
          paths: [
            ...many.map((name) => path(name, { knock: 'unanswered' })),
            path('lon-r1', { knock: 'proxied' }),
            path('lon-r2', { knock: 'unanswered', state: 'down' }),
            path('lon-r3', { knock: 'unknown' }),
          ],
        }),
      ],
    },
    [
      'director fra-d1: path to lon-r2 down for 7 s',
      `12 real servers: ${shown}: TCP 7483 and service ports through the tunnel are answered by nobody, so fra-d1 decides by datagrams alone, slower (3 s)`,
      '1 real server: lon-r1: something on the way completes every TCP handshake, also to a closed port (7484): a knock proves nothing, so fra-d1 decides by datagrams alone, slower (3 s)',
    ],
  ],
  [
    'many paths that are down, and many agents that are lost',
    {
      agents: [
        agent('fra-d1', { paths: many.map((name) => path(name, { state: 'gone' })) }),
        ...many.map((name, index) =>
          agent(name, { connected: false, lastSeenMs: nowMs - 60_000 + 1_000 * index }),
        ),
      ],
    },
    [
      `12 agents not connected: ${shown}: the last of them seen 49 s ago`,
      `director fra-d1: paths to 12 real servers gone: ${shown}: for 7 s at most`,
    ],
  ],
])('%s', (_, changes, expected) => {
  expect(attentionLines({ ...quiet, ...changes }, nowMs)).toEqual(expected);
});
