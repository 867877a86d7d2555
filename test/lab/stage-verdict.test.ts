import { describe, expect, it, test } from 'vitest';
import type { AgentStatus, Status } from '../../src/domain/status.ts';
import { meanShares, sentShares, wandering } from '../../src/lab/sent-shares.ts';
import type { StageOutcome } from '../../src/lab/stage.ts';
import { stageVerdicts } from '../../src/lab/stage-verdict.ts';
import { request } from './story.ts';

function agent(
  role: AgentStatus['role'],
  name: string,
  destinations: AgentStatus['destinations'] = [],
): AgentStatus {
  return {
    role,
    name,
    site: name.split('-')[0] ?? '',
    address: '',
    connected: true,
    lastSeenMs: 0,
    wantedVersion: 1,
    appliedVersion: 1,
    refusal: '',
    paths: [],
    destinations,
    applications: [],
    load: undefined,
    troubles: [],
    held: '',
  };
}

/** By real server: weight and connections so far. */
function status(fra: Readonly<Record<string, readonly [weight: number, connections: number]>>): Status {
  const destinations = Object.entries(fra).map(([realServer, [weight, connections]]) => ({
    service: 'web',
    realServer,
    weight,
    connections,
    activeConnections: 0,
    bytesIn: 0,
    countedSinceMs: 0,
  }));
  const agents = [
    agent('director', 'fra-d1', destinations),
    ...Object.keys(fra).map((name) => agent('realserver', name)),
  ];
  return {
    revision: 1,
    coordinator: 'c',
    startedMs: 0,
    troubles: [],
    agents,
    services: [],
    drains: [],
    unsupervised: [],
    latency: [],
  };
}

describe('where connections went', () => {
  it('is told by how the counters grew', () => {
    const before = status({ 'fra-r1': [100, 50], 'lon-r1': [50, 1_000] });
    const after = status({ 'fra-r1': [100, 80], 'lon-r1': [50, 1_010] });
    expect(sentShares(before, after)).toEqual({ fra: { fra: 0.75, lon: 0.25 } });
  });

  it('is the mean of many looks', () => {
    expect(meanShares([{ fra: { fra: 1 } }, { fra: { fra: 0.5, lon: 0.5 } }])).toEqual({
      fra: { fra: 0.75, lon: 0.25 },
    });
  });
});

test.each<[string, number[], number]>([
  ['straight to another share', [1, 0.9, 0.8, 0.7], 0],
  ['to and fro', [1, 0.8, 1, 0.8, 1], 0.8],
  ['not at all', [1, 1, 1], 0],
])('wandering: %s', (_, shares, expected) => {
  expect(wandering(shares.map((fra) => ({ fra: { fra, lon: 1 - fra } })))).toBeCloseTo(expected);
});

describe('a stage', () => {
  const outcome: StageOutcome = {
    stage: {
      name: 'rise',
      newConnectionsPerSecond: {},
      realCapacity: {},
      settleSeconds: 1,
      seconds: 1,
      expect: { sentTo: { fra: { lon: [0.1, 0.4] } }, planWithin: 0.05, wanderAtMost: 0.2, errorsAtMost: 0 },
    },
    beganAtMs: 0,
    settledAtMs: 1_000,
    endedAtMs: 2_000,
    sent: { fra: { fra: 0.8, lon: 0.2 } },
    planned: { fra: { fra: 0.82, lon: 0.18 } },
    wandering: 0,
    why: {},
    whatIf: undefined,
  };
  const failing = (change: Partial<StageOutcome>, requests = [request(1_500, 'fra-r1')]): string[] =>
    stageVerdicts({ ...outcome, ...change }, new Map([['fra', requests]]))
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name} (${detail})`);

  it('holds', () => expect(failing({})).toEqual([]));
  it('fails where the shares are not those expected', () => {
    const far = { fra: { fra: 0.5, lon: 0.5 } };
    expect(failing({ sent: far, planned: far })).toEqual([
      'rise: fra sends lon between 10 % and 40 % (fra 50 %, lon 50 %)',
    ]);
  });
  it('fails where they are not those planned', () => {
    expect(failing({ planned: { fra: { fra: 0.9, lon: 0.1 } } })).toEqual([
      "rise: the kernel's counters within 5 % of the plan (fra to lon: 20 % sent, 10 % planned)",
    ]);
  });
  it('fails where the plan swings', () => {
    expect(failing({ wandering: 0.3 })).toEqual(['rise: no swinging (at most 20 % to and fro) (30 %)']);
  });
  it('fails where the planner would still send to a site that is down', () => {
    const flow = (to: string, afterMilli: number) => ({
      service: 'web',
      from: 'fra',
      to,
      beforeMilli: 1,
      afterMilli,
    });
    const answer = (flows: ReturnType<typeof flow>[]) => ({
      flows,
      sites: [],
      movedMilli: 0,
      demandMilli: 0,
      ticks: 1,
      waitTicks: 0,
      seconds: 5,
      settled: true,
      sentences: ['web: fra to lon'],
    });
    const stage = { ...outcome.stage, whatIfDown: 'fra' };
    expect(failing({ stage, whatIf: answer([flow('fra', 0), flow('lon', 9)]) })).toEqual([]);
    expect(failing({ stage, whatIf: answer([flow('fra', 1), flow('lon', 9)]) })).toEqual([
      'rise: what if fra were down (web: fra to lon)',
    ]);
  });
  it('counts errors once settled only', () => {
    const failed = (atMs: number) => ({ ...request(atMs, ''), error: 'timeout' });
    expect(failing({}, [failed(500)])).toEqual([]);
    expect(failing({}, [failed(1_500)])).toEqual([
      'rise: at most 0 errors once settled (1 failed (1 timeout))',
    ]);
  });
});
