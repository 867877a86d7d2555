/** How a virtual service stands in netlink attributes. */
import type { Family } from '../../domain/address.ts';
import { CausewayError } from '../../domain/error.ts';
import type { Counters, Protocol, VirtualService, VirtualServiceKey } from '../../domain/ipvs-table.ts';
import { singleClient } from '../../domain/tuning.ts';
import { align4, genericHeaderLength, type LocatedMessage, type SendBuffer } from '../netlink/wire.ts';
import { addressBytes, readAddress, readFamily, writeAddress } from './address-codec.ts';
import { putBe16, putHeader, putNestedHeader, putString, putU16, putU32 } from './attribute-writer.ts';
import {
  addressFamily,
  addressLength,
  commandAttribute,
  serviceAttribute as field,
  protocolNumber,
  serviceFlag,
  shortestService,
} from './constants.ts';
import { noCounters, readStats } from './counters-codec.ts';

/** Flags that Causeway decides. All but `hashed`, which the kernel sets; so a leftover of somebody else is cleared. */
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
  cursor = putU32(view, cursor, field.netmask, netmaskOf(service));
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

function encodeFlags({ schedulerFlags, onePacket }: VirtualService, persistent: boolean): number {
  return (
    (persistent ? serviceFlag.persistent : 0) |
    (onePacket === true ? serviceFlag.onePacket : 0) |
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

function familyOf(key: VirtualServiceKey): Family {
  if (key.kind === 'mark') return key.family;
  return key.address.includes(':') ? 'ipv6' : 'ipv4';
}

/** A mask for IPv4, in network order; a prefix length for IPv6. Obligatory without persistence too. Throws `invalid` for a prefix that is none. */
function netmaskOf({ key, persistenceSeconds, persistencePrefix }: VirtualService): number {
  const family = familyOf(key);
  const longest = singleClient[family];
  const prefix = persistenceSeconds > 0 ? (persistencePrefix ?? longest) : longest;
  if (!(Number.isInteger(prefix) && prefix >= 1 && prefix <= longest)) throw badPrefix(prefix);
  return family === 'ipv6' ? prefix : swapped(maskOf(prefix));
}

/** Of an IPv4 network, as a number of its own bytes in order. */
function maskOf(prefix: number): number {
  return (0xffff_ffff << (32 - prefix)) >>> 0;
}

/** Between network order and the little endian in which attributes are written. */
function swapped(value: number): number {
  const bytes = ((value & 0xff) << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24);
  return bytes >>> 0;
}

/** Bits of the network; undefined where it is a single client. */
function readPrefix(netmask: number, family: Family): number | undefined {
  const prefix = family === 'ipv6' ? netmask : Math.clz32(~swapped(netmask));
  return prefix === singleClient[family] ? undefined : prefix;
}

export interface DecodedService {
  readonly service: VirtualService;
  readonly counters: Counters;
}

/** Reads a GET_SERVICE reply. Undefined for what has no place in Causeway: a protocol beside TCP, UDP and SCTP. */
export function decodeService({ view, start, end }: LocatedMessage): DecodedService | undefined {
  let familyValue = 0;
  let protocolValue = 0;
  let addressAt = -1;
  let addressEnd = 0;
  let port = 0;
  let mark = 0;
  let scheduler = '';
  let flags = 0;
  let timeout = 0;
  let netmask = 0;
  let statsAt = -1;
  // Behind the generic header and that of the one nested attribute.
  let cursor = start + genericHeaderLength + 4;
  while (cursor + 4 <= end) {
    const length = view.getUint16(cursor, true);
    const type = view.getUint16(cursor + 2, true) & 0x3fff;
    if (length < (shortestService[type] ?? 4) || cursor + length > end) throw incomplete();
    const value = cursor + 4;
    switch (type) {
      case field.family:
        familyValue = view.getUint16(value, true);
        break;
      case field.protocol:
        protocolValue = view.getUint16(value, true);
        break;
      case field.address:
        addressAt = value;
        addressEnd = cursor + length;
        break;
      case field.port:
        port = view.getUint16(value, false);
        break;
      case field.mark:
        mark = view.getUint32(value, true);
        break;
      case field.scheduler:
        scheduler = readText(view, value, cursor + length);
        break;
      case field.flags:
        flags = view.getUint32(value, true);
        break;
      case field.timeout:
        timeout = view.getUint32(value, true);
        break;
      case field.netmask:
        netmask = view.getUint32(value, true);
        break;
      case field.stats:
        if (statsAt < 0) statsAt = cursor;
        break;
      case field.stats64:
        statsAt = cursor;
        break;
    }
    cursor += (length + 3) & ~3;
  }
  if (familyValue === 0) throw incomplete();
  const family = readFamily(familyValue);
  if (mark === 0 && (addressAt < 0 || addressAt + addressBytes[family] > addressEnd)) throw incomplete();
  const protocol = readProtocol(protocolValue);
  if (mark === 0 && protocol === undefined) return undefined;
  const key: VirtualServiceKey =
    mark !== 0 || protocol === undefined
      ? { kind: 'mark', mark, family }
      : { kind: 'address', protocol, address: readAddress(view, addressAt, family), port };
  const persistenceSeconds = (flags & serviceFlag.persistent) === 0 ? 0 : timeout;
  const persistencePrefix = persistenceSeconds === 0 ? undefined : readPrefix(netmask, family);
  return {
    service: {
      key,
      scheduler,
      schedulerFlags: {
        fallback: (flags & serviceFlag.fallback) !== 0,
        port: (flags & serviceFlag.port) !== 0,
      },
      persistenceSeconds,
      ...(persistencePrefix === undefined ? {} : { persistencePrefix }),
      ...((flags & serviceFlag.onePacket) === 0 ? {} : { onePacket: true }),
    },
    counters: statsAt < 0 ? noCounters : readStats(view, statsAt),
  };
}

function readText(view: DataView, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 1) {
    const code = view.getUint8(at);
    if (code === 0) break;
    text += String.fromCharCode(code);
  }
  return text;
}

function readProtocol(number: number | undefined): Protocol | undefined {
  if (number === protocolNumber.tcp) return 'tcp';
  if (number === protocolNumber.udp) return 'udp';
  return number === protocolNumber.sctp ? 'sctp' : undefined;
}

function incomplete(): CausewayError {
  return new CausewayError({
    code: 'internal',
    operation: 'decode IPVS service',
    message: 'the kernel left out the family or the address, or cut something short',
  });
}

function badPrefix(prefix: number): CausewayError {
  const message = 'the network whose clients stick together has 1 to 32 bits, in IPv6 1 to 128';
  return new CausewayError({
    code: 'invalid',
    operation: 'encode IPVS service',
    subject: String(prefix),
    message,
  });
}

function badSchedulerName(name: string): CausewayError {
  const message = "a scheduler's name has 1 to 15 printable ASCII characters";
  return new CausewayError({ code: 'invalid', operation: 'encode IPVS service', subject: name, message });
}
