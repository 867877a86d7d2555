/** Health checks between the domain and the wire. */
import { type CheckMethod, checkTypes, type HealthCheck, type PortCheck } from '../domain/health-check.ts';
import { protocols } from '../domain/ipvs-table.ts';
import type { WordReader } from './convert-words.ts';
import type { HealthCheck__Output, HealthCheck as WireHealthCheck } from './gen/causeway/v1/HealthCheck.ts';
import type { PortCheck__Output } from './gen/causeway/v1/PortCheck.ts';

export function healthToWire({ ports, ...health }: HealthCheck): WireHealthCheck {
  const { intervalMs, timeoutMs, fall, rise } = health;
  return {
    ...methodToWire(health),
    intervalMs,
    timeoutMs,
    fall,
    rise,
    ports: ports.map(({ port, protocol, method }) => ({ port, protocol, check: methodToWire(method) })),
  };
}

function methodToWire(method: CheckMethod): WireHealthCheck {
  const { type, port, path, host, expectStatus, expect, headers, tls, grpcService } = method;
  return {
    type,
    port,
    path,
    host,
    expectStatus,
    expect: expect.map((range) => ({ ...range })),
    headers: { ...headers },
    ...(tls === undefined ? {} : { tls: { ...tls } }),
    grpcService,
  };
}

export function healthFromWire(
  wire: HealthCheck__Output | null,
  path: string,
  words: WordReader,
): HealthCheck {
  const health = words.part(path, wire, absentHealth, 'a health check');
  const { intervalMs, timeoutMs, fall, rise } = health;
  const ports = health.ports.map((one, index) => portCheckFromWire(one, `${path}.ports[${index}]`, words));
  return { ...methodFromWire(health, path, words), intervalMs, timeoutMs, fall, rise, ports };
}

function portCheckFromWire(wire: PortCheck__Output, path: string, words: WordReader): PortCheck {
  const check = words.part(`${path}.check`, wire.check, absentHealth, 'a health check');
  return {
    port: wire.port,
    protocol: words.word(`${path}.protocol`, wire.protocol, protocols),
    method: methodFromWire(check, path, words),
  };
}

function methodFromWire(wire: HealthCheck__Output, path: string, words: WordReader): CheckMethod {
  const { port, host, expectStatus, expect, headers, tls, grpcService } = wire;
  const type = words.word(`${path}.type`, wire.type, checkTypes);
  return {
    type,
    port,
    path: wire.path,
    host,
    expectStatus,
    expect,
    headers,
    tls: tls ?? undefined,
    grpcService,
  };
}

const absentHealth: HealthCheck__Output = {
  type: 'tcp',
  port: 0,
  path: '',
  host: '',
  expectStatus: 0,
  intervalMs: 0,
  timeoutMs: 0,
  fall: 0,
  rise: 0,
  expect: [],
  headers: {},
  tls: null,
  grpcService: '',
  ports: [],
};
