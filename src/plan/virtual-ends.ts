/** Which entries of IPVS a service has: one for each port at each VIP; one for all ports of a protocol of which it has a range, or at a network. Pure. */
import { familyOf } from '../domain/address.ts';
import type { Protocol, VirtualServiceKey } from '../domain/ipvs-table.ts';
import type { ServicePort } from '../domain/resource.ts';
import { serviceMark } from '../domain/service-mark.ts';
import { isRange, rangedProtocols, spanText } from '../domain/service-port.ts';
import type { DirectorService } from '../domain/snapshot.ts';
import { networkOf } from './vips.ts';

export interface VirtualEnd {
  readonly key: VirtualServiceKey;
  readonly vip: string;
  /**
   * Whose verdict is its own: of ports that share it, which are all asked at one port, the first range, for real servers of before, which know
   * none, say nothing of that; else the first.
   */
  readonly port: ServicePort;
  readonly ports: readonly [ServicePort, ...ServicePort[]];
  /** Of its destinations; 0: packets keep the port that they came for. */
  readonly targetPort: number;
}

/** Where a handshake tells of a port, as the real server listens; undefined where none does. */
export function knockPorts({
  ports,
  askedPort,
  networks = [],
}: Pick<DirectorService, 'ports' | 'askedPort' | 'networks'>): (port: ServicePort) => number | undefined {
  const isMany = networks.length > 0 && ports.filter(({ protocol }) => protocol === 'tcp').length > 1;
  const isShared = isMany || rangedProtocols(ports).has('tcp');
  return ({ protocol, targetPort }) => (protocol !== 'tcp' ? undefined : isShared ? askedPort : targetPort);
}

export function virtualEnds(
  service: Pick<DirectorService, 'name' | 'vips' | 'ports' | 'networks'>,
): VirtualEnd[] {
  const { name, vips, ports } = service;
  const ranged = rangedProtocols(ports);
  const divided = dividedBy(ports, ranged);
  const atNetworks = dividedBy(ports, new Set(ports.map(({ protocol }) => protocol)));
  return vips.flatMap((vip) => {
    const network = networkOf(service, vip);
    const { single, shared } = network === undefined ? divided : atNetworks;
    return [
      ...single.map((port): VirtualEnd => {
        const key = { kind: 'address', protocol: port.protocol, address: vip, port: port.port } as const;
        return { key, vip, port, ports: [port], targetPort: port.targetPort };
      }),
      ...shared.flatMap(([port, ...others]): VirtualEnd[] => {
        if (port === undefined) return [];
        const { protocol } = port;
        const what = `${network ?? vip} ${[port, ...others].map(spanText).join(' ')}`;
        const mark = serviceMark(name, vip, protocol);
        const key = { kind: 'mark', mark, family: familyOf(vip), what } as const;
        const deciding = isRange(port) ? port : (others.find(isRange) ?? port);
        return [{ key, vip, port: deciding, ports: [port, ...others], targetPort: 0 }];
      }),
    ];
  });
}

function dividedBy(ports: readonly ServicePort[], protocols: ReadonlySet<Protocol>) {
  return {
    single: protocols.size === 0 ? ports : ports.filter(({ protocol }) => !protocols.has(protocol)),
    shared: [...protocols].map((protocol) => ports.filter((one) => one.protocol === protocol)),
  };
}
