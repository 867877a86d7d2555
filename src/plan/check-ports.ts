/** What is wrong with a service's ports. */

import { probePort } from '../domain/probe.ts';
import type { Problem, Service, ServicePort } from '../domain/resource.ts';
import { portText } from '../domain/snapshot.ts';
import { problemOf } from './problem.ts';

export function checkPorts(service: Service): Problem[] {
  const { ports } = service;
  if (ports.length === 0) return [problemOf(service, 'spec.ports', 'none', 'at least one, such as 80/tcp')];
  return ports.flatMap((port, index) => checkPort(service, port, index));
}

function checkPort(service: Service, port: ServicePort, index: number): Problem[] {
  const found = portText(port);
  const problem = (expected: string) => [problemOf(service, `spec.ports[${index}]`, found, expected)];
  if (!isPort(port.port) || !isPort(port.targetPort)) return problem('a port from 1 to 65535');
  if (port.port !== port.targetPort && service.forwarding !== 'masquerade') {
    return problem(
      `${port.port}/${port.protocol}: the kernel remaps ports under forwarding masquerade only, not ${service.forwarding}`,
    );
  }
  if (port.protocol === 'udp' && port.port === probePort) {
    return problem(`another port: ${probePort}/udp of each VIP is Causeway's own, for its probes`);
  }
  const first = service.ports.findIndex(
    (other) => other.port === port.port && other.protocol === port.protocol,
  );
  return first < index ? problem('each port once') : [];
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}
