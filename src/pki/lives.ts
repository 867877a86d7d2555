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

const lives: Readonly<Record<IdentityRole, Life>> = {
  coordinator: machine,
  director: machine,
  realserver: machine,
  admin: person,
  operator: person,
  viewer: person,
};

/** `days` undefined: as usual. Throws `invalid` outside of what the role may have. */
export function lifeDays(role: IdentityRole, days: number | undefined): number {
  const { usualDays, longestDays } = lives[role];
  const asked = days ?? usualDays;
  if (Number.isInteger(asked) && asked >= 1 && asked <= longestDays) return asked;
  throw new CausewayError({
    code: 'invalid',
    operation: 'issue certificate',
    subject: role,
    message: `found a life of ${asked} days, expected 1 to ${longestDays}`,
  });
}
