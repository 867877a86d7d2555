// A small scenario for the lab's tests: two sites, one VIP.
import type { LoadRecord } from '../../src/lab/load-record.ts';
import { parseScenario, type Scenario } from '../../src/lab/scenario.ts';

export const smallScenarioText = `# small
apiVersion: causeway/v1
kind: Scenario
name: small
sites:
  - { name: ams, directors: 1, realServers: 2, coordinators: 1 }
  - { name: par, directors: 1, realServers: 1 }
wan:
  - { between: [ams, par], rttMs: 10, loss: 0.01 }
realServerLabels: { app: web }
load: { url: 'http://192.0.2.10/', newConnectionsPerSecond: 5, longLived: 1 }
faults:
  - { name: app, kind: stop-application, host: ams-r1 }
---
apiVersion: causeway/v1
kind: Site
metadata: { name: ams }
spec: { tunnel: { type: ipip } }
---
apiVersion: causeway/v1
kind: Site
metadata: { name: par }
spec: { tunnel: { type: gre } }
---
apiVersion: causeway/v1
kind: Service
metadata: { name: web }
spec: { vips: [192.0.2.10], ports: [80/tcp], selector: { app: web } }
`;

export function smallScenario(): Scenario {
  const parsed = parseScenario(smallScenarioText, 'small.yaml');
  if (parsed.scenario === undefined) throw new Error(JSON.stringify(parsed.mistakes));
  return parsed.scenario;
}

/** A request that went well, unless told otherwise. */
export function request(atMs: number, host: string, more: Partial<LoadRecord> = {}): LoadRecord {
  return {
    atMs,
    ms: 10,
    host,
    site: host.split('-')[0] ?? '',
    error: '',
    protocol: 'tcp',
    connection: 0,
    ...more,
  };
}

export function failure(atMs: number, error = 'timeout'): LoadRecord {
  return { atMs, ms: 2_000, host: '', site: '', error, protocol: 'tcp', connection: 0 };
}
