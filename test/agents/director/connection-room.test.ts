import { expect, test } from 'vitest';
import { connectionRoom, roomTrouble } from '../../../agents/director/connection-room.ts';
import type { ServiceState } from '../../../src/domain/ipvs-table.ts';
import { atOnce } from '../../../src/domain/steps.ts';

const counters = { connections: 0, packetsIn: 0, packetsOut: 0, bytesIn: 0, bytesOut: 0 };

function table(active: number, inactive: number, persistent: number): ServiceState[] {
  const key = { kind: 'address', protocol: 'tcp', address: '192.0.2.10', port: 80 } as const;
  const service = {
    key,
    scheduler: 'wrr',
    schedulerFlags: { fallback: false, port: false },
    persistenceSeconds: 0,
  };
  const counts = {
    activeConnections: active,
    inactiveConnections: inactive,
    persistentConnections: persistent,
  };
  const destination = {
    address: '10.1.0.11',
    port: 80,
    weight: 1,
    forwarding: 'direct',
    ...counts,
    counters,
  } as const;
  return [{ service, counters, destinations: [destination] }];
}

test.each([
  ['a kernel without a limit', [900, 90, 9], undefined, undefined],
  ['one that says 0', [900, 90, 9], '0', undefined],
  ['room enough', [700, 90, 9], '1000', undefined],
  [
    'nearly full',
    [700, 90, 10],
    '1000',
    'IPVS remembers 800 connections of 1000 (net.ipv4.vs.conn_max): beyond it new ones fail',
  ],
  [
    'full',
    [1_000, 0, 0],
    '1000',
    'of 1000 (net.ipv4.vs.conn_max): new ones fail; raise connMax in the Settings',
  ],
] as const)('%s', (_, [active, inactive, persistent], limit, words) => {
  const trouble = roomTrouble(atOnce(connectionRoom(table(active, inactive, persistent), limit)));
  if (words === undefined) expect(trouble).toBeUndefined();
  else expect(trouble).toContain(words);
});
