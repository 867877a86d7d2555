/** Small snapshots for the agents' tests, with checksums that hold. */

import { manifestChecksum } from '../../src/api/manifest.ts';
import { plainCheck } from '../../src/domain/health-check.ts';
import type { DirectorSnapshot, RealServerSnapshot, Snapshot } from '../../src/domain/snapshot.ts';

export const probe = {
  keyHex: 'ab'.repeat(32),
  intervalMs: 100,
  downAfterMs: 400,
  goneAfterMs: 3_000,
  rise: 2,
};
const envelope = { version: 1, checksum: '', force: false, deletedServices: [], probe };

export const health = {
  ...plainCheck,
  ports: [],
  type: 'tcp',
  port: 0,
  path: '/',
  host: '',
  expectStatus: 200,
  intervalMs: 200,
  timeoutMs: 100,
  fall: 3,
  rise: 2,
} as const;

function signed<S extends Snapshot>(snapshot: S): S {
  return { ...snapshot, checksum: manifestChecksum(snapshot) };
}

/** Two real servers behind 192.0.2.10:80/tcp, one by IPIP and one by GRE. */
export function directorSnapshot(changes: Partial<DirectorSnapshot> = {}): DirectorSnapshot {
  return signed({
    kind: 'director',
    ...envelope,
    services: [
      {
        name: 'web',
        vips: ['192.0.2.10'],
        ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
        scheduler: 'wlc',
        persistenceSeconds: 0,
        drainSeconds: 0,
        withdrawn: false,
        destinations: [
          { realServer: 'fra-1', tier: 0, weight: 100, drained: false },
          { realServer: 'lon-1', tier: 0, weight: 50, drained: false },
        ],
      },
    ],
    realServers: [
      {
        name: 'fra-1',
        site: 'fra',
        address: '10.1.0.11',
        probeSlot: 1,
        forwarding: 'tunnel',
        tunnel: 'ipip',
      },
      { name: 'lon-1', site: 'lon', address: '10.2.0.11', probeSlot: 2, forwarding: 'tunnel', tunnel: 'gre' },
    ],
    ...changes,
  });
}

export function realServerSnapshot(changes: Partial<RealServerSnapshot> = {}): RealServerSnapshot {
  return signed({
    kind: 'realserver',
    ...envelope,
    tunnel: 'ipip',
    services: [
      { name: 'web', vips: ['192.0.2.10'], ports: [{ protocol: 'tcp', port: 80, targetPort: 80 }], health },
    ],
    directors: [
      { name: 'fra-d1', address: '10.1.0.2', forwarding: 'tunnel' },
      { name: 'lon-d1', address: '10.2.0.2', forwarding: 'tunnel' },
    ],
    ...changes,
  });
}
