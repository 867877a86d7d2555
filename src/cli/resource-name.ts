/** How people name kinds on a command line: `service`, `Services`, `REALSERVER`. */
import { type RemovableKind, type ResourceKind, removableKinds, resourceKinds } from '../domain/resource.ts';
import { Misuse } from './misuse.ts';

export function kindNamed(text: string): ResourceKind {
  return oneNamed(text, resourceKinds);
}

/** Directors are not declared, but one that is gone for good can be taken out of the status. */
export function removableNamed(text: string): RemovableKind {
  return oneNamed(text, removableKinds);
}

function oneNamed<K extends string>(text: string, kinds: readonly K[]): K {
  const singular = text.toLowerCase().replace(/s$/, '');
  const kind = kinds.find((known) => known.toLowerCase().replace(/s$/, '') === singular);
  if (kind !== undefined) return kind;
  throw new Misuse(`found the kind ${JSON.stringify(text)}, expected one of ${kinds.join(', ')}`);
}

/** As words of a sentence: `site, service, realserver, override or settings`. */
export const kindsText = resourceKinds
  .map((kind) => kind.toLowerCase())
  .join(', ')
  .replace(/, (?=[^,]*$)/, ' or ');
