/** When two things on a host are the same thing. */
import type {
  GuePort,
  InterfaceAddress,
  Link,
  NftTable,
  Route,
  Rule,
  VipPort,
} from '../domain/host-state.ts';
import { spanText } from '../domain/service-port.ts';

/** Two things of one key are the same: so that a thousand VIPs are compared by sets, not pair by pair. */

/** A place in a routing table, whatever the route there says. */
export function routeSlot({ family, table, type, destination }: Route): string {
  return `${family} ${table} ${type} ${destination}`;
}

export function routeKey(route: Route): string {
  const { gateway = '', link = '', advertisedMss = '', mtuBytes = '' } = route;
  return `${routeSlot(route)} ${gateway} ${link} ${advertisedMss} ${mtuBytes}`;
}

/** Lifetime and scope are not compared: the kernel would refuse the address as already there. */
export function addressKey({ link, address, prefixLength }: InterfaceAddress): string {
  return `${link} ${address}/${prefixLength}`;
}

export function ruleKey({
  family,
  priority,
  table,
  from = '',
  notIncoming = '',
  unmarked = 0,
}: Rule): string {
  return `${family} ${priority} ${table} ${from} ${notIncoming} ${unmarked}`;
}

export function nameKey({ name }: { readonly name: string }): string {
  return name;
}

export function guePortKey({ address, port }: GuePort): string {
  return `${port} ${address}`;
}

/** The same device but for its being up. */
export function sameLinkShape(a: Link, b: Link): boolean {
  return (
    a.name === b.name &&
    a.type === b.type &&
    a.external === b.external &&
    a.local === b.local &&
    a.remote === b.remote
  );
}

/** nft's sets have no order. */
export function sameNftTable(a: NftTable, b: NftTable): boolean {
  if (a.name !== b.name) return false;
  if (a.kind === 'closed-decapsulation' && b.kind === 'closed-decapsulation') {
    const [segments, others] = [a.maxSegmentBytes, b.maxSegmentBytes];
    return (
      segments?.ipv4 === others?.ipv4 &&
      segments?.ipv6 === others?.ipv6 &&
      sameSet(a.directors, b.directors) &&
      sameSet(a.vips, b.vips) &&
      sameSet(a.ports.map(portKey), b.ports.map(portKey)) &&
      sameSet(a.devices, b.devices) &&
      sameSet((a.guePorts ?? []).map(String), (b.guePorts ?? []).map(String))
    );
  }
  if (a.kind === 'probe-marks' && b.kind === 'probe-marks') {
    const services = (table: typeof a) => (table.services ?? []).map((one) => `${portKey(one)} ${one.mark}`);
    return (
      a.probePort === b.probePort &&
      sameSet(a.vips, b.vips) &&
      sameMarks(a.marks, b.marks) &&
      sameSet(services(a), services(b))
    );
  }
  return false;
}

type Marks = Extract<NftTable, { kind: 'probe-marks' }>['marks'];

/** Tens of thousands, mostly in the same order. */
function sameMarks(a: Marks, b: Marks): boolean {
  if (a === b) return true;
  const isAligned =
    a.length === b.length &&
    a.every(({ sourcePort, mark }, at) => sourcePort === b[at]?.sourcePort && mark === b[at]?.mark);
  const text = ({ sourcePort, mark }: Marks[number]) => `${sourcePort} ${mark}`;
  return isAligned || sameSet(a.map(text), b.map(text));
}

function portKey(end: VipPort): string {
  return `${end.address} ${spanText(end)}`;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && [...left].every((item) => right.has(item));
}
