/** Mistakes of a service's `health` that no single value shows: settings of another type, ports that it does not have. */
import type { ServicePort } from '../domain/resource.ts';
import { isRange, rangedProtocols, spanText } from '../domain/service-port.ts';
import { type Incoherence, isMapping } from './incoherence.ts';
import { parsePort } from './port-text.ts';

/** Which types know each setting. */
const settingsOf: Readonly<Record<string, readonly string[]>> = {
  path: ['http', 'https'],
  host: ['http', 'https'],
  expect: ['http', 'https'],
  expectStatus: ['http', 'https'],
  headers: ['http', 'https', 'grpc'],
  tls: ['https', 'grpc'],
  grpcService: ['grpc'],
};

/** `ports`: those of the service that are well-formed; `hasNetwork`: a VIP of it is one. */
export function healthIncoherences(
  given: unknown,
  ports: readonly ServicePort[],
  hasNetwork: boolean,
): Incoherence[] {
  const health = given ?? {};
  if (!isMapping(health)) return [];
  const shared = sharedPorts(ports, hasNetwork);
  const own = isMapping(health.ports) ? Object.entries(health.ports) : [];
  const typeOf = (one: Record<string, unknown>) => one.type ?? health.type ?? 'tcp';
  // What the service says holds for ports of another type as well.
  const types = [health, ...own.flatMap(([, one]) => (isMapping(one) ? [one] : []))].map(typeOf);
  return [
    ...strangers(health, types, ['spec', 'health']),
    ...doubleStatus(health, ['spec', 'health']),
    ...tlsOf(health, ['spec', 'health']),
    ...(shared.length > 0 ? ofShared(health, shared, hasNetwork) : unasked(health, ports)),
    ...own.flatMap(([text, one]) => {
      const path = ['spec', 'health', 'ports', text];
      const check = isMapping(one) ? one : {};
      return [
        ...strangers(check, [typeOf(check)], path),
        ...doubleStatus(check, path),
        ...tlsOf(check, path),
        ...portOf(text, { port: check.port, type: typeOf(check) }, { ports, shared }, path),
      ];
    }),
  ];
}

function strangers(
  check: Record<string, unknown>,
  types: readonly unknown[],
  path: readonly string[],
): Incoherence[] {
  return Object.entries(settingsOf).flatMap(([key, suited]) => {
    if (check[key] === undefined || types.some((type) => typeof type !== 'string' || suited.includes(type)))
      return [];
    const found = `a setting of ${suited.join(', ')} checks`;
    return [{ path: [...path, key], found, expected: `type: ${suited.join(' or ')} beside it` }];
  });
}

function doubleStatus(check: Record<string, unknown>, path: readonly string[]): Incoherence[] {
  if (check.expect === undefined || check.expectStatus === undefined) return [];
  return [{ path: [...path, 'expectStatus'], found: 'expect beside it', expected: 'one of the two' }];
}

function tlsOf({ tls }: Record<string, unknown>, path: readonly string[]): Incoherence[] {
  if (!isMapping(tls) || tls.verify !== false || tls.ca === undefined) return [];
  const expected = 'no ca beside verify: false, or verify: true';
  return [{ path: [...path, 'tls', 'ca'], found: 'authorities for what is not verified', expected }];
}

/** A kind of question was asked for, and nobody would be asked it. */
function unasked({ type, port }: Record<string, unknown>, ports: readonly ServicePort[]): Incoherence[] {
  const isGeneral = type === undefined || type === 'tcp' || type === 'none';
  if (isGeneral || port !== undefined || ports.length === 0) return [];
  if (ports.some(({ protocol }) => protocol === 'tcp')) return [];
  const expected = 'a tcp port on which the application can be checked, since the service has none';
  return [{ path: ['spec', 'health', 'port'], found: 'nothing', expected }];
}

/** Those that share a virtual service with others, or are many themselves: of their protocol there is a range, or more than one at a network. */
function sharedPorts(ports: readonly ServicePort[], hasNetwork: boolean): readonly ServicePort[] {
  const ranged = rangedProtocols(ports);
  const isMany = ({ protocol }: ServicePort) => ports.filter((one) => one.protocol === protocol).length > 1;
  return ports.filter((one) => ranged.has(one.protocol) || (hasNetwork && isMany(one)));
}

/** Of many ports none can be guessed. */
function ofShared(
  { type, port }: Record<string, unknown>,
  shared: readonly ServicePort[],
  hasNetwork: boolean,
): Incoherence[] {
  if (type === 'none' || port !== undefined) return [];
  const of = (shared.filter(isRange).length > 0 ? shared.filter(isRange) : shared).map(spanText);
  const at = hasNetwork && !shared.some(isRange) ? ', which at a network share one verdict,' : '';
  const expected = `the tcp port at which the application is checked, for no port of ${of.slice(0, 2).join(' and ')}${at} can be guessed; or type: none`;
  return [{ path: ['spec', 'health', 'port'], found: 'nothing', expected }];
}

function portOf(
  text: string,
  { port, type }: { readonly port: unknown; readonly type: unknown },
  { ports, shared }: { readonly ports: readonly ServicePort[]; readonly shared: readonly ServicePort[] },
  path: readonly string[],
): Incoherence[] {
  const at = parsePort(text);
  if (at === undefined || ports.length === 0) return [];
  if (shared.some(({ protocol }) => protocol === at.protocol)) {
    const why = shared.some(isRange) ? 'has a range of them' : 'has a network as its VIP';
    const expected = `no such key: all ${at.protocol} ports of this service, which ${why}, share one virtual service, and one verdict`;
    return [{ path, found: text, expected }];
  }
  if (!ports.some((one) => one.port === at.port && one.protocol === at.protocol)) {
    const known = ports.map(spanText).join(', ');
    return [{ path, found: text, expected: `a port of this service: ${known}` }];
  }
  if (at.protocol === 'tcp' || type === 'none' || port !== undefined) return [];
  const expected = `port: a tcp port to ask instead, or type: none, for nobody can be asked at ${at.protocol}`;
  return [{ path, found: `a check of type ${type}`, expected }];
}
