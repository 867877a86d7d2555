/** What is wrong with a service's health check, whoever sent it: an agent would take every word of it literally. */
import {
  type CheckMethod,
  checkLimits,
  checkPatterns,
  checkTypes,
  type HealthCheck,
  isStatusRange,
  ownHeaders,
  statusExpected,
  statusText,
} from '../domain/health-check.ts';
import type { Problem, Service } from '../domain/resource.ts';
import { problemOf } from './problem.ts';

type Tell = (path: string, found: string, expected: string) => Problem;

export function checkHealth(service: Service): Problem[] {
  const { health } = service;
  const tell: Tell = (path, found, expected) => problemOf(service, `spec.health${path}`, found, expected);
  const isAsked = service.ports.some(({ protocol }) => protocol === 'tcp') || health.port !== 0;
  const isGeneral = health.type === 'tcp' || health.type === 'none';
  return [
    ...checkTimes(health, tell),
    ...checkMethod(health, '', tell),
    ...(isAsked || isGeneral
      ? []
      : [tell('.port', '0', 'the tcp port to check: no port of this service is tcp')]),
    ...checkPorts(service, tell),
  ];
}

function checkTimes(health: HealthCheck, tell: Tell): Problem[] {
  return (['intervalMs', 'timeoutMs', 'fall', 'rise'] as const).flatMap((key) =>
    outside(health[key], checkLimits[key], `.${key}`, tell),
  );
}

function checkPorts({ health, ports }: Service, tell: Tell): Problem[] {
  return health.ports.flatMap(({ port, protocol, method }, index) => {
    const text = `${port}/${protocol}`;
    const path = `.ports["${text}"]`;
    const isSame = (one: { port: number; protocol: string }) =>
      one.port === port && one.protocol === protocol;
    if (!ports.some(isSame)) return [tell(path, text, 'a port of this service')];
    if (health.ports.findIndex(isSame) < index) return [tell(path, text, 'each port once')];
    const isAskable = protocol === 'tcp' || method.type === 'none' || method.port !== 0;
    return [
      ...checkMethod(method, path, tell),
      ...(isAskable
        ? []
        : [tell(`${path}.port`, '0', `a tcp port to ask, for nobody can be asked at ${protocol}`)]),
    ];
  });
}

function checkMethod(method: CheckMethod, path: string, tell: Tell): Problem[] {
  const { type, port, expect, expectStatus, headers, tls, grpcService } = method;
  if (!checkTypes.includes(type)) return [tell(`${path}.type`, type, `one of ${checkTypes.join(', ')}`)];
  const isHttp = type === 'http' || type === 'https';
  const { nameBytes } = checkLimits;
  return [
    ...(port === 0 ? [] : outside(port, checkLimits.port, `${path}.port`, tell)),
    ...(isHttp
      ? [
          ...unlike(method.path, checkPatterns.path, checkLimits.pathBytes, 'a path that begins with /', [
            `${path}.path`,
            tell,
          ]),
          ...optional(method.host, checkPatterns.host, nameBytes, 'a host name', [`${path}.host`, tell]),
          ...(expect.length === 0
            ? outside(expectStatus, checkLimits.status, `${path}.expectStatus`, tell)
            : []),
        ]
      : []),
    ...(expect.length > checkLimits.statusRanges || !expect.every(isStatusRange)
      ? [tell(`${path}.expect`, statusText(expect).slice(0, 100), `${statusExpected}, at most 16 of them`)]
      : []),
    ...checkHeaders(headers, `${path}.headers`, tell),
    ...(tls === undefined
      ? []
      : [
          ...optional(tls.serverName, checkPatterns.serverName, nameBytes, 'a host name', [
            `${path}.tls.serverName`,
            tell,
          ]),
          ...optional(tls.ca, checkPatterns.ca, checkLimits.caBytes, 'certificates in PEM', [
            `${path}.tls.ca`,
            tell,
          ]),
        ]),
    ...optional(grpcService, checkPatterns.grpcService, nameBytes, 'the name of a gRPC service', [
      `${path}.grpcService`,
      tell,
    ]),
  ];
}

function checkHeaders(headers: CheckMethod['headers'], path: string, tell: Tell): Problem[] {
  const all = Object.entries(headers);
  if (all.length > checkLimits.headers)
    return [tell(path, `${all.length}`, `at most ${checkLimits.headers} headers`)];
  const names = all.map(([name]) => name.toLowerCase());
  return all.flatMap(([name, value], index) => {
    const isOwn = ownHeaders.includes(name.toLowerCase());
    if (isOwn || !checkPatterns.headerName.test(name))
      return [tell(path, shown(name), `the name of a header, none of ${ownHeaders.join(', ')}`)];
    if (names.indexOf(name.toLowerCase()) < index) return [tell(path, shown(name), 'each header once')];
    const at = `${path}["${name}"]`;
    const expected = 'printable text on one line';
    return unlike(value, checkPatterns.headerValue, checkLimits.headerBytes, expected, [at, tell]);
  });
}

function outside(
  value: number,
  { from, to }: { readonly from: number; readonly to: number },
  path: string,
  tell: Tell,
): Problem[] {
  if (Number.isInteger(value) && from <= value && value <= to) return [];
  return [tell(path, `${value}`, `a whole number from ${from} to ${to}`)];
}

function optional(...[text, ...rest]: Parameters<typeof unlike>): Problem[] {
  return text === '' ? [] : unlike(text, ...rest);
}

function unlike(
  text: string,
  pattern: RegExp,
  most: number,
  expected: string,
  [path, tell]: readonly [string, Tell],
): Problem[] {
  if (text.length <= most && pattern.test(text)) return [];
  return [tell(path, shown(text), `${expected} (at most ${most} characters)`)];
}

function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
