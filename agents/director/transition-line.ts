/** How a transition stands in a director's log. Pure. */
import type { ServicePort } from '../../src/domain/resource.ts';
import { spanText } from '../../src/domain/service-port.ts';
import type { Transition } from './transition.ts';

export interface TransitionLine {
  readonly level: 'info' | 'warn';
  readonly fields: object;
  readonly message: string;
}

export function transitionLine(transition: Transition): TransitionLine {
  const { kind, ...fields } = transition;
  const ports = transition.kind === 'application' ? { ports: portNames(transition.ports) } : {};
  return {
    level: isGood(transition) ? 'info' : 'warn',
    fields: { ...rounded(fields), ...ports },
    message: `${kind} changed`,
  };
}

function isGood(transition: Transition): boolean {
  if (transition.kind === 'held') return transition.reason === '';
  return (['up', 'healthy', 'unchecked', 'present'] as const).some((good) => good === transition.to);
}

/** A log line names so many ports at most. */
const namedPorts = 8;

function portNames(ports: readonly ServicePort[]): string[] {
  const names = ports.slice(0, namedPorts).map(spanText);
  return ports.length > namedPorts ? [...names, `and ${ports.length - namedPorts} more`] : names;
}

/** Milliseconds as whole numbers: nobody reads the rest. */
function rounded(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      typeof value === 'number' ? Math.round(value) : value,
    ]),
  );
}
