/** How a mistake is put: what was found, and what is allowed. */
import type { Problem, Service } from '../domain/resource.ts';
import { compareText } from './order.ts';

/** More names than this help nobody. */
const mostNames = 12;

export function problemOf(service: Service, path: string, found: string, expected: string): Problem {
  return { resource: { kind: service.kind, name: service.name }, path, found, expected };
}

/** The names there are, sorted, or what to say when there are none. */
export function alternatives(names: readonly string[], none: string): string {
  if (names.length === 0) return none;
  const sorted = [...new Set(names)].toSorted(compareText);
  const more = sorted.length > mostNames ? `, … (${sorted.length})` : '';
  return sorted.slice(0, mostNames).join(', ') + more;
}
