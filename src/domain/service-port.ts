/** Ports and ranges of ports of services: which of them meet, and which stand in IPVS as one. Pure. */
import { compareAddresses } from './address.ts';
import { type Protocol, protocols } from './ipvs-table.ts';

/** A port, or those up to `lastPort`. */
export interface PortSpan {
  readonly protocol: Protocol;
  readonly port: number;
  readonly lastPort?: number;
}

export function isRange({ lastPort }: PortSpan): boolean {
  return lastPort !== undefined;
}

export function lastOf({ port, lastPort }: PortSpan): number {
  return lastPort ?? port;
}

export function overlap(a: PortSpan, b: PortSpan): boolean {
  return a.protocol === b.protocol && a.port <= lastOf(b) && b.port <= lastOf(a);
}

/** Protocols of which a service has a range: all ports of one are one virtual service of each VIP, by firewall mark. */
export function rangedProtocols(ports: readonly PortSpan[]): ReadonlySet<Protocol> {
  return new Set(ports.filter(isRange).map(({ protocol }) => protocol));
}

/** `80/tcp`, `8000-8100/tcp`. */
export function spanText(span: PortSpan): string {
  const { protocol, port, lastPort } = span;
  return `${port}${lastPort === undefined ? '' : `-${lastPort}`}/${protocol}`;
}

/**
 * The same ports, none of them twice: what overlaps is one. Neighbours stay apart. By protocol, then by port.
 */
export function disjoint<Span extends PortSpan>(spans: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (const [, own] of Map.groupBy(spans, ({ protocol }) => protocol)) {
    let open: Span | undefined;
    for (const one of own.toSorted((a, b) => a.port - b.port || lastOf(b) - lastOf(a))) {
      if (open === undefined || one.port > lastOf(open)) {
        if (open !== undefined) found.push(open);
        open = one;
      } else if (lastOf(one) > lastOf(open)) open = { ...open, lastPort: lastOf(one) };
    }
    if (open !== undefined) found.push(open);
  }
  return found;
}

/** What of it is in none of the others. */
export function withoutSpans<Span extends PortSpan>(span: Span, others: readonly PortSpan[]): Span[] {
  return others.reduce<Span[]>((left, other) => left.flatMap((one) => withoutSpan(one, other)), [span]);
}

function withoutSpan<Span extends PortSpan>(span: Span, other: PortSpan): Span[] {
  if (!overlap(span, other)) return [span];
  const { lastPort: _, ...single } = span;
  const parts = [
    [span.port, other.port - 1],
    [lastOf(other) + 1, lastOf(span)],
  ] as const;
  return parts.flatMap(([port, lastPort]) => {
    if (port > lastPort) return [];
    // The order of their parts stays, by which tables are compared.
    return [(port === lastPort ? { ...single, port } : { ...span, port, lastPort }) as Span];
  });
}

/** By address, protocol and port. */
export function orderedPorts<Span extends PortSpan & { readonly address: string }>(
  spans: readonly Span[],
): Span[] {
  return spans.toSorted(
    (a, b) =>
      (a.address === b.address ? 0 : compareAddresses(a.address, b.address)) ||
      protocols.indexOf(a.protocol) - protocols.indexOf(b.protocol) ||
      a.port - b.port,
  );
}
