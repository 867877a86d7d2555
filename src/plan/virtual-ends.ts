/** Which entries of IPVS a service has: one for each port at each VIP, and one for all ports of a protocol of which it has a range. Pure. */
import { familyOf } from '../domain/address.ts';
import type { VirtualServiceKey } from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';
import { serviceMark } from '../domain/service-mark.ts';
import { rangedProtocols, spanText } from '../domain/service-port.ts';
import type { DirectorService } from '../domain/snapshot.ts';

export interface VirtualEnd {
  readonly key: VirtualServiceKey;
  readonly vip: string;
  /** Whose verdict is its own: of ports that share it, which are all asked at one port, the first. */
  readonly port: ServicePort;
  readonly ports: readonly [ServicePort, ...ServicePort[]];
  /** Of its destinations; 0: packets keep the port that they came for. */
  readonly targetPort: number;
}

/** Where a handshake tells of a port, as the real server listens; undefined where none does. */
export function knockPorts({
  ports,
  askedPort,
}: Pick<DirectorService, 'ports' | 'askedPort'>): (port: ServicePort) => number | undefined {
  const isRanged = rangedProtocols(ports).has('tcp');
  return ({ protocol, targetPort }) => (protocol !== 'tcp' ? undefined : isRanged ? askedPort : targetPort);
}

export function virtualEnds({
  name,
  vips,
  ports,
}: Pick<DirectorService, 'name' | 'vips' | 'ports'>): VirtualEnd[] {
  const ranged = rangedProtocols(ports);
  const shared = [...ranged].map((protocol) => ports.filter((one) => one.protocol === protocol));
  const single = ranged.size === 0 ? ports : ports.filter(({ protocol }) => !ranged.has(protocol));
  return vips.flatMap((vip) => [
    ...single.map((port): VirtualEnd => {
      const key = { kind: 'address', protocol: port.protocol, address: vip, port: port.port } as const;
      return { key, vip, port, ports: [port], targetPort: port.targetPort };
    }),
    ...shared.flatMap(([port, ...others]): VirtualEnd[] => {
      if (port === undefined) return [];
      const { protocol } = port;
      const what = `${vip} ${[port, ...others].map(spanText).join(' ')}`;
      const mark = serviceMark(name, vip, protocol);
      const key = { kind: 'mark', mark, family: familyOf(vip), what } as const;
      return [{ key, vip, port, ports: [port, ...others], targetPort: 0 }];
    }),
  ]);
}
