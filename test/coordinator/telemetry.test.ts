import { expect, test } from 'vitest';
import { createAgentRecords } from '../../src/coordinator/agent-record.ts';
import { createTelemetry } from '../../src/coordinator/telemetry.ts';
import type { AgentReport } from '../../src/domain/agent-message.ts';
import type { DestinationReport } from '../../src/domain/report.ts';
import { service, world } from '../plan/fixtures.ts';

const everything = world({
  services: [
    service({ placement: 'optimal' }),
    service({ name: 'api', placement: 'optimal', selector: { app: 'api' } }),
  ],
});
const web = { ...everything, services: everything.services.slice(0, 1) };
const api = { ...everything, services: everything.services.slice(1) };

test('what concerns a part of the services leaves what is known of the others', () => {
  const { telemetry, hear } = telemetryOf();
  hear('fra-d', carrying({ web: 100, api: 40 }));
  telemetry.observe(everything, 1_000, 'all');
  hear('fra-d', carrying({}));
  telemetry.observe(web, 2_000, 'part');
  const { demands } = telemetry.observe(everything, 3_000, 'all');
  expect(demands.map((one) => [one.service, one.site, one.activeConnections])).toEqual([
    ['web', 'fra', 100],
    ['api', 'fra', 40],
  ]);
});

test('whatever is no longer there is forgotten when everything is observed', () => {
  const { telemetry, hear } = telemetryOf();
  hear('fra-d', carrying({ web: 100, api: 40 }));
  telemetry.observe(everything, 1_000, 'all');
  hear('fra-d', carrying({}));
  telemetry.observe(web, 2_000, 'all');
  expect(telemetry.observe(api, 3_000, 'all').demands).toEqual([]);
});

test('only ways that carry something are told, and of those that are no members nothing', () => {
  const { telemetry, hear } = telemetryOf();
  const { destinations } = carrying({ web: 100 });
  const others = [destination('web', 'lon-1', 0), destination('web', 'stranger', 7)];
  hear('fra-d', { ...carrying({}), destinations: [...destinations, ...others] });
  const { active } = telemetry.observe(everything, 1_000, 'all');
  expect(active).toEqual([{ service: 'web', from: 'fra', to: 'fra', connections: 100 }]);
});

function telemetryOf() {
  const agents = createAgentRecords();
  const telemetry = createTelemetry({
    agents,
    startedMs: 0,
    onRejected(agent, rejection) {
      throw new Error(`${agent}: ${rejection.name} ${rejection.why}`);
    },
  });
  return {
    telemetry,
    hear(director: string, report: AgentReport) {
      const agent = agents.get('director', director);
      const previous = agent.report;
      agent.report = report;
      telemetry.heard(agent, 'fra', previous, 1_000);
    },
  };
}

/** By service, on fra-1. */
function carrying(connections: Readonly<Record<string, number>>): AgentReport {
  const destinations = Object.entries(connections).map(([name, count]) => destination(name, 'fra-1', count));
  return { paths: [], destinations, applications: [], load: undefined, troubles: [], held: '' };
}

function destination(name: string, realServer: string, activeConnections: number): DestinationReport {
  const counters = { connections: 0, bytesIn: 0, countedSinceMs: 1 };
  return { service: name, realServer, weight: 1, activeConnections, ...counters };
}
