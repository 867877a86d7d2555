/** How a virtual service stands in netlink attributes. */
import { CausewayError } from '../../domain/error.ts';
import type { Counters, Protocol, VirtualService, VirtualServiceKey } from '../../domain/ipvs-table.ts';
import {
  attribute,
  be16Attribute,
  be32Attribute,
  nestedAttribute,
  parseAttributes,
  stringAttribute,
  u16Attribute,
  u32Attribute,
} from '../netlink/attribute.ts';
import { addressBytes, familyNumber, paddedAddress, readAddress, readFamily } from './address-codec.ts';
import {
  addressFamily,
  addressLength,
  commandAttribute,
  protocolNumber,
  serviceAttribute,
  serviceFlag,
} from './constants.ts';
import { noCounters, readCounters } from './counters-codec.ts';

/** Flags that Causeway decides. All but `hashed`, which the kernel sets; so a leftover one-packet flag is cleared. */
const decidedFlags =
  serviceFlag.persistent |
  serviceFlag.onePacket |
  serviceFlag.fallback |
  serviceFlag.port |
  serviceFlag.scheduler3;

/** IP_VS_SCHEDNAME_MAXLEN, less the NUL. */
const schedulerNameLimit = 15;

/** The nested attribute that names a service. Throws `invalid` for an address that is none. */
export function encodeServiceKey(key: VirtualServiceKey): Uint8Array {
  return nestedAttribute(commandAttribute.service, keyAttributes(key));
}

/** The nested attribute that describes a service wholly, for adding and editing. */
export function encodeService(service: VirtualService): Uint8Array {
  if (service.scheduler.length > schedulerNameLimit) throw longSchedulerName(service.scheduler);
  const { fallback, port } = service.schedulerFlags;
  const persistent = service.persistenceSeconds > 0;
  const flags =
    (persistent ? serviceFlag.persistent : 0) |
    (fallback ? serviceFlag.fallback : 0) |
    (port ? serviceFlag.port : 0);
  return nestedAttribute(commandAttribute.service, [
    ...keyAttributes(service.key),
    stringAttribute(serviceAttribute.scheduler, service.scheduler),
    encodeFlags(flags),
    u32Attribute(serviceAttribute.timeout, persistent ? service.persistenceSeconds : 0),
    encodeHostMask(service.key),
  ]);
}

function keyAttributes(key: VirtualServiceKey): Uint8Array[] {
  if (key.kind === 'mark') {
    return [
      u16Attribute(serviceAttribute.family, addressFamily[key.family]),
      u32Attribute(serviceAttribute.mark, key.mark),
    ];
  }
  const address = addressBytes(key.address);
  return [
    u16Attribute(serviceAttribute.family, familyNumber(address)),
    u16Attribute(serviceAttribute.protocol, protocolNumber[key.protocol]),
    attribute(serviceAttribute.address, paddedAddress(address)),
    be16Attribute(serviceAttribute.port, key.port),
  ];
}

/** struct ip_vs_flags: the flags, and which of them to change. */
function encodeFlags(flags: number): Uint8Array {
  const value = new DataView(new ArrayBuffer(8));
  value.setUint32(0, flags, true);
  value.setUint32(4, decidedFlags, true);
  return attribute(serviceAttribute.flags, new Uint8Array(value.buffer));
}

/** Persistence is for single clients: a mask for IPv4, a prefix length for IPv6; obligatory without persistence too. */
function encodeHostMask(key: VirtualServiceKey): Uint8Array {
  const ipv6 = key.kind === 'mark' ? key.family === 'ipv6' : key.address.includes(':');
  return ipv6
    ? u32Attribute(serviceAttribute.netmask, 128)
    : be32Attribute(serviceAttribute.netmask, 0xffff_ffff);
}

export interface DecodedService {
  readonly service: VirtualService;
  readonly counters: Counters;
  /** The service's own nested attribute, to ask for its destinations. */
  readonly key: Uint8Array;
}

/**
 * Reads a GET_SERVICE reply from `offset` on. Undefined for what has no place in Causeway: a protocol beside TCP, UDP
 * and SCTP.
 */
export function decodeService(payload: Uint8Array, offset: number): DecodedService | undefined {
  const fields = parseAttributes(payload, offset).nested(commandAttribute.service);
  const familyValue = fields?.u16(serviceAttribute.family);
  if (fields === undefined || familyValue === undefined) throw incomplete();
  const family = readFamily(familyValue);
  const mark = fields.u32(serviceAttribute.mark) ?? 0;
  const key = mark === 0 ? readAddressKey(fields, family) : ({ kind: 'mark', mark, family } as const);
  if (key === undefined) return undefined;
  const flags = fields.u32(serviceAttribute.flags) ?? 0;
  const persistent = (flags & serviceFlag.persistent) !== 0;
  const stats = fields.bytes(serviceAttribute.stats64) ?? fields.bytes(serviceAttribute.stats);
  return {
    service: {
      key,
      scheduler: fields.string(serviceAttribute.scheduler) ?? '',
      schedulerFlags: {
        fallback: (flags & serviceFlag.fallback) !== 0,
        port: (flags & serviceFlag.port) !== 0,
      },
      persistenceSeconds: persistent ? (fields.u32(serviceAttribute.timeout) ?? 0) : 0,
    },
    counters:
      stats === undefined
        ? noCounters
        : readCounters(new DataView(stats.buffer, stats.byteOffset, stats.length), 0, stats.length),
    key: encodeServiceKey(key),
  };
}

function readAddressKey(
  fields: ReturnType<typeof parseAttributes>,
  family: 'ipv4' | 'ipv6',
): VirtualServiceKey | undefined {
  const protocol = readProtocol(fields.u16(serviceAttribute.protocol));
  const address = fields.bytes(serviceAttribute.address);
  const port = fields.be16(serviceAttribute.port);
  if (address === undefined || address.length < (family === 'ipv4' ? 4 : addressLength)) throw incomplete();
  if (protocol === undefined || port === undefined) return undefined;
  const view = new DataView(address.buffer, address.byteOffset, address.length);
  return { kind: 'address', protocol, address: readAddress(view, 0, family), port };
}

function readProtocol(number: number | undefined): Protocol | undefined {
  switch (number) {
    case protocolNumber.tcp:
      return 'tcp';
    case protocolNumber.udp:
      return 'udp';
    case protocolNumber.sctp:
      return 'sctp';
    default:
      return undefined;
  }
}

function incomplete(): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'decode IPVS service',
    message: 'the kernel left out the family or the address',
  });
}

function longSchedulerName(name: string): CausewayError {
  const message = `a scheduler's name has at most ${schedulerNameLimit} characters`;
  return new CausewayError({ code: 'invalid', operation: 'encode IPVS service', subject: name, message });
}
