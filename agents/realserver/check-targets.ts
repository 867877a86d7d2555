/** What is asked of a service at one of its VIPs, and for which of its ports each answer stands. Pure. */
import { type CheckMethod, checkOf } from '../../src/domain/health-check.ts';
import type { ServicePort } from '../../src/domain/resource.ts';
import type { RealServerService } from '../../src/domain/snapshot.ts';
import type { CheckTarget } from './checks.ts';

export interface PlannedCheck {
  /** Undefined: nobody asks; these ports rest on the way to them. */
  readonly target: CheckTarget | undefined;
  readonly ports: readonly ServicePort[];
}

/** `address`: where the VIP is asked; another one under masquerade. Ports that share a question stand together. */
export function plannedChecks(service: RealServerService, vip: string, address: string): PlannedCheck[] {
  // Whoever is asked for itself stands before those for whom it speaks.
  const [own, others] = [true, false].map((isOwn) =>
    service.ports.filter((port) => (askedFor(service, port) === port) === isOwn),
  ) as [ServicePort[], ServicePort[]];
  const alike = Map.groupBy(
    [...own, ...others].map((port) => ({ port, target: targetOf(service, port, vip, address) })),
    ({ target }) => JSON.stringify(target),
  );
  return [...alike.values()].map((members) => ({
    target: members[0]?.target,
    ports: members.map(({ port }) => port),
  }));
}

function targetOf(
  service: RealServerService,
  port: ServicePort,
  vip: string,
  address: string,
): CheckTarget | undefined {
  const asked = askedFor(service, port);
  const { type, path, expectStatus, expect, headers, tls, grpcService, ...method } = checkOf(
    service.health,
    asked,
  );
  if (type === 'none') return undefined;
  return {
    type,
    address,
    port: askedPort(service, method, asked, address !== vip),
    path,
    host: method.host === '' && address !== vip ? vip : method.host,
    expectStatus,
    expect,
    headers,
    tls,
    grpcService,
    timeoutMs: service.health.timeoutMs,
  };
}

/**
 * Nobody can ask just any udp port. Beside tcp ports it is the same application's: the tcp port of its number speaks for it, else the
 * first one. Alone, it rests on the way to it.
 */
function askedFor({ health, ports }: RealServerService, port: ServicePort): ServicePort {
  if (checkOf(health, port).type !== 'none') return port;
  const hasOwn = health.ports.some((one) => one.port === port.port && one.protocol === port.protocol);
  const tcp = ports.filter(({ protocol }) => protocol === 'tcp');
  return (hasOwn ? undefined : (tcp.find((one) => one.port === port.port) ?? tcp[0])) ?? port;
}

/** As the real server listens, at the address that is asked. */
function askedPort(
  { ports }: RealServerService,
  { port }: Pick<CheckMethod, 'port'>,
  own: ServicePort,
  isTranslated: boolean,
): number {
  const asked = port === 0 ? own : ports.find((one) => one.protocol === 'tcp' && one.port === port);
  if (asked === undefined) return port;
  return isTranslated ? asked.targetPort : asked.port;
}
