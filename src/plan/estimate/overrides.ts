/** Which of the operators' orders about a subject governs, and which ones it hides. */
import { type Override, type OverrideSubject, overrideKinds } from '../../domain/resource.ts';
import { compareText } from '../order.ts';
import { remembered } from '../remembered.ts';

export interface Governance {
  readonly governs: Override | undefined;
  /** In force too, but without effect; the strongest first. */
  readonly hidden: readonly Override[];
}

/**
 * For one service's share of that very subject: what is ordered about a site says nothing here about its real servers.
 * freeze > drain > pin > cap > bias. Of two of a kind the one that sends less governs, then the one that lasts longer, then by
 * owner, reason and name. Expired ones are passed over, and those whose expiry or figure is no number: none lasts for ever by mistake.
 */
export function governing(
  overrides: readonly Override[],
  subject: OverrideSubject,
  service: string,
  nowMs: number,
): Governance {
  const [governs, ...hidden] = (bySubject(overrides).get(subjectKey(subject)) ?? [])
    .filter((override) => isAbout(override, service) && isInForce(override, nowMs))
    .toSorted(compareStrength);
  return { governs, hidden };
}

/** Where return paths are required there may be one for each of thousands of real servers. */
const bySubject = remembered(
  (overrides: readonly Override[]): ReadonlyMap<string, readonly Override[]> =>
    Map.groupBy(overrides, ({ subject }) => subjectKey(subject)),
);

function subjectKey({ kind, name }: OverrideSubject): string {
  return `${kind} ${name}`;
}

function isAbout({ services }: Override, service: string): boolean {
  return services.length === 0 || services.includes(service);
}

function isInForce(override: Override, nowMs: number): boolean {
  const { expiresAtMs } = override;
  return Number.isFinite(expiresAtMs) && nowMs < expiresAtMs && Number.isFinite(leniency(override));
}

function compareStrength(a: Override, b: Override): number {
  return (
    overrideKinds.indexOf(a.order.kind) - overrideKinds.indexOf(b.order.kind) ||
    leniency(a) - leniency(b) ||
    b.expiresAtMs - a.expiresAtMs ||
    compareText(a.owner, b.owner) ||
    compareText(a.reason, b.reason) ||
    compareText(a.name, b.name)
  );
}

/** Compares two of a kind: the more, the more is sent there. */
function leniency({ order }: Override): number {
  switch (order.kind) {
    case 'freeze':
    case 'drain':
      return 0;
    case 'pin':
      return order.sharePermille;
    case 'cap':
      return order.connections;
    case 'bias':
      return -order.biasMs;
  }
}
