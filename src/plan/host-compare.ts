/** When two things on a host are the same thing. */
import type { InterfaceAddress, Link, NftTable, Route, Rule } from '../domain/host-state.ts';

/** The same place in a routing table, whatever the route there says. */
export function sameRouteSlot(a: Route, b: Route): boolean {
  return a.family === b.family && a.table === b.table && a.type === b.type && a.destination === b.destination;
}

export function sameRoute(a: Route, b: Route): boolean {
  return (
    sameRouteSlot(a, b) && a.gateway === b.gateway && a.link === b.link && a.advertisedMss === b.advertisedMss
  );
}

/** Lifetime and scope are not compared: the kernel would refuse the address as already there. */
export function sameAddress(a: InterfaceAddress, b: InterfaceAddress): boolean {
  return a.link === b.link && a.address === b.address && a.prefixLength === b.prefixLength;
}

export function sameRule(a: Rule, b: Rule): boolean {
  return (
    a.family === b.family &&
    a.priority === b.priority &&
    a.table === b.table &&
    a.from === b.from &&
    a.notIncoming === b.notIncoming
  );
}

/** The same device but for its being up. */
export function sameLinkShape(a: Link, b: Link): boolean {
  return a.name === b.name && a.type === b.type && a.external === b.external && a.local === b.local;
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
      sameSet(a.devices, b.devices)
    );
  }
  if (a.kind === 'probe-marks' && b.kind === 'probe-marks') {
    const marks = (table: typeof a) => table.marks.map(({ sourcePort, mark }) => `${sourcePort} ${mark}`);
    return a.probePort === b.probePort && sameSet(a.vips, b.vips) && sameSet(marks(a), marks(b));
  }
  return false;
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  const right = new Set(b);
  return left.size === right.size && [...left].every((item) => right.has(item));
}
