import { describe, expect, test } from 'vitest';
import { countDestinations, type Tallies } from '../../../agents/director/destinations.ts';
import type { DestinationState, Protocol, ServiceState } from '../../../src/domain/ipvs-table.ts';
import type { DirectorSnapshot } from '../../../src/domain/snapshot.ts';
import { atOnce } from '../../../src/domain/steps.ts';
import { directorSnapshot } from '../snapshots.ts';

const noCounters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };

function destination(address: string, port: number, weight: number, active: number, connections: number) {
  return {
    address,
    port,
    weight,
    forwarding: 'tunnel',
    activeConnections: active,
    inactiveConnections: 0,
    persistentConnections: 0,
    counters: { ...noCounters, connections, bytesIn: 100 * connections },
  } satisfies DestinationState;
}

function service(
  protocol: Protocol,
  address: string,
  port: number,
  destinations: readonly DestinationState[],
): ServiceState {
  return {
    service: {
      key: { kind: 'address', protocol, address, port },
      scheduler: 'wrr',
      schedulerFlags: { fallback: false, port: false },
      persistenceSeconds: 0,
    },
    counters: noCounters,
    destinations,
  };
}

/** Two families, two ports, two protocols; all of it of one service. */
function snapshot(): DirectorSnapshot {
  const [web] = directorSnapshot().services;
  if (web === undefined) throw new Error('the sample has a service');
  const vips = ['192.0.2.10', '2001:db8::10'];
  const ports = [
    { protocol: 'tcp', port: 80, targetPort: 8080 },
    { protocol: 'tcp', port: 443, targetPort: 8443 },
    { protocol: 'udp', port: 443, targetPort: 8443 },
  ] as const;
  return directorSnapshot({ services: [{ ...web, vips, ports }] });
}

const table: readonly ServiceState[] = [
  service('tcp', '192.0.2.10', 80, [destination('10.1.0.11', 8080, 10, 1, 100)]),
  service('tcp', '192.0.2.10', 443, [destination('10.1.0.11', 8443, 0, 2, 200)]),
  service('udp', '192.0.2.10', 443, [destination('10.1.0.11', 8443, 10, 4, 400)]),
  service('tcp', '2001:db8::10', 80, [destination('10.1.0.11', 8080, 10, 8, 800)]),
  // Not this service's: another VIP, another port of the real server, a probe's.
  service('tcp', '192.0.2.99', 80, [destination('10.1.0.11', 8080, 99, 9_999, 9_999)]),
  service('tcp', '2001:db8::10', 443, [destination('10.1.0.11', 9999, 99, 9_999, 9_999)]),
];

/** The same, before any of these connections came. */
const untouched = table.map((entry) => ({
  ...entry,
  destinations: entry.destinations.map((one) => ({ ...one, counters: noCounters })),
}));

const count = (actual: readonly ServiceState[], before: Tallies, nowMs: number) =>
  atOnce(countDestinations(snapshot(), actual, before, nowMs, () => 'healthy'));

const counted = () => count(table, count(untouched, new Map(), 5_000).tallies, 7_000);

describe('what a destination carried', () => {
  test('summed over VIPs, ports and protocols; what is not in the kernel is told so', () => {
    expect(counted().reports).toEqual([
      {
        service: 'web',
        realServer: 'fra-1',
        weight: 10,
        activeConnections: 15,
        connections: 1_500,
        bytesIn: 150_000,
        countedSinceMs: 5_000,
        verdict: 'healthy',
      },
      {
        service: 'web',
        realServer: 'lon-1',
        weight: -1,
        activeConnections: 0,
        connections: 0,
        bytesIn: 0,
        countedSinceMs: 0,
        verdict: 'healthy',
      },
    ]);
  });

  test('a service that stands as old and new side by side is counted as one', () => {
    const [web] = snapshot().services;
    if (web === undefined) throw new Error('the sample has a service');
    const apart = web.vips.map((vip) => ({ ...web, vips: [vip] }));
    const whole = (actual: readonly ServiceState[], before: Tallies, nowMs: number) =>
      atOnce(
        countDestinations(directorSnapshot({ services: apart }), actual, before, nowMs, () => 'healthy'),
      );
    expect(whole(table, whole(untouched, new Map(), 5_000).tallies, 7_000)).toEqual(counted());
  });

  test('of UDP the kernel’s inactive ones count: it knows no state of them', () => {
    const inactive = (protocol: Protocol) =>
      service(protocol, '192.0.2.10', 443, [
        { ...destination('10.1.0.11', 8443, 10, 4, 400), inactiveConnections: 30 },
      ]);
    expect(count([inactive('udp')], new Map(), 5_000).reports[0]?.activeConnections).toBe(34);
    expect(count([inactive('tcp')], new Map(), 5_000).reports[0]?.activeConnections).toBe(4);
  });

  test('a VIP that is taken away takes nothing back, and connections it had are not active', () => {
    const { tallies } = counted();
    const [report] = count(table.slice(1), tallies, 9_000).reports;
    expect(report).toMatchObject({ activeConnections: 14, connections: 1_500, countedSinceMs: 5_000 });
  });

  test('gone altogether, it has no weight and keeps its count', () => {
    const { tallies } = counted();
    const [report] = count([], tallies, 9_000).reports;
    expect(report).toMatchObject({
      weight: -1,
      activeConnections: 0,
      connections: 1_500,
      countedSinceMs: 5_000,
    });
  });

  test('each by itself, from when it was first seen', () => {
    const { tallies } = count(table, new Map(), 5_000);
    const lon = service('tcp', '192.0.2.10', 80, [destination('10.2.0.11', 8080, 5, 0, 0)]);
    const { reports } = count([...table, lon].slice(1), tallies, 7_000);
    expect(reports.map(({ countedSinceMs }) => countedSinceMs)).toEqual([5_000, 7_000]);
  });

  test('after a restart counting begins anew, and says so', () => {
    const [report] = count(table, new Map(), 9_000).reports;
    expect(report).toMatchObject({ connections: 0, countedSinceMs: 9_000 });
  });
});
