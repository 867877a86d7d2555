/** A service's `health` as its file says it, and as the rest of Causeway knows it. */
import {
  type CheckMethod,
  type CheckTls,
  type HealthCheck,
  parseStatusRange,
  plainCheck,
  type StatusRange,
} from '../domain/health-check.ts';
import type { HealthDocument, PortCheckDocument } from './health-schema.ts';
import { parsePort } from './port-text.ts';

export function healthFrom(document: HealthDocument): HealthCheck {
  const { intervalMs, timeoutMs, fall, rise } = document;
  const ports = Object.entries(document.ports ?? {}).flatMap(([text, own]) => {
    const at = parsePort(text);
    if (at === undefined) return [];
    // Where it is asked, and whether by TLS where both can be, is each port's own.
    const { port: _, tls, ...rest } = document;
    const common = (own.type ?? document.type) === 'grpc' ? rest : { ...rest, tls };
    const method = methodFrom({ ...withoutUndefined(common), ...withoutUndefined(own) });
    return [{ port: at.port, protocol: at.protocol, method }];
  });
  return { ...methodFrom(document), intervalMs, timeoutMs, fall, rise, ports };
}

function methodFrom(document: PortCheckDocument): CheckMethod {
  const { type = 'tcp', port = 0 } = document;
  const method = { ...plainCheck, type, port };
  const headers = document.headers ?? {};
  switch (type) {
    case 'none':
      return { ...method, port: 0 };
    case 'tcp':
      return method;
    case 'grpc': {
      const tls = document.tls && tlsFrom(document.tls);
      return { ...method, headers, tls, grpcService: document.grpcService ?? '' };
    }
    default: {
      const { path = method.path, host = '' } = document;
      const tls = type === 'https' ? tlsFrom(document.tls ?? {}) : undefined;
      return { ...method, path, host, headers, tls, ...statusesFrom(document) };
    }
  }
}

function tlsFrom({ serverName = '', verify, ca = '' }: NonNullable<PortCheckDocument['tls']>): CheckTls {
  return { serverName, verify: verify ?? ca !== '', ca };
}

/** One status alone is said as ever; of several, agents of before know the one that tells most. */
function statusesFrom({ expect, expectStatus }: PortCheckDocument) {
  const said = expect === undefined ? [] : Array.isArray(expect) ? expect : [expect];
  const ranges = said.map((value) => parseStatusRange(String(value))).filter((range) => range !== undefined);
  const [first] = ranges;
  if (first === undefined) return { expect: [], expectStatus: expectStatus ?? plainCheck.expectStatus };
  if (ranges.length === 1 && first.from === first.to) return { expect: [], expectStatus: first.from };
  const hasUsual = ranges.some(({ from, to }) => from <= 200 && 200 <= to);
  return { expect: ranges, expectStatus: hasUsual ? 200 : first.from };
}

export function healthDocument(health: HealthCheck): Record<string, unknown> {
  const { intervalMs, timeoutMs, fall, rise, ports } = health;
  const own = Object.fromEntries(
    ports.map(({ port, protocol, method }) => [`${port}/${protocol}`, methodDocument(method, health)]),
  );
  return {
    ...methodDocument(health),
    intervalMs,
    timeoutMs,
    fall,
    rise,
    ...(ports.length === 0 ? {} : { ports: own }),
  };
}

/** `above`: what would be taken over, so that its absence must be said. */
function methodDocument(method: CheckMethod, above: CheckMethod = method): Record<string, unknown> {
  const { type, port, path, host, expect, expectStatus, headers, tls, grpcService } = method;
  const isHttp = type === 'http' || type === 'https';
  const isEmpty = Object.keys(headers).length === 0 && Object.keys(above.headers).length === 0;
  const hasHeaders = !isEmpty && (isHttp || type === 'grpc');
  return {
    type,
    ...(port === 0 ? {} : { port }),
    ...(isHttp ? { path, ...(host === '' && above.host === '' ? {} : { host }) } : {}),
    ...(isHttp ? { expect: expect.length === 0 ? expectStatus : expect.map(rangeDocument) } : {}),
    ...(hasHeaders ? { headers: { ...headers } } : {}),
    ...(tls === undefined ? {} : { tls: tlsDocument(tls) }),
    ...(type !== 'grpc' || (grpcService === '' && above.grpcService === '') ? {} : { grpcService }),
  };
}

function rangeDocument({ from, to }: StatusRange): string | number {
  return from === to ? from : `${from}-${to}`;
}

function tlsDocument({ serverName, verify, ca }: CheckTls): Record<string, unknown> {
  return { ...(serverName === '' ? {} : { serverName }), verify, ...(ca === '' ? {} : { ca }) };
}

function withoutUndefined(document: PortCheckDocument): PortCheckDocument {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}
