/** Any service and any destination that the kernel would take. */
import fc from 'fast-check';
import { formatAddress } from '../../src/domain/address.ts';
import type { Destination, VirtualService, VirtualServiceKey } from '../../src/domain/ipvs-table.ts';

const port = fc.integer({ min: 1, max: 65_535 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
export const anyAddress = fc.oneof(bytes(4), bytes(16)).map(formatAddress);

export const anyKey: fc.Arbitrary<VirtualServiceKey> = fc.oneof(
  fc.record({
    kind: fc.constant('address' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
    address: anyAddress,
    port,
  }),
  fc.record({
    kind: fc.constant('mark' as const),
    mark: fc.integer({ min: 1, max: 0xffff_ffff }),
    family: fc.constantFrom('ipv4' as const, 'ipv6' as const),
  }),
);

const prefix = fc.option(fc.integer({ min: 1, max: 127 }), { nil: undefined });

export const anyService: fc.Arbitrary<VirtualService> = fc
  .record({
    key: anyKey,
    scheduler: fc.constantFrom('rr', 'wrr', 'wlc', 'sed', 'sh', 'mh', 'fourteen-chars'),
    schedulerFlags: fc.record({ fallback: fc.boolean(), port: fc.boolean() }),
    persistenceSeconds: fc.integer({ min: 0, max: 86_400 }),
  })
  .chain((service) =>
    fc.tuple(prefix, fc.boolean()).map(([bits, isOnePacket]) => treated(service, bits, isOnePacket)),
  );

/** A network without persistence is none. */
function treated(service: VirtualService, bits: number | undefined, isOnePacket: boolean): VirtualService {
  const { key } = service;
  const isIpv6 = key.kind === 'mark' ? key.family === 'ipv6' : key.address.includes(':');
  const persistencePrefix = bits === undefined ? undefined : isIpv6 ? bits : Math.min(bits, 31);
  return {
    ...service,
    ...(persistencePrefix === undefined || service.persistenceSeconds === 0 ? {} : { persistencePrefix }),
    ...(isOnePacket ? { onePacket: true } : {}),
  };
}

const thresholds = fc.option(
  fc.record({ upper: fc.integer({ min: 1, max: 0x7fff_ffff }), lower: fc.nat(0x7fff_ffff) }),
  { nil: undefined },
);
const limited = <T extends Destination>(destination: T) =>
  thresholds.map((limits) => (limits === undefined ? destination : { ...destination, thresholds: limits }));

const base = { address: anyAddress, port, weight: fc.integer({ min: 0, max: 0x7fff_ffff }) };

export const anyDestination: fc.Arbitrary<Destination> = fc.oneof(
  fc
    .record({ ...base, forwarding: fc.constantFrom('direct' as const, 'masquerade' as const) })
    .chain(limited),
  fc
    .record({
      ...base,
      forwarding: fc.constant('tunnel' as const),
      tunnel: fc.record({
        type: fc.constantFrom('ipip' as const, 'gre' as const, 'gue' as const),
        port: fc.integer({ min: 0, max: 65_535 }),
        checksum: fc.boolean(),
      }),
    })
    .chain(limited),
);
