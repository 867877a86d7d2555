import { expect, test } from 'vitest';
import { localEnds } from '../../../agents/realserver/local-ends.ts';
import type { SnapshotDirector } from '../../../src/domain/snapshot.ts';
import { health, realServerSnapshot } from '../snapshots.ts';

const services = [
  {
    name: 'web',
    vips: ['192.0.2.10', '2001:db8::10'],
    ports: [
      { protocol: 'tcp', port: 80, targetPort: 8080 },
      { protocol: 'udp', port: 443, targetPort: 443 },
    ],
    health,
  },
] as const;
const tunnel: SnapshotDirector = { name: 'd1', address: '10.1.0.2', forwarding: 'tunnel' };
const nat: SnapshotDirector = { name: 'd2', address: '10.1.0.3', forwarding: 'masquerade' };
const vips = ['192.0.2.10 80', '2001:db8::10 80'];

test.each([
  ['at the VIPs, by TCP', [tunnel], vips],
  ['at its own address behind NAT', [nat], ['10.1.0.11 8080']],
  ['at both where directors differ', [tunnel, nat], [...vips, '10.1.0.11 8080']],
  ['before any director is known', [], vips],
])('clients arrive %s', (_, directors, expected) => {
  const ends = localEnds(realServerSnapshot({ services, directors }), '10.1.0.11');
  expect(ends.map(({ address, port }) => `${address} ${port}`)).toEqual(expected);
});
