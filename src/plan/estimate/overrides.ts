/** Which of the operators' orders about a subject governs, and which ones it hides. */
import { compareText } from '../order.ts';

interface Order {
  /** Name of the site or real server that it is about. */
  readonly subject: string;
  readonly owner: string;
  readonly reason: string;
  readonly expiresAtMs: number;
}

/** Whatever is decided now stands. */
export type Freeze = Order & { readonly kind: 'freeze' };
/** Nothing new. */
export type Drain = Order & { readonly kind: 'drain' };
/** Exactly this much of its share. */
export type Pin = Order & { readonly kind: 'pin'; readonly permille: number };
/** No more than this. */
export type Cap = Order & { readonly kind: 'cap'; readonly milliConnections: number };
/** So much dearer, or cheaper where negative. */
export type Bias = Order & { readonly kind: 'bias'; readonly biasUs: number };
export type Override = Freeze | Drain | Pin | Cap | Bias;

export interface Governance {
  readonly governs: Override | undefined;
  /** In force too, but without effect; the strongest first. */
  readonly hidden: readonly Override[];
}

const rank: Readonly<Record<Override['kind'], number>> = { freeze: 0, drain: 1, pin: 2, cap: 3, bias: 4 };

/**
 * freeze > drain > pin > cap > bias. Of two of a kind the one that sends less governs, then the one that lasts longer, then by
 * owner and reason. Expired ones are passed over, and those whose expiry or figure is no number: none lasts for ever by mistake.
 */
export function governing(overrides: readonly Override[], subject: string, nowMs: number): Governance {
  const [governs, ...hidden] = overrides
    .filter((override) => override.subject === subject && isInForce(override, nowMs))
    .toSorted(compareStrength);
  return { governs, hidden };
}

function isInForce(override: Override, nowMs: number): boolean {
  const { expiresAtMs } = override;
  return Number.isFinite(expiresAtMs) && nowMs < expiresAtMs && Number.isFinite(leniency(override));
}

function compareStrength(a: Override, b: Override): number {
  return (
    rank[a.kind] - rank[b.kind] ||
    leniency(a) - leniency(b) ||
    b.expiresAtMs - a.expiresAtMs ||
    compareText(a.owner, b.owner) ||
    compareText(a.reason, b.reason)
  );
}

/** Compares two of a kind: the more, the more is sent there. */
function leniency(override: Override): number {
  switch (override.kind) {
    case 'freeze':
    case 'drain':
      return 0;
    case 'pin':
      return override.permille;
    case 'cap':
      return override.milliConnections;
    case 'bias':
      return -override.biasUs;
  }
}
