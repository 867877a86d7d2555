/** A status with one of everything that can go wrong. */
import type { Status } from '../../src/domain/status.ts';
import { nowMs } from './fake-io.ts';

const quiet = {
  paths: [],
  destinations: [],
  applications: [],
  load: undefined,
  troubles: [],
  held: '',
  refusal: '',
  connected: true,
  lastSeenMs: nowMs,
};

export const status: Status = {
  revision: 12,
  coordinator: 'fra-c1',
  startedMs: nowMs - 300_000,
  troubles: [],
  agents: [
    {
      ...quiet,
      role: 'director',
      name: 'fra-d1',
      site: 'fra',
      address: '10.1.0.2',
      wantedVersion: 7,
      appliedVersion: 7,
      paths: [
        {
          realServer: 'nyc-s1',
          state: 'down',
          sinceMs: nowMs - 5_000,
          rttP50Us: 0,
          rttP90Us: 0,
          loss: 1,
          answered: 0,
          agent: 'present',
          knock: 'works',
        },
        {
          realServer: 'fra-s1',
          state: 'up',
          sinceMs: 0,
          rttP50Us: 200,
          rttP90Us: 300,
          loss: 0,
          answered: 50,
          agent: 'present',
          knock: 'works',
        },
      ],
    },
    {
      ...quiet,
      role: 'realserver',
      name: 'fra-s1',
      site: 'fra',
      address: '10.1.0.11',
      wantedVersion: 7,
      appliedVersion: 6,
      refusal: 'add link cw-ipip: EEXIST\nsomebody else has it',
      applications: [
        { service: 'web', verdict: 'unhealthy', sinceMs: nowMs - 3_000, reason: 'connection refused' },
      ],
      load: { connections: 0, connectionsUtil: 0, cpuUtil: 0.25, backlogUtil: undefined },
    },
    {
      ...quiet,
      role: 'realserver',
      name: 'nyc-s1',
      site: 'nyc',
      address: '10.3.0.11',
      connected: false,
      lastSeenMs: nowMs - 12_000,
      wantedVersion: 5,
      appliedVersion: 4,
    },
  ],
  services: [
    {
      name: 'web',
      vips: ['192.0.2.10'],
      ports: ['80/tcp'],
      realServers: 2,
      healthy: 0,
      withdrawnAt: ['nyc'],
      unsupervised: 0,
    },
  ],
  drains: [
    { service: 'web', realServer: 'fra-s1', state: 'draining', connections: 12 },
    { service: 'web', realServer: 'nyc-s1', state: 'drained', connections: 0 },
  ],
  unsupervised: [],
  latency: [
    { from: 'fra', to: 'fra', p50Us: 210, p90Us: 300, loss: 0 },
    { from: 'fra', to: 'nyc', p50Us: 82_100, p90Us: 84_000, loss: 0.015 },
    { from: 'nyc', to: 'nyc', p50Us: 190, p90Us: 300, loss: 0 },
  ],
};

/** The same, once every agent has applied what is wanted of it. */
export const settled: Status = {
  ...status,
  publishedRevision: 100,
  agents: status.agents.map((agent) => ({ ...agent, appliedVersion: agent.wantedVersion, refusal: '' })),
};
