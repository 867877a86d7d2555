/** The elements of our nft sets and maps in nftables' JSON: addresses and networks, ends of packets with ranges of ports, and what they map to. Pure. */
import type { MarkedPort, VipPort } from '../domain/host-state.ts';
import type { Protocol } from '../domain/ipvs-table.ts';

export type Element =
  | string
  | number
  | Prefix
  | readonly [number, number]
  | Concatenation
  | readonly [Concatenation, number];

interface PortRange {
  readonly range: readonly [first: number, last: number];
}

interface Prefix {
  readonly prefix: { readonly addr: string; readonly len: number };
}

type Part = string | number | PortRange | Prefix;

/** Address or network, and port. */
export interface Concatenation {
  readonly concat: readonly Part[];
}

export function endElement({ address, port, lastPort }: VipPort): Concatenation {
  const ports = lastPort === undefined ? port : { range: [port, lastPort] as const };
  return { concat: [placeElement(address), ports] };
}

/** An address, or a network. */
export function placeElement(place: string): string | Prefix {
  const [addr = '', len] = place.split('/');
  return len === undefined ? place : { prefix: { addr, len: Number(len) } };
}

export function placeOf(element: unknown): string | undefined {
  if (typeof element === 'string') return element;
  const prefix = isRecord(element) ? element.prefix : undefined;
  return isRecord(prefix) && typeof prefix.addr === 'string' && typeof prefix.len === 'number'
    ? `${prefix.addr}/${prefix.len}`
    : undefined;
}

export function isInterval(element: Element): boolean {
  const end = Array.isArray(element) ? element[0] : element;
  if (isConcatenation(end)) return end.concat.some((part) => typeof part === 'object');
  return typeof end === 'object';
}

export function markedPortOf(element: Element, protocol: Protocol): MarkedPort | undefined {
  const [end, mark] = Array.isArray(element) ? element : [];
  const port = isConcatenation(end) ? portOf(end, protocol) : undefined;
  return port === undefined || typeof mark !== 'number' ? undefined : { ...port, mark };
}

export function portOf(element: Element, protocol: Protocol): VipPort | undefined {
  if (!isConcatenation(element)) return undefined;
  const [place, ports] = element.concat;
  const address = placeOf(place);
  if (address === undefined || ports === undefined) return undefined;
  if (typeof ports === 'number') return { address, protocol, port: ports };
  if (typeof ports === 'string' || !('range' in ports)) return undefined;
  const [port, lastPort] = ports.range;
  return { address, protocol, port, lastPort };
}

function isConcatenation(element: unknown): element is Concatenation {
  return isRecord(element) && Array.isArray(element.concat);
}

function concatenationOf(value: unknown): Concatenation | undefined {
  if (!isConcatenation(value)) return undefined;
  const isPart = (part: unknown): boolean =>
    typeof part === 'string' ||
    typeof part === 'number' ||
    placeOf(part) !== undefined ||
    (isRecord(part) && isPlainList(part.range) && part.range.length === 2);
  return value.concat.every(isPart) ? { concat: value.concat } : undefined;
}

export function isPlainList(value: unknown): value is (string | number)[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number');
}

export function parseElements(value: unknown): Element[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const elements: Element[] = [];
  for (const item of value) {
    if (typeof item === 'string' || typeof item === 'number') {
      elements.push(item);
      continue;
    }
    const place = placeOf(item);
    const end = place === undefined ? concatenationOf(item) : placeElement(place);
    if (end !== undefined) {
      elements.push(end);
      continue;
    }
    const [key, mapped, ...rest]: unknown[] = Array.isArray(item) ? item : [];
    const mappedEnd = concatenationOf(key);
    if (typeof mapped !== 'number' || rest.length > 0) return undefined;
    if (mappedEnd !== undefined) elements.push([mappedEnd, mapped]);
    else if (typeof key === 'number') elements.push([key, mapped]);
    else return undefined;
  }
  return elements;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
