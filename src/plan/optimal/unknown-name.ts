/** How a question about something that is not there is answered: with what there is. */
import { CausewayError } from '../../domain/error.ts';
import { alternatives } from '../problem.ts';

export type NamedKind = 'service' | 'site' | 'real server' | 'site or real server';

/** Throws `not-found`, naming the alternatives. `which`: what makes one of them suit the question. */
export function requireKnown(
  operation: string,
  kind: NamedKind,
  name: string,
  known: readonly string[],
  which = '',
): void {
  if (!known.includes(name)) throw unknown(operation, kind, name, known, which);
}

/** The one of that name; throws as `requireKnown`. */
export function findKnown<T extends { readonly name: string }>(
  operation: string,
  kind: NamedKind,
  name: string,
  items: readonly T[],
): T {
  const found = items.find((item) => item.name === name);
  if (found !== undefined) return found;
  const known = items.map((item) => item.name);
  throw unknown(operation, kind, name, known, '');
}

function unknown(
  operation: string,
  kind: NamedKind,
  name: string,
  known: readonly string[],
  which: string,
): CausewayError {
  const expected = `expected one${which}: ${alternatives(known, 'there is none yet')}`;
  const message = `found the ${kind} ${JSON.stringify(name)}, ${expected}`;
  return new CausewayError({ code: 'not-found', operation, message });
}
