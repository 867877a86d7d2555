/** How long a certificate lives: machines renew theirs all the time, people seldom. */
import { CausewayError } from '../domain/error.ts';
import type { IdentityRole } from '../domain/identity.ts';

interface Life {
  readonly usualDays: number;
  readonly longestDays: number;
}

/** A key that was stolen is worth no more than this, even where nobody notices. */
const machine: Life = { usualDays: 7, longestDays: 7 };
const person: Life = { usualDays: 30, longestDays: 398 };

/** Clocks differ: what is made now is good on a host that is behind. */
export const leewayMs = 5 * 60_000;
export const dayMs = 24 * 3_600_000;

const lives: Readonly<Record<IdentityRole, Life>> = {
  coordinator: machine,
  director: machine,
  realserver: machine,
  admin: person,
  operator: person,
  viewer: person,
};

/** Its key lies where coordinators run; whoever has it can be any of their programs until then. */
const issuer: Life = { usualDays: 90, longestDays: 398 };

/** `days` undefined: as usual. Throws `invalid` outside of what the role may have. */
export function lifeDays(role: IdentityRole | 'issuer', days: number | undefined): number {
  const { usualDays, longestDays } = role === 'issuer' ? issuer : lives[role];
  const asked = days ?? usualDays;
  if (Number.isInteger(asked) && asked >= 1 && asked <= longestDays) return asked;
  throw new CausewayError({
    code: 'invalid',
    operation: 'issue certificate',
    subject: role,
    message: `found a life of ${asked} days, expected 1 to ${longestDays}`,
  });
}

/** Why nobody may have a certificate of that role and life from an issuer; undefined: he may. */
export function notForIssuers(
  role: IdentityRole,
  { notBeforeMs, notAfterMs }: { readonly notBeforeMs: number; readonly notAfterMs: number },
): string | undefined {
  if (lives[role] !== machine) return `an issuer makes none for ${role}: that is the CA's alone`;
  const days = (notAfterMs - notBeforeMs - leewayMs) / dayMs;
  if (days <= machine.longestDays) return undefined;
  return `an issuer makes none that lives for ${Math.ceil(days)} days, expected at most ${machine.longestDays}`;
}
