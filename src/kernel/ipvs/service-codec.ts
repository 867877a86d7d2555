/** How a virtual service stands in netlink attributes. */
import type { Family } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Counters, Protocol, VirtualService, VirtualServiceKey } from '../../domain/ipvs-table.ts';
import { type Attributes, parseAttributes } from '../netlink/attribute.ts';
import { align4, type LocatedMessage, type SendBuffer } from '../netlink/wire.ts';
import { readAddress, readFamily, writeAddress } from './address-codec.ts';
import { putBe16, putHeader, putNestedHeader, putString, putU16, putU32 } from './attribute-writer.ts';
import {
  addressFamily,
  addressLength,
  commandAttribute,
  serviceAttribute as field,
  genericHeaderLength,
  protocolNumber,
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

/** IP_VS_SCHEDNAME_MAXLEN less the NUL. */
const schedulerName = /^[!-~]{1,15}$/;

const flagsLength = 12;

/** Bytes of the attribute that names a service: family, protocol, address, port; or family and mark. */
export function serviceKeyLength(key: VirtualServiceKey): number {
  return key.kind === 'mark' ? 4 + 8 + 8 : 4 + 8 + 8 + (4 + addressLength) + 8;
}

/** Bytes of the attribute that describes a service wholly: the key, scheduler, flags, timeout and netmask. */
export function serviceLength(service: VirtualService): number {
  return serviceKeyLength(service.key) + align4(4 + service.scheduler.length + 1) + flagsLength + 8 + 8;
}

/** Writes the attribute that names a service; returns its end. Throws `invalid` for an address that is none. */
export function writeServiceKey(target: SendBuffer, at: number, key: VirtualServiceKey): number {
  const end = writeKeyFields(target, at + 4, key);
  putNestedHeader(target.view, at, end, commandAttribute.service);
  return end;
}

/** Writes the attribute that describes a service, for adding and editing; returns its end. */
export function writeService(target: SendBuffer, at: number, service: VirtualService): number {
  if (!schedulerName.test(service.scheduler)) throw badSchedulerName(service.scheduler);
  const { view } = target;
  const persistent = service.persistenceSeconds > 0;
  let cursor = writeKeyFields(target, at + 4, service.key);
  cursor = putString(view, cursor, field.scheduler, service.scheduler);
  cursor = putFlags(view, cursor, encodeFlags(service, persistent));
  cursor = putU32(view, cursor, field.timeout, persistent ? service.persistenceSeconds : 0);
  cursor = putU32(view, cursor, field.netmask, hostMask(service.key));
  putNestedHeader(view, at, cursor, commandAttribute.service);
  return cursor;
}

function writeKeyFields(target: SendBuffer, at: number, key: VirtualServiceKey): number {
  const { view } = target;
  if (key.kind === 'mark') {
    const next = putU16(view, at, field.family, addressFamily[key.family]);
    return putU32(view, next, field.mark, key.mark);
  }
  // The address says the family, which stands before it.
  const addressAt = at + 16;
  const family = writeAddress(target, addressAt + 4, key.address);
  putHeader(view, addressAt, 4 + addressLength, field.address);
  putU16(view, at, field.family, family);
  putU16(view, at + 8, field.protocol, protocolNumber[key.protocol]);
  return putBe16(view, addressAt + 4 + addressLength, field.port, key.port);
}

function encodeFlags({ schedulerFlags }: VirtualService, persistent: boolean): number {
  return (
    (persistent ? serviceFlag.persistent : 0) |
    (schedulerFlags.fallback ? serviceFlag.fallback : 0) |
    (schedulerFlags.port ? serviceFlag.port : 0)
  );
}

/** struct ip_vs_flags: the flags, and which of them to change. */
function putFlags(view: DataView, at: number, flags: number): number {
  putHeader(view, at, flagsLength, field.flags);
  view.setUint32(at + 4, flags, true);
  view.setUint32(at + 8, decidedFlags, true);
  return at + flagsLength;
}

/** Persistence is for single clients: a mask for IPv4, a prefix length for IPv6; obligatory without persistence too. */
function hostMask(key: VirtualServiceKey): number {
  const ipv6 = key.kind === 'mark' ? key.family === 'ipv6' : key.address.includes(':');
  return ipv6 ? 128 : 0xffff_ffff;
}

export interface DecodedService {
  readonly service: VirtualService;
  readonly counters: Counters;
}

/** Reads a GET_SERVICE reply. Undefined for what has no place in Causeway: a protocol beside TCP, UDP and SCTP. */
export function decodeService({ bytes, start, end }: LocatedMessage): DecodedService | undefined {
  const message = parseAttributes(bytes.subarray(start, end), genericHeaderLength);
  const fields = message.nested(commandAttribute.service);
  const familyValue = fields?.u16(field.family);
  if (fields === undefined || familyValue === undefined) throw incomplete();
  const family = readFamily(familyValue);
  const mark = fields.u32(field.mark) ?? 0;
  const key = mark === 0 ? readAddressKey(fields, family) : ({ kind: 'mark', mark, family } as const);
  if (key === undefined) return undefined;
  const flags = fields.u32(field.flags) ?? 0;
  const persistent = (flags & serviceFlag.persistent) !== 0;
  return {
    service: {
      key,
      scheduler: fields.string(field.scheduler) ?? '',
      schedulerFlags: {
        fallback: (flags & serviceFlag.fallback) !== 0,
        port: (flags & serviceFlag.port) !== 0,
      },
      persistenceSeconds: persistent ? (fields.u32(field.timeout) ?? 0) : 0,
    },
    counters: decodeCounters(fields.bytes(field.stats64) ?? fields.bytes(field.stats)),
  };
}

function decodeCounters(stats: Uint8Array | undefined): Counters {
  if (stats === undefined) return noCounters;
  return readCounters(viewOf(stats), 0, stats.length);
}

function readAddressKey(fields: Attributes, family: Family): VirtualServiceKey | undefined {
  const protocol = readProtocol(fields.u16(field.protocol));
  const address = fields.bytes(field.address);
  const port = fields.be16(field.port);
  if (address === undefined || address.length < (family === 'ipv4' ? 4 : addressLength)) throw incomplete();
  if (protocol === undefined || port === undefined) return undefined;
  return { kind: 'address', protocol, address: readAddress(viewOf(address), 0, family), port };
}

function readProtocol(number: number | undefined): Protocol | undefined {
  if (number === protocolNumber.tcp) return 'tcp';
  if (number === protocolNumber.udp) return 'udp';
  return number === protocolNumber.sctp ? 'sctp' : undefined;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function incomplete(): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'decode IPVS service',
    message: 'the kernel left out the family or the address',
  });
}

function badSchedulerName(name: string): CausewayError {
  const message = "a scheduler's name has 1 to 15 printable ASCII characters";
  return new CausewayError({ code: 'invalid', operation: 'encode IPVS service', subject: name, message });
}
