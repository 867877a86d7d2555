import { expect, test } from 'vitest';
import { probePlan } from '../../../agents/director/probe-targets.ts';
import type { DirectorService } from '../../../src/domain/snapshot.ts';
import { directorSnapshot } from '../snapshots.ts';

const [web] = directorSnapshot().services;
const [fra, lon] = directorSnapshot().realServers;
if (web === undefined || fra === undefined || lon === undefined)
  throw new Error('the sample is not as these tests need it');
const dns: DirectorService = {
  ...web,
  name: 'dns',
  vips: ['192.0.2.10', '2001:db8::53'],
  ports: [
    { protocol: 'udp', port: 53, targetPort: 53 },
    { protocol: 'tcp', port: 53, targetPort: 53 },
  ],
  destinations: [{ realServer: 'lon-1', tier: 0, weight: 1, drained: false }],
};

test('each real server on each VIP that it serves, once, with room for all verdicts', () => {
  const key = { name: 'lon-1', epoch: 7, keyHex: 'ab'.repeat(16) };
  const snapshot = directorSnapshot({ services: [web, dns], keys: [key] });
  const plan = probePlan(snapshot, new Set(['ipv4', 'ipv6']));
  expect(plan).toEqual({
    targets: [
      {
        realServer: 'fra-1',
        address: '10.1.0.11',
        key: undefined,
        slot: 1,
        vips: [{ address: '192.0.2.10', ports: 1, tcpPorts: [80] }],
      },
      {
        realServer: 'lon-1',
        address: '10.2.0.11',
        key,
        slot: 2,
        vips: [
          { address: '192.0.2.10', ports: 3, tcpPorts: [80, 53] },
          { address: '2001:db8::53', ports: 2, tcpPorts: [53] },
        ],
      },
    ],
    unasked: [],
  });
});

test('VIPs of a family that this host cannot ask from are named', () => {
  const plan = probePlan(directorSnapshot({ services: [dns] }), new Set(['ipv4']));
  expect(plan.unasked).toEqual(['2001:db8::53']);
  expect(plan.targets[1]?.vips).toEqual([{ address: '192.0.2.10', ports: 2, tcpPorts: [53] }]);
});

test('what IPVS cannot reach is not asked: masquerade across families', () => {
  const snapshot = directorSnapshot({
    services: [dns],
    realServers: [fra, { ...lon, forwarding: 'masquerade' }],
  });
  const plan = probePlan(snapshot, new Set(['ipv4', 'ipv6']));
  expect(plan.targets[1]?.vips).toEqual([{ address: '192.0.2.10', ports: 2, tcpPorts: [53] }]);
  expect(plan.unasked).toEqual([]);
});
