import { describe, expect, it } from 'vitest';
import { defaultProbe } from '../../../src/coordinator/view/world-of-store.ts';
import type { RealServerMember } from '../../../src/domain/member.ts';
import type { World } from '../../../src/domain/world.ts';
import { realServerContent } from '../../../src/plan/snapshots.ts';
import { override } from '../../plan/fixtures.ts';
import { policy, service, site } from '../harness.ts';

const realServer: RealServerMember = {
  role: 'realserver',
  name: 'r1',
  site: 'fra',
  address: '10.1.2.1',
  prefixLength: 24,
  labels: { app: 'web' },
  capacity: 100,
  probeSlot: 1,
};
const world: World = {
  sites: [site('fra'), site('lon', 'gre')],
  services: [service('web')],
  realServerPolicies: [],
  directors: [{ role: 'director', name: 'd1', site: 'fra', address: '10.1.1.1', prefixLength: 24 }],
  realServers: [realServer],
  latency: [],
  overrides: [],
  plannedWeights: new Map(),
  withdrawals: new Map(),
  probe: { keyHex: 'ab', ...defaultProbe },
  deletedServices: [],
};

describe('what the publisher spares real servers, since it can not change their content', () => {
  it.each<[string, Partial<World>]>([
    [
      'another real server',
      { realServers: [realServer, { ...realServer, name: 'r2', address: '10.1.2.2', probeSlot: 2 }] },
    ],
    ['a policy', { realServerPolicies: [policy('r1', 0, true)] }],
    ['an override', { overrides: [override({ subject: { kind: 'realServer', name: 'r1' } })] }],
    ['a latency', { latency: [{ from: 'fra', to: 'lon', p50Us: 1, p90Us: 1, loss: 0 }] }],
  ])('%s', (_, change) => {
    expect(realServerContent({ ...world, ...change }, realServer)).toEqual(
      realServerContent(world, realServer),
    );
  });
});
